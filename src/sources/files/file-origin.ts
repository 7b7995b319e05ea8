// What a file's path says of where its lines come from: a container's log says pod and container, any other only itself.
import { dockerLogId, instanceOf, parsePodDirectory } from "../../collector/discovery/container-log.ts";
import type { Origin } from "../../record/log-line.ts";
import { UNKNOWN_ORIGIN } from "../../record/unknown-origin.ts";

/** A file that belongs to no container. */
export function hostOrigin(path: string): Origin {
  return {
    ...UNKNOWN_ORIGIN,
    source: "file",
    workload: path.slice(path.lastIndexOf("/") + 1),
    path,
  };
}

/** `realPath` is where links end: /var/log/containers leads to the pods' tree. */
export function originOfFile(path: string, realPath: string): Origin {
  return containerOrigin(path) ?? containerOrigin(realPath) ?? hostOrigin(path);
}

function containerOrigin(path: string): Origin | undefined {
  const [directory = "", container = "", name = ""] = path.split("/").slice(-3);
  const pod = parsePodDirectory(directory);
  const restart = instanceOf(name.replace(/\.zst$/, ""));
  if (pod !== undefined && restart !== undefined)
    return {
      ...hostOrigin(path),
      namespace: pod.namespace,
      pod: pod.pod,
      podUid: pod.uid,
      container,
      restart,
      workload: pod.pod,
    };
  const containerId = dockerLogId(name);
  return containerId === undefined
    ? undefined
    : { ...hostOrigin(path), containerId, workload: containerId.slice(0, 12) };
}

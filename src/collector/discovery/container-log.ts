// Names of container logs: the pods' tree, Docker's json-files, and where a link between the two ends.
import type { FileSystem } from "../file-system.ts";
import type { LogFormat, SiblingNames } from "../target.ts";

export interface PodDirectoryName {
  readonly namespace: string;
  readonly pod: string;
  /** Of a static pod: the hash of its manifest. */
  readonly uid: string;
}

/** `<namespace>_<pod>_<uid>`: none of the three may hold `_` by Kubernetes' own rules. */
export function parsePodDirectory(name: string): PodDirectoryName | undefined {
  const [namespace, pod, uid, more] = name.split("_");
  return namespace && pod && uid && more === undefined ? { namespace, pod, uid } : undefined;
}

/** The instance that `<n>.log` or one of its rotated siblings belongs to. */
export function instanceOf(name: string): number | undefined {
  const match = /^(\d{1,9})\.log(?:\.\d{8}-\d{6}(?:\.gz)?)?$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** The id of the container that Docker's `<id>-json.log` belongs to. */
export function dockerLogId(name: string): string | undefined {
  return /^([0-9a-f]{12,64})-json\.log$/.exec(name)?.[1];
}

export function podTargetId(uid: string, container: string, restart: number): string {
  return `pod/${uid}/${container}/${restart}`;
}

export interface LogPlace {
  readonly directory: string;
  readonly file: string;
  readonly siblings: SiblingNames;
  readonly format: LogFormat;
  /** Where Docker's file name tells it; else empty. */
  readonly containerId: string;
}

/** Where a link to a log ends; undefined where nothing is there (yet), or no regular file. */
export function linkEnd(fs: FileSystem, path: string): LogPlace | undefined {
  const end = fs.realpath(path);
  return end !== undefined && fs.stat(end)?.kind === "file" ? placeOf(end) : undefined;
}

export function placeOf(path: string): LogPlace {
  const slash = path.lastIndexOf("/");
  const directory = path.slice(0, slash) || "/";
  const file = path.slice(slash + 1);
  const containerId = dockerLogId(file);
  if (containerId !== undefined) return { directory, file, siblings: "docker", format: "docker", containerId };
  const inPodsTree = parsePodDirectory(directory.split("/").at(-2) ?? "") !== undefined;
  const isPodLog = inPodsTree && instanceOf(file) !== undefined;
  return isPodLog
    ? { directory, file, siblings: "kubelet", format: "cri", containerId: "" }
    : { directory, file, siblings: "logrotate", format: "auto", containerId: "" };
}

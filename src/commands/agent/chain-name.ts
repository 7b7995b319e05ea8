// What people call a log: namespace/pod/container, Docker's name, or the file's path.
import type { ChainStatus } from "../../collector/operation/agent-status.ts";

export function chainName({ origin, path }: Pick<ChainStatus, "origin" | "path">): string {
  const { namespace, pod, container, restart, dockerContainer } = origin;
  if (pod !== "") return `${namespace}/${pod}/${container}${restart > 0 ? `#${restart}` : ""}`;
  return dockerContainer === "" ? path : dockerContainer;
}

/** Whether `text` (a path, a container's name or id, a pod, `namespace/pod`, `pod/container`, a target's id) names the log. */
export function isNamed(chain: Pick<ChainStatus, "id" | "origin" | "path" | "realPath">, text: string): boolean {
  const { namespace, pod, podUid, container, containerId, dockerContainer } = chain.origin;
  const names = [chain.id, chain.path, chain.realPath, pod, container, dockerContainer, podUid];
  if (pod !== "") names.push(`${namespace}/${pod}`, `${pod}/${container}`, `${namespace}/${pod}/${container}`);
  if (text === "") return false;
  if (names.includes(text)) return true;
  // As `docker logs` takes ids; a directory stands for the logs below it.
  return (
    (/^[0-9a-f]{6,}$/.test(text) && containerId.startsWith(text)) ||
    isBelow(chain.path, text) ||
    isBelow(chain.realPath, text)
  );
}

function isBelow(path: string, directory: string): boolean {
  return directory.startsWith("/") && path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}

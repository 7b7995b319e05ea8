// Whether two lines are of one log: sources make their own Origin for it, and know more or less of it.
import type { LogLine, Origin } from "../../record/log-line.ts";

const keys = new WeakMap<Origin, string>();

/** The same for the lines of one container instance, or of one file, whichever source gave them. */
export function logKey(origin: Origin): string {
  let key = keys.get(origin);
  if (key === undefined) {
    const { podUid, namespace, pod, container, containerId, restart, path } = origin;
    const isPod = podUid !== "" || (namespace !== "" && pod !== "");
    key = JSON.stringify(
      isPod ? [podUid || `${namespace}/${pod}`, container, restart] : [containerId || path || pod, container],
    );
    keys.set(origin, key);
  }
  return key;
}

/** The same moment and the same bytes: one line, told by two searches. */
export function isSameLine(a: LogLine, b: LogLine): boolean {
  return a.sec === b.sec && a.nsec === b.nsec && a.buffer.compare(b.buffer, b.start, b.end, a.start, a.end) === 0;
}

// The last lines of each container: where in a timeline that is read backwards its first wanted line stands.
import type { LogLine, Origin } from "../../record/log-line.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";

const names = new WeakMap<Origin, string>();

/** The same for all instances of a container, whichever source gave them; a file is one of its own. */
export function containerOf(origin: Origin): string {
  let name = names.get(origin);
  if (name === undefined) {
    const { podUid, namespace, pod, container, containerId, path } = origin;
    const isPod = podUid !== "" || pod !== "";
    name = isPod ? `${podUid || `${namespace}/${pod}`}/${container}` : `${containerId || path || ""}/${container}`;
    names.set(origin, name);
  }
  return name;
}

/** What is wanted of one container. */
interface Log {
  lines: number;
  /** The time of the first wanted line, once there are enough. */
  first: Timestamp | undefined;
  /** Lines of that very time that stand before it. */
  before: number;
}

/** Takes lines from the newest to the oldest, then answers for the same lines from the oldest to the newest. */
export class LastLines {
  private readonly count: number;
  private readonly logs = new Map<string, Log>();
  private missing = 0;

  constructor(count: number) {
    this.count = count;
  }

  /** Some log has as many lines as are wanted, so it may have more. */
  get isCut(): boolean {
    return this.logs.size > this.missing;
  }

  get hasUnfinished(): boolean {
    return this.missing > 0;
  }

  /** Lines of the container have been taken, and there are not enough of them. */
  isUnfinished(container: string): boolean {
    const log = this.logs.get(container);
    return log !== undefined && log.lines < this.count;
  }

  /** There are not enough lines of the container, if any. */
  isWanted(container: string): boolean {
    return !this.logs.has(container) || this.isUnfinished(container);
  }

  /** True when the line is wanted. */
  take(line: LogLine): boolean {
    const key = containerOf(line.origin);
    let log = this.logs.get(key);
    if (log === undefined) {
      log = { lines: 0, first: undefined, before: 0 };
      this.logs.set(key, log);
      this.missing++;
    }
    if (log.first !== undefined) {
      if (compareTimestamps(line, log.first) === 0) log.before++;
      return false;
    }
    log.lines += 1 + (line.rest?.length ?? 0);
    if (log.lines >= this.count) {
      log.first = { sec: line.sec, nsec: line.nsec };
      this.missing--;
    }
    return true;
  }

  /** From the oldest on: whether the line is wanted, or came since. To be asked once for each. */
  shows(line: LogLine): boolean {
    const log = this.logs.get(containerOf(line.origin));
    if (log?.first === undefined || line.sec < 0) return true;
    const distance = compareTimestamps(line, log.first);
    if (distance !== 0) return distance > 0;
    if (log.before === 0) return true;
    log.before--;
    return false;
  }
}

// `<state>/status.json`: what the agent says of itself to `klog agent status`, `audit` and `explain`, which run elsewhere.
import { join } from "node:path";
import { KlogError, messageOf } from "../../errors.ts";
import type { FileSystem } from "../file-system.ts";
import { type AgentStatus, STATUS_FORMAT } from "./agent-status.ts";

const SHORTEST_MS = 1000;
/** A status of thousands of files takes its time: at most this part of a core goes into it. */
const MOST_CPU = 0.005;

/** A status of this age, from an agent that runs, says that the agent hangs. */
export const STALE_MS = 30_000;
/** Written this often although nothing has changed, so that its age tells that the agent lives. */
const HEARTBEAT_MS = 10_000;
/** One that says nothing new may cost even less, as long as it is not taken for stale. */
const HEARTBEAT_CPU = 0.001;
const LONGEST_HEARTBEAT_MS = 20_000;

export function statusPath(stateDirectory: string): string {
  return join(stateDirectory, "status.json");
}

export interface StatusSource {
  readonly revision: number;
  status(): AgentStatus;
}

export class StatusFile {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #source: StatusSource;
  readonly #cpuMs: () => number;
  #revision: number | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #cost = 0;

  constructor(fs: FileSystem, stateDirectory: string, source: StatusSource, cpuMs: () => number) {
    this.#fs = fs;
    this.#path = statusPath(stateDirectory);
    this.#source = source;
    this.#cpuMs = cpuMs;
  }

  /** Writes when something has changed and the last time is long enough ago. To be called about once a second. */
  refresh(now: number): void {
    const age = now - this.#writtenAt;
    const wait = Math.max(SHORTEST_MS, this.#cost / MOST_CPU);
    const isChanged = this.#source.revision !== this.#revision;
    const heartbeat = Math.min(LONGEST_HEARTBEAT_MS, Math.max(HEARTBEAT_MS, this.#cost / HEARTBEAT_CPU));
    if (age < wait || (!isChanged && age < heartbeat)) return;
    this.write(now);
  }

  /** Throws what the file system throws. */
  write(now: number): void {
    const before = this.#cpuMs();
    // Also when it fails: the next attempt is not to come at once.
    this.#writtenAt = now;
    this.#revision = this.#source.revision;
    const half = `${this.#path}.new`;
    const fd = this.#fs.openForWriting(half);
    try {
      this.#fs.write(fd, Buffer.from(`${JSON.stringify(this.#source.status())}\n`));
    } finally {
      this.#fs.close(fd);
    }
    this.#fs.rename(half, this.#path);
    this.#cost = this.#cpuMs() - before;
  }
}

/** Undefined where no agent has ever written one. */
export function readStatus(fs: FileSystem, stateDirectory: string): AgentStatus | undefined {
  const path = statusPath(stateDirectory);
  const bytes = reading(path, () => fs.readFile(path));
  if (bytes === undefined) return undefined;
  const status = reading(path, () => JSON.parse(Buffer.from(bytes).toString("utf8")) as AgentStatus);
  if (status.format !== STATUS_FORMAT) {
    throw new KlogError("STATE_UNREADABLE", `${path} is of format ${status.format}, this klog reads ${STATUS_FORMAT}`, {
      hint: "use the klog that the agent runs",
    });
  }
  return status;
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isDenied = ["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "");
    throw new KlogError("STATE_UNREADABLE", `cannot read the agent's status: ${messageOf(error)}`, {
      hint: isDenied ? `the agent's state is its user's own: try sudo, or --state-dir` : `see what ${path} is`,
      cause: error,
    });
  }
}

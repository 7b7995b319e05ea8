// --wait-for and --timeout: a command that ends with the first line that a query finds, for scripts.
import { KlogError } from "../errors.ts";
import type { Clock } from "../sources/clock.ts";
import type { FlagValues } from "./flag-values.ts";
import type { WAIT_FLAGS } from "./flags/query.ts";

export interface WaitFor {
  /** A query without pipes. */
  readonly text: string;
  /** undefined: for ever. */
  readonly timeoutMs: number | undefined;
}

/** Throws KlogError USAGE. */
export function parseWaitFor(flags: FlagValues<(typeof WAIT_FLAGS)[number]>): WaitFor | undefined {
  const text = flags.text("wait-for");
  const timeoutMs = flags.milliseconds("timeout");
  if (text !== undefined) return { text, timeoutMs };
  if (timeoutMs === undefined) return undefined;
  throw new KlogError("USAGE", `${flags.where("timeout")} belongs to --wait-for`, {
    hint: "--wait-for 'server started' --timeout 60s",
  });
}

/** The wait of one command. Without --wait-for nothing ever happens in it. */
export class Waiting {
  outcome: "found" | "too late" | undefined;
  private readonly waitFor: WaitFor | undefined;
  private readonly end: () => void;
  private readonly cancel: () => void;

  /** `end` stops the command. */
  constructor(waitFor: WaitFor | undefined, clock: Pick<Clock, "timer">, end: () => void) {
    this.waitFor = waitFor;
    this.end = end;
    const timeout = waitFor?.timeoutMs;
    this.cancel = timeout === undefined ? () => undefined : clock.timer(timeout, () => this.settle("too late"));
  }

  found(): void {
    this.settle("found");
  }

  /** To be called when the command ends, whatever the reason. */
  close(): void {
    this.cancel();
  }

  /** What a person is told where the line did not come; undefined where it did, or nobody waits. */
  get complaint(): string | undefined {
    if (this.waitFor === undefined || this.outcome === "found") return undefined;
    return `no line was found ${this.outcome === "too late" ? "in time " : ""}for --wait-for ${this.waitFor.text}`;
  }

  private settle(outcome: "found" | "too late"): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.end();
  }
}

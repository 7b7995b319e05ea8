// What keeps the agent from its work now: each kind once, since when, and told in the log when it begins and ends.
import type { AgentLog } from "./collector-api.ts";
import type { Degradation } from "./operation/agent-status.ts";

export class Degradations {
  private readonly known = new Map<string, Degradation>();
  private readonly log: AgentLog;
  private readonly now: () => number;
  private readonly changed: () => void;

  /** `now`: ms since the epoch. `changed`: the status shows it. */
  constructor(log: AgentLog, now: () => number, changed: () => void) {
    this.log = log;
    this.now = now;
    this.changed = changed;
  }

  get all(): Degradation[] {
    return [...this.known.values()];
  }

  /** `what` undefined: it is over. */
  set(kind: string, what: string | undefined): void {
    const before = this.known.get(kind);
    if (before?.what === what) return;
    if (what === undefined) this.known.delete(kind);
    else this.known.set(kind, { kind, what, since: before?.since ?? this.now() });
    this.changed();
  }

  /** As `set`, and says it in the log. */
  tell(kind: string, what: string | undefined): void {
    if (this.known.get(kind)?.what === what) return;
    this.set(kind, what);
    if (what !== undefined) this.log.warn("degraded", { kind, reason: what });
    else this.log.info("no longer degraded", { kind });
  }
}

// The memory that open groups of all chains share: where it runs out, the oldest group goes out as it is.

const LIMIT = 32 << 20;

interface Member {
  /** Sends out all that is open. */
  flushAll(): void;
}

export class GroupBudget {
  /** Joiners with open groups and their bytes, the one that has waited longest first. */
  private readonly members = new Map<Member, number>();
  private readonly limit: number;
  private bytes = 0;
  /** How often groups went out early. */
  evictions = 0;

  constructor(limit: number = LIMIT) {
    this.limit = limit;
  }

  get used(): number {
    return this.bytes;
  }

  /** What the joiner keeps now; `renewed`: its oldest group is a new one. */
  account(member: Member, bytes: number, renewed: boolean): void {
    this.bytes += bytes - (this.members.get(member) ?? 0);
    if (bytes === 0 || renewed) this.members.delete(member);
    if (bytes > 0) this.members.set(member, bytes);
  }

  /** Makes room; called where no batch is being worked on. */
  enforce(): void {
    while (this.bytes > this.limit) {
      const oldest = this.members.keys().next().value;
      if (oldest === undefined) return;
      this.evictions++;
      oldest.flushAll();
    }
  }
}

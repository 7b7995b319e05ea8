// Whose bytes are read next: logs about to be lost first, within a share; all others in turn, so that no log starves another.
import { Link, Ring } from "./ring.ts";

/** A chain, as far as the order of reading goes. */
export interface Member {
  /** Bytes that can be read now. */
  readonly unread: number;
  /** Estimate of the ms until unread bytes are deleted; undefined when none are at risk. */
  readonly timeToLoss: number | undefined;
  /** Bytes read and not delivered. */
  readonly inFlight: number;
}

export interface Turn<M> {
  readonly member: M;
  readonly bytes: number;
}

export interface SchedulerOptions {
  /** Bytes in flight over all members. */
  readonly inFlight: { readonly bytes: number };
  /** Asked each turn: the memory limit may lower it. */
  readonly budget?: () => number;
}

const QUANTUM = 256 << 10;
const BUDGET = 64 << 20;
/** A quarter of the budget at most is one log's; a log at risk may have what its rescue takes. */
const CHAIN_CAP = 4 << 20;
const RISK_CAP = 16 << 20;
/** While others wait, at most 70 % of what is read is of logs at risk: 7 bytes for each 3 of the others. */
const RISK_PER_OTHER = 7 / 3;
/** What those at risk may save up while none of them can be read, or owe while none of the others can. */
const MOST_CREDIT = 4 * QUANTUM;
/** The order of those at risk is worth a new look after so many of their turns. */
const SORT_EVERY = 32;

interface Slot<M> {
  readonly member: M;
  /** What it may still read of its turns; below 0 after a line that was longer than what it was given. */
  deficit: number;
  /** Between `next` and `took`. */
  reading: boolean;
  /** Something new came meanwhile. */
  woken: boolean;
  /** In the list of those at risk, with the estimate that it is sorted by. */
  atRisk: boolean;
  timeToLoss: number;
}

/**
 * Deficit round robin. A member takes part from `ready` on until its turn finds nothing to read; idle ones are never looked at.
 * A turn of `next` is ended by `took`; until then the member gets no other.
 */
export class Scheduler<M extends Member> {
  private readonly inFlight: { readonly bytes: number };
  private readonly budget: () => number;
  private readonly links = new Map<M, Link<Slot<M>>>();
  private readonly others = new Ring<Slot<M>>();
  private readonly risk: Link<Slot<M>>[] = [];
  private turnsSinceSort = 0;
  /** Bytes that those at risk may read before another gets a turn. */
  private credit = QUANTUM;

  constructor({ inFlight, budget = () => BUDGET }: SchedulerOptions) {
    this.inFlight = inFlight;
    this.budget = budget;
  }

  add(member: M): void {
    const slot = { member, deficit: 0, timeToLoss: 0, reading: false, woken: false, atRisk: false };
    this.links.set(member, new Link<Slot<M>>(slot));
    this.ready(member);
  }

  remove(member: M): void {
    const link = this.links.get(member);
    if (link === undefined) return;
    this.links.delete(member);
    this.leave(link);
  }

  /** It may have something to read, or be at risk now. */
  ready(member: M): void {
    const link = this.links.get(member);
    if (link === undefined) return;
    if (link.value.reading) link.value.woken = true;
    else this.enqueue(link);
  }

  /** Undefined while nothing is ready, or too much is in flight: then a delivery is worth another call. */
  next(): Turn<M> | undefined {
    if (this.inFlight.bytes >= this.budget()) return undefined;
    if (this.credit > 0 || this.others.size === 0) return this.nextAtRisk() ?? this.nextOther();
    // The look at those at risk may find that one is not any more.
    return this.nextOther() ?? this.nextAtRisk() ?? this.nextOther();
  }

  /** Ends the turn: so many bytes were read. 0: what is there cannot be used yet, and only `ready` gives it another turn. */
  took(member: M, bytes: number): void {
    const link = this.links.get(member);
    if (link === undefined) return;
    const slot = link.value;
    const again = bytes > 0 || slot.woken;
    slot.reading = false;
    slot.woken = false;
    if (slot.atRisk) {
      // What is read while nobody waits is no debt.
      if (this.others.size > 0) this.credit = Math.max(-MOST_CREDIT, this.credit - bytes);
      if (!again) this.leave(link);
      return;
    }
    this.credit = Math.min(MOST_CREDIT, this.credit + bytes * RISK_PER_OTHER);
    slot.deficit -= bytes;
    if (again) this.enqueue(link);
    else slot.deficit = Math.min(0, slot.deficit);
  }

  private nextAtRisk(): Turn<M> | undefined {
    if (this.turnsSinceSort++ >= SORT_EVERY) this.sort();
    for (let i = 0; i < this.risk.length; ) {
      const link = this.risk[i]!;
      const { member, reading } = link.value;
      if (reading || (member.unread > 0 && member.timeToLoss !== undefined && member.inFlight >= RISK_CAP)) i += 1;
      else if (member.unread > 0 && member.timeToLoss !== undefined) {
        link.value.reading = true;
        return { member, bytes: QUANTUM };
      } else {
        this.leave(link);
        if (member.unread > 0) this.others.push(link);
      }
    }
    return undefined;
  }

  private nextOther(): Turn<M> | undefined {
    // Those at their cap are passed over; the budget keeps them few. When all that is left is at its cap, the search ends.
    for (let capped = 0; capped < this.others.size; ) {
      const link = this.others.first!;
      const slot = link.value;
      const { member } = slot;
      if (member.unread <= 0) {
        this.others.remove(link);
        slot.deficit = Math.min(0, slot.deficit);
      } else if (member.timeToLoss !== undefined) {
        this.enqueue(link);
        const turn = this.credit > 0 ? this.nextAtRisk() : undefined;
        if (turn !== undefined) return turn;
      } else if (member.inFlight >= CHAIN_CAP) {
        this.others.push(link);
        capped += 1;
      } else {
        // What was left of a turn, less than a line, is good for the next one; more does not add up.
        slot.deficit = Math.min(slot.deficit, QUANTUM) + QUANTUM;
        capped = 0;
        if (slot.deficit <= 0) this.others.push(link);
        else {
          this.others.remove(link);
          slot.reading = true;
          return { member, bytes: slot.deficit };
        }
      }
    }
    return undefined;
  }

  private enqueue(link: Link<Slot<M>>): void {
    const slot = link.value;
    if (slot.atRisk) return;
    if (slot.member.timeToLoss === undefined) {
      if (link.ring === undefined) this.others.push(link);
      return;
    }
    link.ring?.remove(link);
    slot.atRisk = true;
    this.risk.push(link);
    this.turnsSinceSort = SORT_EVERY;
  }

  private leave(link: Link<Slot<M>>): void {
    link.ring?.remove(link);
    if (!link.value.atRisk) return;
    link.value.atRisk = false;
    this.risk.splice(this.risk.indexOf(link), 1);
  }

  private sort(): void {
    this.turnsSinceSort = 0;
    for (const { value } of this.risk) value.timeToLoss = value.member.timeToLoss ?? Number.POSITIVE_INFINITY;
    this.risk.sort((a, b) => a.value.timeToLoss - b.value.timeToLoss);
  }
}

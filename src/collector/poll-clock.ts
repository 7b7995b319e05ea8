// Which logs are due for a look: often while they are written, seldom when they are quiet, so that thousands of idle ones cost little.
import { Link, Ring } from "./ring.ts";

/** How long ago the last data came, at most, and how often a log is looked at then. */
const PACES = [
  { quietMs: 10_000, everyMs: 50 },
  { quietMs: 600_000, everyMs: 250 },
  { quietMs: Number.POSITIVE_INFINITY, everyMs: 2000 },
] as const;

/** Many busy logs are looked at 400 a second in all, and none less often than this: a look costs more than what it finds. */
const MS_A_LOG = 2.5;
const MOST_MS = 500;

interface Slot<M> {
  readonly member: M;
  grewAt: number;
  due: number;
}

/** Times are ms of any clock that does not jump back. */
export class PollClock<M> {
  private readonly links = new Map<M, Link<Slot<M>>>();
  /** One for each pace: as all in it wait about equally long, it is about in the order of their times. */
  private readonly rings = PACES.map(() => new Ring<Slot<M>>());

  /** Due at once. `grewAt` = when its last data came, as far as is known. */
  add(member: M, grewAt: number, now: number): void {
    const link = new Link<Slot<M>>({ member, grewAt, due: now });
    this.links.set(member, link);
    this.soonest(link);
  }

  remove(member: M): void {
    const link = this.links.get(member);
    if (link === undefined) return;
    this.links.delete(member);
    link.ring?.remove(link);
  }

  /** New data was seen: it is looked at often from now on. */
  grew(member: M, now: number): void {
    const link = this.links.get(member);
    if (link === undefined) return;
    link.value.grewAt = now;
    if (link.ring !== this.rings[0]) this.wait(link, now);
  }

  /** Something else told of a change: due at the next call. */
  wake(member: M, now: number): void {
    const link = this.links.get(member);
    if (link === undefined) return;
    link.value.due = now;
    this.soonest(link);
  }

  /** Those due, the longest waiting first in each pace, at most `limit`; each waits for its next time from here on. */
  due(now: number, limit = Number.POSITIVE_INFINITY): M[] {
    const members: M[] = [];
    for (const ring of this.rings) {
      for (let link = ring.first; link !== undefined && link.value.due <= now; link = ring.first) {
        if (members.length >= limit) return members;
        members.push(link.value.member);
        this.wait(link, now);
      }
    }
    return members;
  }

  /** Ms until one is due; undefined without members. */
  delay(now: number): number | undefined {
    let soonest: number | undefined;
    for (const { first } of this.rings) {
      if (first !== undefined && (soonest === undefined || first.value.due < soonest)) soonest = first.value.due;
    }
    return soonest === undefined ? undefined : Math.max(0, soonest - now);
  }

  private wait(link: Link<Slot<M>>, now: number): void {
    const quiet = now - link.value.grewAt;
    const pace = PACES.findIndex(({ quietMs }) => quiet <= quietMs);
    const ring = this.rings[pace]!;
    link.value.due = now + Math.max(PACES[pace]!.everyMs, Math.min(MOST_MS, MS_A_LOG * ring.size));
    ring.push(link);
  }

  private soonest(link: Link<Slot<M>>): void {
    const [ring] = this.rings;
    ring!.push(link);
    // All others in the ring are due later, or as early.
    ring!.first = link;
  }
}

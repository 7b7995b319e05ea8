// Where one container instance has been read to, exactly: the API resumes by whole seconds only, so the last lines are
// remembered and a resumed reply is laid over them, line by line, until it is known which of its lines are new.
import type { Timestamp } from "../../record/timestamp.ts";

/** What a line is known by: its time and a 64-bit hash of its bytes, in two halves. */
export interface LineMark extends Timestamp {
  readonly hashA: number;
  readonly hashB: number;
}

/** Lines remembered at the most: at 100,000 lines a second they are the last fifth of a second. */
const CAPACITY = 20_000;
/** Runtimes write two pipes, so neighbours may be out of order: a resume goes back this much further than the newest second. */
const OVERLAP_SECONDS = 1;

export class Cursor {
  private sec = new Float64Array(64);
  private nsec = new Uint32Array(64);
  private hashA = new Uint32Array(64);
  private hashB = new Uint32Array(64);
  private head = 0;
  private length = 0;
  private maxSec = -1;
  private maxNsec = 0;
  private lastSec = -1;
  private lastNsec = 0;
  private overflowed = false;
  /** True when the instance was read from the first line of its log, so that nothing older than the window was ever left out. */
  readonly fromFirstLine: boolean;

  constructor(options: { fromFirstLine: boolean }) {
    this.fromFirstLine = options.fromFirstLine;
  }

  /** The greatest time consumed; undefined before the first line. */
  get newest(): Timestamp | undefined {
    return this.maxSec < 0 ? undefined : { sec: this.maxSec, nsec: this.maxNsec };
  }

  /** The time of the line consumed last. */
  get last(): Timestamp | undefined {
    return this.lastSec < 0 ? undefined : { sec: this.lastSec, nsec: this.lastNsec };
  }

  /** The marks of the last lines consumed, at most `count`, in the file's order. Behind a gap they begin anew. */
  lastMarks(count: number): LineMark[] {
    const marks: LineMark[] = [];
    for (let i = Math.max(0, this.length - count); i < this.length; i++) {
      const at = (this.head + i) & (this.sec.length - 1);
      marks.push({ sec: this.sec[at]!, nsec: this.nsec[at]!, hashA: this.hashA[at]!, hashB: this.hashB[at]! });
    }
    return marks;
  }

  /** What `sinceTime` of the next request must be, in whole seconds since the epoch; undefined before the first line. */
  get resumeAt(): number | undefined {
    return this.maxSec < 0 ? undefined : this.maxSec - OVERLAP_SECONDS;
  }

  /** Remembers a line that has been handed on. To be called for every line, in the file's order, before any filter. */
  consume(sec: number, nsec: number, hashA: number, hashB: number): void {
    if (sec < 0) return;
    if (this.length === this.sec.length) this.grow();
    if (this.length === CAPACITY) {
      this.overflowed = true;
      this.dropHead();
    }
    const at = (this.head + this.length) & (this.sec.length - 1);
    this.sec[at] = sec;
    this.nsec[at] = nsec;
    this.hashA[at] = hashA;
    this.hashB[at] = hashB;
    this.length++;
    this.lastSec = sec;
    this.lastNsec = nsec;
    if (sec > this.maxSec || (sec === this.maxSec && nsec > this.maxNsec)) {
      const nextSecond = sec > this.maxSec;
      this.maxSec = sec;
      this.maxNsec = nsec;
      if (nextSecond) this.forget();
    }
  }

  /** Forgets the window behind a gap: what is read next is new, whatever it is. The resume point stays. */
  reset(): void {
    this.head = 0;
    this.length = 0;
    this.overflowed = false;
  }

  /** Begins to lay a resumed reply (asked for with `sinceTime = resumeAt`) over the window. */
  align(): Alignment {
    const window: LineMark[] = [];
    const since = this.resumeAt ?? 0;
    for (let i = 0; i < this.length; i++) {
      const at = (this.head + i) & (this.sec.length - 1);
      if (this.sec[at]! >= since)
        window.push({ sec: this.sec[at]!, nsec: this.nsec[at]!, hashA: this.hashA[at]!, hashB: this.hashB[at]! });
    }
    return new Alignment(window, { anchored: this.fromFirstLine && !this.overflowed, newest: this.newest });
  }

  private forget(): void {
    const oldest = this.maxSec - OVERLAP_SECONDS;
    while (this.length > 0 && this.sec[this.head]! < oldest) this.dropHead();
  }

  private dropHead(): void {
    this.head = (this.head + 1) & (this.sec.length - 1);
    this.length--;
  }

  private grow(): void {
    const size = this.sec.length;
    const bigger = size * 2;
    const rotate = <A extends Float64Array | Uint32Array>(from: A, to: A): A => {
      to.set(from.subarray(this.head));
      to.set(from.subarray(0, this.head), size - this.head);
      return to;
    };
    this.sec = rotate(this.sec, new Float64Array(bigger));
    this.nsec = rotate(this.nsec, new Uint32Array(bigger));
    this.hashA = rotate(this.hashA, new Uint32Array(bigger));
    this.hashB = rotate(this.hashB, new Uint32Array(bigger));
    this.head = 0;
  }
}

export type Verdict =
  /** Not known yet: hold the lines back. */
  | { readonly kind: "undecided" }
  /** The first `seen` lines of the reply were shown before; what follows is new. */
  | { readonly kind: "aligned"; readonly seen: number }
  /** Nothing of the window is in the reply: lines between them are gone. All of the reply is new. */
  | { readonly kind: "gap" };

const UNDECIDED: Verdict = { kind: "undecided" };

/** One way the reply may lie over the window: reply[start..] against window[skip..]. */
interface Candidate {
  readonly skip: number;
  readonly start: number;
  matched: number;
}

/**
 * A resumed reply is `P ++ W ++ N` (P: from before what was ever shown), `W[j..] ++ N` (the file was rotated inside the window) or
 * `N` (all rotated), where W is the window and N is new. Candidates are kept in order of preference: least skipped, earliest start.
 */
export class Alignment {
  private readonly window: readonly LineMark[];
  private readonly anchored: boolean;
  private readonly newest: Timestamp | undefined;
  private candidates: Candidate[] = [];
  private count = 0;

  constructor(window: readonly LineMark[], options: { anchored: boolean; newest: Timestamp | undefined }) {
    this.window = window;
    this.anchored = options.anchored;
    this.newest = options.newest;
  }

  /** True when there is nothing to lay the reply over: all of it is new. */
  get trivial(): boolean {
    return this.window.length === 0;
  }

  push(line: LineMark): Verdict {
    const index = this.count++;
    if (this.window.length === 0) return { kind: "aligned", seen: index };
    this.candidates = this.candidates.filter((c) => {
      // A complete candidate stays as it is while a better one is still open.
      if (c.skip + c.matched === this.window.length) return true;
      if (!same(this.window[c.skip + c.matched]!, line)) return false;
      c.matched++;
      return true;
    });
    if (same(this.window[0]!, line) && (index === 0 || !this.anchored)) {
      const at = this.candidates.findIndex((c) => c.skip > 0);
      this.candidates.splice(at < 0 ? this.candidates.length : at, 0, { skip: 0, start: index, matched: 1 });
    }
    if (index === 0) {
      for (let skip = 1; skip < this.window.length; skip++)
        if (same(this.window[skip]!, line)) this.candidates.push({ skip, start: 0, matched: 1 });
    }
    const best = this.candidates[0];
    if (best === undefined)
      return this.newest !== undefined && later(line, this.newest, OVERLAP_SECONDS) ? { kind: "gap" } : UNDECIDED;
    return this.complete(best) ? { kind: "aligned", seen: best.start + best.matched } : UNDECIDED;
  }

  /**
   * The reply (of a request without follow) has ended. `incomplete` when it stopped inside the window: a reply that was cut short
   * looks the same as a rotation, so it should be asked for again before that is believed.
   */
  end(): Verdict & { readonly incomplete?: boolean } {
    if (this.window.length === 0) return { kind: "aligned", seen: 0 };
    const done = this.candidates.find((c) => this.complete(c));
    if (done !== undefined) return { kind: "aligned", seen: done.start + done.matched };
    return { kind: "gap", incomplete: this.count === 0 || this.candidates.length > 0 };
  }

  private complete(c: Candidate): boolean {
    return c.skip + c.matched === this.window.length;
  }
}

function same(a: LineMark, b: LineMark): boolean {
  return a.sec === b.sec && a.nsec === b.nsec && a.hashA === b.hashA && a.hashB === b.hashB;
}

function later(line: Timestamp, than: Timestamp, bySeconds: number): boolean {
  return line.sec > than.sec + bySeconds || (line.sec === than.sec + bySeconds && line.nsec > than.nsec);
}

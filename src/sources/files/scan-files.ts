// Merges the scans of many files by time. A file is begun when the timeline reaches what it can have, so files that lie one
// behind the other are read one behind the other.
import type { LogLine } from "../../record/log-line.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import { HeadHeap } from "../merge/head-heap.ts";
import type { SearchPage, SearchRequest } from "../source.ts";
import type { FileScan, HitKey, ScanPosition } from "./file-scan.ts";

/** How far a search of files has got: JSON. */
export interface FilesPosition {
  /** The last hit's time. */
  readonly at: readonly [sec: number, nsec: number] | null;
  /** By inode. */
  readonly files: Readonly<Record<string, ScanPosition>>;
}

export interface OpenScans {
  readonly scans: readonly FileScan[];
  readonly position: FilesPosition | undefined;
}

const PAGE_HITS = 1000;
/** Blocks without a hit behind which a page tells how far the search has got. */
const QUIET_BLOCKS = 16;

/** Ends when all is read or the signal aborts. */
export async function* scanFiles(opened: OpenScans, request: SearchRequest): AsyncGenerator<SearchPage> {
  const timeline = new FileTimeline(opened, request);
  try {
    yield* timeline.pages();
  } finally {
    await Promise.all(opened.scans.map((scan) => scan.close()));
  }
}

class FileTimeline {
  private readonly scans: readonly FileScan[];
  private readonly request: SearchRequest;
  private readonly direction: 1 | -1;
  private readonly heap: HeadHeap<FileScan>;
  private readonly position: FilesPosition | undefined;
  private waiting: FileScan[];
  private given = 0;
  private at: FilesPosition["at"];

  constructor({ scans, position }: OpenScans, request: SearchRequest) {
    this.scans = scans;
    this.request = request;
    this.direction = request.order === "oldest" ? 1 : -1;
    this.heap = new HeadHeap(this.direction);
    this.position = position;
    this.at = position?.at ?? null;
    this.waiting = [...scans];
  }

  async *pages(): AsyncGenerator<SearchPage> {
    const { signal, limit } = this.request;
    let quiet = 0;
    while (!signal.aborted) {
      const next = this.toAdvance();
      if (next === undefined) {
        if (this.heap.size === 0) return;
        yield this.page();
        quiet = 0;
        if (limit !== undefined && this.given >= limit) return;
        continue;
      }
      await this.advance(next);
      if (++quiet % QUIET_BLOCKS === 0) yield this.emptyPage();
    }
  }

  /** The scan without a next hit that may have one before all that are known. */
  private toAdvance(): FileScan | undefined {
    const head = this.heap.top?.head;
    const first = this.firstWaiting();
    return first !== undefined && (head === undefined || !this.isBefore(head, first.bound)) ? first : undefined;
  }

  /** Of the scans without a next hit the one whose hits may come first. */
  private firstWaiting(): FileScan | undefined {
    let first: FileScan | undefined;
    for (const scan of this.waiting) if (first === undefined || this.isBefore(scan.bound, first.bound)) first = scan;
    return first;
  }

  private async advance(scan: FileScan): Promise<void> {
    try {
      await scan.advance();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined || code === "SOURCE_UNREADABLE") throw error;
      scan.done = true;
      this.request.note(`${scan.file.found.path} cannot be read any more (${code})`, "partial");
    }
    if (scan.head === undefined && !scan.done) return;
    this.waiting = this.waiting.filter((other) => other !== scan);
    this.heap.place(scan);
  }

  /** Hits up to where another block has to be read. */
  private page(): SearchPage {
    const { limit } = this.request;
    const most = Math.min(PAGE_HITS, (limit ?? Number.POSITIVE_INFINITY) - this.given);
    const positions = this.positions();
    const before = this.at;
    const hits: LogLine[] = [];
    const taken: { readonly scan: FileScan; readonly key: HitKey | null }[] = [];
    const begun = this.scans.map((scan) => scan.lastTaken);
    let stop = this.firstWaiting()?.bound;
    while (hits.length < most) {
      const scan = this.heap.top;
      if (scan === undefined || (stop !== undefined && !this.isBefore(scan.head!, stop))) break;
      const { line } = scan.take();
      hits.push(line);
      taken.push({ scan, key: scan.lastTaken });
      this.heap.advanceTop();
      if (scan.head !== undefined || scan.isOver) continue;
      this.waiting.push(scan);
      stop = this.firstWaiting()?.bound;
    }
    this.given += hits.length;
    const last = hits.at(-1);
    this.at = last === undefined ? before : [last.sec, last.nsec];
    return {
      hits,
      reached: this.reached(),
      live: false,
      resume: (index) => {
        const after = new Map(this.scans.map((scan, i) => [scan, begun[i] ?? null]));
        for (let i = 0; i <= index; i++) after.set(taken[i]!.scan, taken[i]!.key);
        const hit = hits[index];
        return this.resumeAt(positions, after, hit === undefined ? before : [hit.sec, hit.nsec]);
      },
    };
  }

  private emptyPage(): SearchPage {
    const positions = this.positions();
    const after = new Map(this.scans.map((scan) => [scan, scan.lastTaken]));
    const { at } = this;
    return { hits: [], reached: this.reached(), live: false, resume: () => this.resumeAt(positions, after, at) };
  }

  private positions() {
    return this.scans.map((scan) => scan.position());
  }

  private resumeAt(
    positions: ReturnType<FileTimeline["positions"]>,
    after: ReadonlyMap<FileScan, HitKey | null>,
    at: FilesPosition["at"],
  ): FilesPosition {
    const files: Record<string, ScanPosition> = { ...this.position?.files };
    this.scans.forEach((scan, i) => {
      const position = positions[i]?.(after.get(scan) ?? null);
      if (position !== undefined) files[scan.file.found.inode] = position;
    });
    return { at, files };
  }

  /** No hit that comes later lies before it. */
  private reached(): Timestamp | undefined {
    let reached: Timestamp | undefined = this.heap.top?.head;
    for (const { bound } of this.waiting) if (reached === undefined || this.isBefore(bound, reached)) reached = bound;
    return reached === undefined || !Number.isFinite(reached.sec) ? undefined : reached;
  }

  private isBefore(a: Timestamp, b: Timestamp): boolean {
    return this.direction * compareTimestamps(a, b) < 0;
  }
}

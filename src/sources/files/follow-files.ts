// Gives what is written to files from now on: through renames, copytruncate, and to files that appear.
import type { FileHandle } from "node:fs/promises";
import type { LogLine } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis } from "../../record/timestamp.ts";
import type { Clock } from "../clock.ts";
import type { SearchPage, SearchRequest } from "../source.ts";
import { BlockSearch } from "./block-search.ts";
import { openFile } from "./file-blocks.ts";
import { type FoundFile, findFiles, inodeOf } from "./find-files.ts";
import { LineFeed } from "./line-feed.ts";
import { type FileSettings, type LogFile, lookAt, parserOf } from "./log-file.ts";
import type { FilesPosition } from "./scan-files.ts";

export interface FollowOptions {
  readonly patterns: readonly string[];
  /** What is read by others, up to the end of each file's last whole line. */
  readonly read: readonly LogFile[];
  readonly request: SearchRequest;
  readonly settings: FileSettings;
  readonly clock: Clock;
}

const POLL_MS = 200;
/** How often new files are looked for. */
const FIND_MS = 1000;
/** A renamed file's writer may go on with it for a while. */
const RENAMED_MS = 10_000;
const READ_BYTES = 256 * 1024;
/** What one file may give before the others have their turn. */
const TURN_BYTES = 4 * 1024 * 1024;

interface FollowedHit {
  readonly line: LogLine;
  readonly offset: number;
  readonly inode: string;
}

export class FilesFollower {
  private readonly options: FollowOptions;
  private readonly files = new Map<string, FollowedFile>();
  /** Inodes that are not followed: compressed and rotated files, which hold what was read elsewhere. */
  private readonly others = new Set<string>();
  private foundAt = Number.NEGATIVE_INFINITY;

  constructor(options: FollowOptions) {
    this.options = options;
  }

  /** Takes hold of the files before they are read: they may be renamed meanwhile. Close it. */
  async open(): Promise<void> {
    const { read, patterns, request } = this.options;
    for (const file of read) {
      const { path, inode } = file.found;
      if (await this.add(file.found, file)) continue;
      // It was renamed since it was found.
      const found = findFiles(patterns).find((other) => other.inode === inode);
      const isThere = found !== undefined && (await this.add({ ...file.found, path: found.path }, file));
      if (!isThere) request.note(`${path} went away: what was added to its end may be missing`, "partial");
    }
  }

  /** Until the signal aborts. */
  async *pages(): AsyncGenerator<SearchPage> {
    const { clock, request } = this.options;
    const { signal } = request;
    yield this.page([]);
    while (!signal.aborted) {
      if (clock.monotonic() - this.foundAt >= FIND_MS) await this.find();
      const hits: FollowedHit[] = [];
      for (const [inode, file] of this.files) {
        await file.read((line, offset) => hits.push({ line, offset, inode }));
        if (!file.isGone(clock.monotonic())) continue;
        await file.close();
        this.files.delete(inode);
        this.others.add(inode);
      }
      if (hits.length > 0) yield this.page(hits);
      else await clock.sleep(POLL_MS, signal);
    }
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) await file.close();
  }

  private page(hits: FollowedHit[]): SearchPage {
    hits.sort((a, b) => compareTimestamps(a.line, b.line));
    const ends = [...this.files].map(([inode, { offset }]) => [inode, offset] as const);
    return {
      hits: hits.map(({ line }) => line),
      reached: undefined,
      live: true,
      resume: (index): FilesPosition => {
        const edges = new Map(ends);
        for (const { inode, offset } of hits.slice(index + 1))
          edges.set(inode, Math.min(edges.get(inode) ?? offset, offset));
        const files = [...edges].map(([inode, edge]) => [inode, { edge, scanned: edge, after: null }] as const);
        return { at: null, files: Object.fromEntries(files) };
      },
    };
  }

  private async find(): Promise<void> {
    this.foundAt = this.options.clock.monotonic();
    const found = findFiles(this.options.patterns);
    const present = new Map(found.map((file) => [file.inode, file]));
    for (const [inode, file] of this.files) file.seenAs(present.get(inode), this.foundAt);
    for (const inode of this.others) if (!present.has(inode)) this.others.delete(inode);
    for (const file of found) {
      if (this.files.has(file.inode) || this.others.has(file.inode) || file.size === 0) continue;
      try {
        await this.add(file, undefined);
      } catch {
        // Gone again, or not ours to read: the next look tells.
      }
    }
  }

  /** `known` is read up to its last whole line; what is new is read from its beginning. False where it is not at its path any more. */
  private async add(found: FoundFile, known: LogFile | undefined): Promise<boolean> {
    const { settings, request, clock } = this.options;
    const file = known ?? (await lookAt(found, settings));
    // A rotated file that was not there before is a copy of what has been read.
    if (found.isRotated || file.compression !== "none") {
      this.others.add(found.inode);
      return true;
    }
    const offset = known === undefined ? 0 : file.wholeBytes;
    const handle = await openFile(found.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (handle === undefined) return false;
    if (inodeOf(await handle.stat()) !== found.inode) {
      await handle.close();
      return false;
    }
    this.files.set(found.inode, new FollowedFile(file, offset, handle, { settings, request, clock }));
    return true;
  }
}

class FollowedFile {
  private readonly file: LogFile;
  private readonly handle: FileHandle;
  private readonly how: Pick<FollowOptions, "settings" | "request" | "clock">;
  private feed: LineFeed;
  private search: BlockSearch;
  private position: number;
  private readAt: number;
  private path: string;
  private isLeft = false;
  private noted = false;

  constructor(file: LogFile, offset: number, handle: FileHandle, how: FollowedFile["how"]) {
    this.file = file;
    this.handle = handle;
    this.how = how;
    this.position = offset;
    this.path = file.found.path;
    this.readAt = how.clock.monotonic();
    [this.feed, this.search] = this.begin(offset);
  }

  /** Everything before it has been handed on. */
  get offset(): number {
    return this.feed.offset;
  }

  /** What `findFiles` finds of it now. */
  seenAs(found: FoundFile | undefined, now: number): void {
    if (found !== undefined) this.path = found.path;
    const isLeft = found === undefined || found.isRotated;
    if (isLeft && !this.isLeft) this.readAt = now;
    this.isLeft = isLeft;
  }

  /** It was renamed or deleted, and its writer has left it. */
  isGone(now: number): boolean {
    return this.isLeft && now - this.readAt > RENAMED_MS;
  }

  async read(give: (line: LogLine, offset: number) => void): Promise<void> {
    const { clock, request } = this.how;
    const visit = (event: LogLine, offset: number) => {
      const line = this.search.hitOf(event, false);
      if (line !== undefined) give(line, offset);
    };
    const { size } = await this.handle.stat();
    if (size < this.position) {
      if (!this.noted) request.note(`${this.path} was cut short by its writer: it is read from its beginning again`);
      this.noted = true;
      this.feed.end(this.timeNow, visit);
      this.position = 0;
      [this.feed, this.search] = this.begin(0);
    }
    const from = this.position;
    while (this.position < size && this.position - from < TURN_BYTES) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, size - this.position));
      const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, this.position);
      if (bytesRead === 0) break;
      this.position += bytesRead;
      request.work.bytes += bytesRead;
      this.feed.feed(buffer.subarray(0, bytesRead), this.timeNow, visit);
    }
    if (this.position > from) this.readAt = clock.monotonic();
    // What a whole poll has added nothing to is complete.
    else if (this.feed.pending) this.feed.flush(visit);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** A live line without a time is as old as its reading. */
  private readonly timeNow = () => fromMillis(this.how.clock.now());

  private begin(offset: number): [LineFeed, BlockSearch] {
    const { settings, request } = this.how;
    const { format } = this.file;
    const parser = parserOf(this.file, settings);
    const search = new BlockSearch({ parser, format, request });
    return [new LineFeed(parser, offset), search];
  }
}

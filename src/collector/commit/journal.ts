// Keyed records that survive a crash: batches are appended to a journal, and a snapshot takes its place when it has grown.
import { messageOf } from "../../errors.ts";
import type { FileSystem } from "../file-system.ts";
import { FILE_HEADER, frame } from "./frame.ts";
import { type Recovery, recover, type SnapshotEnd, stateFile } from "./recovery.ts";

/** A journal that has grown over this is replaced by a snapshot; over the last snapshot's size, where that is more. */
const JOURNAL_LIMIT = 4 << 20;
/** After a failed compaction the journal grows by this much before the next attempt. */
const RETRY_AFTER = 1 << 20;
const SNAPSHOT_FRAME = 256 << 10;

/**
 * `put` and `remove` change the memory at once; `sync` makes all changes so far durable, together or not at all. A record must not be
 * changed after it was put. Nothing here throws once the journal is open: `sync` says false, `problem` says why, and what is
 * not durable goes with the next `sync`.
 */
export class Journal {
  /** What recovery found broken, for a person; nothing in the ordinary case. */
  readonly damage: readonly string[];
  private readonly fs: FileSystem;
  private readonly directory: string;
  private readonly all: Map<string, unknown>;
  /** Keys whose record is not durable as it stands in memory. */
  private changed = new Set<string>();
  private batch: number;
  /** Numbers of files: the highest, those that are there, the lowest without which recovery would be incomplete. */
  private highest: number;
  private numbers: number[];
  private needed: number;
  /** The journal that is written on, 0 where there is none yet, and where its last good frame ends. */
  private number: number;
  private good: number;
  /** What was recovered is durable, the journal's name too: the process before this one may have died just before its sync. */
  private settled = false;
  private readonly leastLimit: number;
  private limit: number;
  private fd: number | undefined;
  private writeProblem: string | undefined;
  private compactionProblem: string | undefined;

  private running: Promise<boolean> | undefined;
  private queued: Promise<boolean> | undefined;
  private gathering = false;

  /** Recovers what `directory` holds. Throws KlogError where its files cannot be read or belong to something else. */
  static open(fs: FileSystem, directory: string, limit = JOURNAL_LIMIT): Journal {
    return new Journal(fs, directory, limit, recover(fs, directory));
  }

  private constructor(fs: FileSystem, directory: string, limit: number, recovery: Recovery) {
    this.leastLimit = limit;
    this.limit = limit;
    this.fs = fs;
    this.directory = directory;
    this.all = recovery.records;
    this.damage = recovery.damage;
    this.batch = recovery.batch;
    this.highest = recovery.highest;
    this.needed = recovery.needed;
    this.numbers = [...recovery.numbers];
    this.number = recovery.journal?.number ?? 0;
    this.good = recovery.journal?.end ?? 0;
  }

  /** Called just before changes are written, to put what goes with them: all of it becomes durable together. */
  beforeWrite: (() => void) | undefined;

  /** As they are in memory, the durable ones and the others. */
  get records(): ReadonlyMap<string, unknown> {
    return this.all;
  }

  /** Why the last attempt to write failed, for a person; undefined when everything works. */
  get problem(): string | undefined {
    return this.writeProblem ?? this.compactionProblem;
  }

  put(key: string, record: object): void {
    this.all.set(key, record);
    this.changed.add(key);
  }

  remove(key: string): void {
    if (this.all.delete(key)) this.changed.add(key);
  }

  /** True when every change made before the call is durable. All callers of one turn, and all that come during a write, share a write. */
  sync(): Promise<boolean> {
    if (this.running === undefined) return this.start();
    if (this.gathering || this.changed.size === 0) return this.running;
    this.queued ??= this.running.then(() => {
      this.queued = undefined;
      return this.start();
    });
    return this.queued;
  }

  /** Makes the last changes durable and lets go of the file. */
  async close(): Promise<boolean> {
    const durable = await this.sync();
    this.letGo();
    return durable;
  }

  private start(): Promise<boolean> {
    this.gathering = true;
    const run = this.commit().finally(() => {
      if (this.running === run) this.running = undefined;
    });
    this.running = run;
    return run;
  }

  private async commit(): Promise<boolean> {
    await undefined;
    this.gathering = false;
    if (this.changed.size === 0 && this.settled) return true;
    this.beforeWrite?.();
    const keys = this.changed;
    this.changed = new Set();
    try {
      await this.persist(keys);
      this.writeProblem = undefined;
      return true;
    } catch (error) {
      for (const key of keys) this.changed.add(key);
      this.writeProblem = `positions cannot be saved in ${this.directory}: ${messageOf(error)}`;
      // The descriptor may be of a file system that is no longer there; the path may work again.
      this.letGo();
      return false;
    }
  }

  private async persist(keys: ReadonlySet<string>): Promise<void> {
    this.batch += 1;
    if (!this.appendable()) return this.compact();
    await this.append(frame(`[${[this.batch, ...textsOf(keys, this.all)].join(",")}]`));
    if (this.good <= this.limit) return;
    try {
      await this.compact();
    } catch (error) {
      // What the caller asked for is durable in the journal as it is.
      this.compactionProblem = `the journal in ${this.directory} cannot be compacted: ${messageOf(error)}`;
      this.limit = this.good + RETRY_AFTER;
    }
  }

  /** Whether the journal is there, at least as long as it is known to be. Somebody may have emptied the directory. */
  private appendable(): boolean {
    if (this.number === 0) return false;
    this.fd ??= this.fs.openForAppending(stateFile(this.directory, "journal", this.number));
    const { nlink, size } = this.fs.fstat(this.fd);
    return nlink > 0 && size >= this.good;
  }

  private async append(bytes: Uint8Array): Promise<void> {
    const fd = this.fd!;
    // A crash or a write that failed may have left a part; and pages whose sync failed count as clean, so they are written anew.
    if (this.fs.fstat(fd).size > this.good) this.fs.truncate(fd, this.good);
    this.fs.write(fd, bytes);
    await this.fs.sync(fd);
    if (!this.settled) await this.fs.syncDirectory(this.directory);
    this.settled = true;
    this.good += bytes.length;
  }

  /**
   * Writes all records to a new snapshot beside an empty journal. The files before stay until the next compaction; when a step fails,
   * they go on being used, and should the new ones turn up after a crash, the numbers of the batches set them right.
   */
  private async compact(): Promise<void> {
    const number = ++this.highest;
    const files = [
      stateFile(this.directory, "snapshot", number),
      stateFile(this.directory, "journal", number),
    ] as const;
    let size = 0;
    try {
      size = await this.create(files[0], snapshotOf(this.batch, this.all));
      await this.create(files[1], []);
      await this.fs.syncDirectory(this.directory);
    } catch (error) {
      this.discard([`${this.directory}/snapshot.tmp`, files[1], files[0]]);
      throw error;
    }
    this.letGo();
    this.compactionProblem = undefined;
    const before = this.needed;
    this.needed = number;
    this.number = number;
    this.settled = true;
    this.good = FILE_HEADER.length;
    this.limit = Math.max(this.leastLimit, size);
    for (const old of this.numbers.filter((n) => n < before)) {
      this.discard([stateFile(this.directory, "journal", old), stateFile(this.directory, "snapshot", old)]);
    }
    this.numbers = [...this.numbers.filter((n) => n >= before), number];
  }

  /** A file that is whole before it has its name. The frames are taken and written before the first wait, all of one moment. */
  private async create(path: string, frames: Iterable<Uint8Array>): Promise<number> {
    const { fs } = this;
    const draft = `${this.directory}/snapshot.tmp`;
    const fd = fs.openForWriting(draft);
    let size = FILE_HEADER.length;
    try {
      fs.write(fd, FILE_HEADER);
      for (const bytes of frames) {
        fs.write(fd, bytes);
        size += bytes.length;
      }
      await fs.sync(fd);
    } finally {
      fs.close(fd);
    }
    fs.rename(draft, path);
    return size;
  }

  /** Removes what is of no more use. What stays does no harm: the next recovery knows it by its batches. */
  private discard(paths: readonly string[]): void {
    for (const path of paths) {
      try {
        this.fs.remove(path);
      } catch {
        return;
      }
    }
  }

  private letGo(): void {
    const { fd } = this;
    this.fd = undefined;
    if (fd === undefined) return;
    try {
      this.fs.close(fd);
    } catch {
      // A failing close frees the descriptor all the same, and what counts was synced before.
    }
  }
}

function* textsOf(keys: Iterable<string>, records: ReadonlyMap<string, unknown>): Generator<string> {
  for (const key of keys) {
    const record = records.get(key);
    yield record === undefined ? JSON.stringify([key]) : JSON.stringify([key, record]);
  }
}

function* snapshotOf(batch: number, records: ReadonlyMap<string, unknown>): Generator<Uint8Array> {
  let part: string[] = [];
  let length = 0;
  for (const entry of records) {
    const text = JSON.stringify(entry);
    part.push(text);
    length += text.length;
    if (length < SNAPSHOT_FRAME) continue;
    yield frame(`[${batch},${part.join(",")}]`);
    part = [];
    length = 0;
  }
  if (part.length > 0) yield frame(`[${batch},${part.join(",")}]`);
  const end: SnapshotEnd = { end: batch, count: records.size };
  yield frame(JSON.stringify(end));
}

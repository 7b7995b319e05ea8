// Plain log files as a source: what a glob names, compressed and rotated ones too, as one timeline.
import type { CompileContext } from "../../query/compile-context.ts";
import { decideByOrigin, simplify } from "../../query/simplify.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { SearchPage, SearchRequest, Source, SourceDescription } from "../source.ts";
import { FileScan } from "./file-scan.ts";
import { requireFiles } from "./find-files.ts";
import { FilesFollower } from "./follow-files.ts";
import { type FileSettings, type LogFile, lookAt, SLACK_SEC } from "./log-file.ts";
import { type FilesPosition, type OpenScans, scanFiles } from "./scan-files.ts";

export interface FilesSourceOptions {
  /** Paths, globs, and directories. */
  readonly patterns: readonly string[];
  readonly name?: string;
  readonly context: CompileContext;
  /** What is longer is cut off: 1 MiB. */
  readonly maxLineBytes?: number;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;
/** What all blocks that are read side by side may take. */
const BLOCKS_BYTES = 64 * MIB;
const BLOCK_BYTES = { least: 64 * 1024, most: MIB };
/** Files that are looked at side by side. */
const LOOKS = 16;

export function createFilesSource(options: FilesSourceOptions): Source {
  const { patterns, context, name = patterns.join(","), maxLineBytes = MIB, clock = systemClock } = options;
  const settings: FileSettings = { context, maxLineBytes, name };
  return {
    name,
    holdBackMs: 500,
    async explain(request) {
      const { scans, skipped } = await openScans(patterns, request, settings);
      const lines: string[] = [];
      for (const scan of scans.slice(0, 20)) lines.push(await scan.explain());
      if (scans.length > 20) lines.push(`and ${scans.length - 20} more files`);
      if (skipped > 0) lines.push(`${skipped} files are not read: nothing in them can match`);
      return lines;
    },
    search: (request) => searchFiles(patterns, request, settings, clock),
    describe: () => describe(patterns, settings),
    close: () => undefined,
  };
}

async function* searchFiles(
  patterns: readonly string[],
  request: SearchRequest,
  settings: FileSettings,
  clock: Clock,
): AsyncGenerator<SearchPage> {
  const opened = await openScans(patterns, request, settings);
  if (!request.follow) return yield* scanFiles(opened, request);
  const follower = new FilesFollower({ patterns, read: opened.files, request, settings, clock });
  try {
    await follower.open();
    yield* scanFiles(opened, request);
    if (!request.signal.aborted) yield* follower.pages();
  } finally {
    await follower.close();
  }
}

async function openScans(
  patterns: readonly string[],
  request: SearchRequest,
  settings: FileSettings,
): Promise<OpenScans & { readonly files: readonly LogFile[]; readonly skipped: number }> {
  const found = requireFiles(patterns);
  const files: LogFile[] = [];
  for (let at = 0; at < found.length && !request.signal.aborted; at += LOOKS) {
    const looks = found.slice(at, at + LOOKS).map((file) =>
      lookAt(file, settings).catch((error: NodeJS.ErrnoException) => {
        request.note(`${file.path} cannot be read (${error.code ?? error.message})`, "partial");
        return undefined;
      }),
    );
    for (const file of await Promise.all(looks)) if (file !== undefined) files.push(file);
  }
  const position = request.resume as FilesPosition | undefined;
  const blockBytes = Math.max(
    BLOCK_BYTES.least,
    Math.min(BLOCK_BYTES.most, Math.floor(BLOCKS_BYTES / Math.max(1, files.length))),
  );
  let skipped = 0;
  let untimed = 0;
  const scans = files.flatMap((looked, rank) => {
    // A last line that is still being written is the follower's.
    const size = request.follow && looked.compression === "none" ? looked.wholeBytes : looked.found.size;
    const file = size === looked.found.size ? looked : { ...looked, found: { ...looked.found, size } };
    if (file.isEmpty || size === 0) return [];
    const filter =
      file.format.name === "klog"
        ? request.filter
        : simplify(request.filter, decideByOrigin(file.origin, settings.context));
    const isSelected = file.format.name === "klog" || request.accepts(file.origin);
    const isUntimed = hasNoTimes(file);
    if (isUntimed && isSelected && (request.from ?? request.to) !== undefined) untimed++;
    if (filter.kind === "none" || !isSelected || isOutside(file, request)) {
      skipped++;
      request.work.skippedBytes += file.found.size;
      return [];
    }
    const resume = position?.files[file.found.inode];
    const narrowed = resume === undefined ? behind(position, file, request) : {};
    return [new FileScan(file, rank, { request: { ...request, filter, ...narrowed }, settings, blockBytes, resume })];
  });
  request.work.totalBytes = files.reduce((sum, { found: { size } }) => sum + size, 0);
  if (untimed > 0)
    request.note(
      `${untimed === 1 ? "one file has" : `${untimed} files have`} no times in its lines: it is searched only without a time range`,
    );
  return { scans, position, files, skipped };
}

/**
 * A file that an earlier page had not begun has nothing in front of where that page ended, unless it came since then: as new lines,
 * or as what a compressor made of a file that had been read.
 */
function behind(
  position: FilesPosition | undefined,
  file: LogFile,
  { order }: SearchRequest,
): { readonly from?: Timestamp; readonly to?: Timestamp } {
  const [sec, nsec] = position?.at ?? [-1, 0];
  if (sec < 0 || hasNoTimes(file)) return {};
  if (order === "newest") return { to: { sec, nsec } };
  return file.compression === "none" ? {} : { from: { sec, nsec } };
}

/** Compressed files are looked at from their beginning only. */
function hasNoTimes({ first, last, isEmpty }: LogFile): boolean {
  return first === undefined && last === undefined && !isEmpty;
}

/** By its first and last lines, and by when it was written last. */
function isOutside(file: LogFile, { from, to }: SearchRequest): boolean {
  const { first, last, isOrdered, compression, found } = file;
  if (compression === "none" && hasNoTimes(file)) return (from ?? to) !== undefined;
  if (to !== undefined && first !== undefined && isOrdered && isFar(first, to)) return true;
  if (from === undefined) return false;
  const written = { sec: Math.floor(found.modified / 1000), nsec: 0 };
  if (compression !== "none") return from.sec - written.sec > DAY_SEC;
  return last !== undefined && isFar(from, last) && isFar(from, written);
}

const DAY_SEC = 86_400;

function isFar(later: Timestamp, earlier: Timestamp): boolean {
  return later.sec - earlier.sec > SLACK_SEC;
}

async function describe(patterns: readonly string[], settings: FileSettings): Promise<SourceDescription> {
  const found = requireFiles(patterns);
  let oldest: Timestamp | undefined;
  let newest: Timestamp | undefined;
  let unreadable = 0;
  for (const file of found) {
    try {
      const { first, last } = await lookAt(file, settings);
      if (first !== undefined && (oldest === undefined || compareTimestamps(first, oldest) < 0)) oldest = first;
      if (last !== undefined && (newest === undefined || compareTimestamps(last, newest) > 0)) newest = last;
    } catch {
      unreadable++;
    }
  }
  const files = found.length === 1 ? "1 file" : `${found.length} files`;
  return {
    oldest,
    newest,
    records: undefined,
    bytes: found.reduce((sum, { size }) => sum + size, 0),
    detail: unreadable === 0 ? files : `${files}, ${unreadable} of them cannot be read`,
  };
}

// Reads all of a store and says what is not as it was written: file headers, crcs, lengths, times, levels and ids.
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { compareTimestamps } from "../record/timestamp.ts";
import { type DecodedBlock, decodedBlock } from "./decoded-block.ts";
import { checkHeader, DATA_SUFFIX, HEADER_BYTES, listStore } from "./file-header.ts";
import { dataEnd, type IndexedBlock, type SegmentReader } from "./segment-reader.ts";
import { nodeStoreFiles, type StoreFiles } from "./store-files.ts";
import { type StoreProblem, StoreReader, versionText } from "./store-reader.ts";
import { segmentsOf, sizeOf } from "./survey.ts";
import { mayContainTrigrams } from "./words.ts";

export interface VerifyReport {
  readonly segments: number;
  readonly blocks: number;
  readonly records: number;
  readonly rawBytes: number;
  readonly problems: readonly StoreProblem[];
  /** In the damaged blocks whose index entry is whole. */
  readonly lostRecords: number;
  /** Records that stand behind later ones of their log: stored again, after a damage say. No harm is done. */
  readonly outOfOrder: number;
  /** False: it was interrupted, and the figures are of what was read before. */
  readonly complete: boolean;
}

const UNNAMED = "has data that its index does not name";

/** Blocks are checked at a stretch, some milliseconds each; then signals are heard. */
const BLOCKS_A_TURN = 4;

/** `progress` hears the bytes of lines checked so far, and of all. Stops early when `isEnded`, asked between blocks. */
export async function verifyStore(
  directory: string,
  progress: (done: number, all: number) => void,
  isEnded: () => boolean,
  files: StoreFiles = nodeStoreFiles,
): Promise<VerifyReport> {
  const reader = new StoreReader(directory, files);
  try {
    const view = reader.view();
    const problems: StoreProblem[] = [...view.problems];
    const listing = listStore(files.list(directory));
    for (const name of listing.orphans) {
      problems.push({ file: name, what: "has no index: the next start of the agent removes it", bytes: 0 });
    }
    const named = new Set(segmentsOf(view).map(({ name }) => name));
    for (const { name } of listing.segments) {
      const file = name + DATA_SUFFIX;
      const bytes = sizeOf(join(directory, file), files) - HEADER_BYTES;
      if (!named.has(name) && bytes > 0) problems.push({ file, what: UNNAMED, bytes });
    }
    const all = view.blocks.reduce((sum, { entry }) => sum + entry.textRaw, 0);
    const order = new IdOrder();
    let [segments, blocks, records, rawBytes, lostRecords, done, lastNumber] = [0, 0, 0, 0, 0, 0, -1];
    let [complete, turn] = [true, 0];
    for (const segment of segmentsOf(view)) {
      if (!complete) break;
      segments++;
      const header = dataProblem(directory, segment, files);
      if (header !== undefined) problems.push(header);
      for (const entry of segment.blocks) {
        if (turn++ % BLOCKS_A_TURN === 0) await nextTurn();
        complete = !isEnded();
        if (!complete) break;
        const found = checkBlock(segment, entry);
        const what = typeof found === "string" ? found : repeats(entry.number, lastNumber);
        if (what !== undefined) problems.push(ofBlock(segment, entry, what));
        if (typeof found === "string") lostRecords += entry.rows;
        else {
          order.take(found);
          blocks++;
          records += entry.rows;
          rawBytes += entry.textRaw;
        }
        lastNumber = Math.max(lastNumber, entry.number);
        done += entry.textRaw;
        progress(done, all);
      }
    }
    for (const block of complete ? view.open : []) {
      order.take(block);
      blocks++;
      records += block.rows;
      rawBytes += block.text.length;
    }
    return { segments, blocks, records, rawBytes, problems, lostRecords, outOfOrder: order.outOfOrder, complete };
  } finally {
    reader.close();
  }
}

/** Its rows, or what is wrong with it. */
function checkBlock(segment: SegmentReader, entry: IndexedBlock): DecodedBlock | string {
  const columns = segment.allColumns(entry);
  if (typeof columns === "string") return columns === "expired" ? "was removed by retention" : "has damaged columns";
  const text = segment.text(entry);
  if (typeof text === "string") return "has damaged text";
  const block = decodedBlock(entry.rows, columns, text, segment.generationsOf(entry));
  if (block === undefined) return "has columns that do not fit its text";
  const { sec, nsec, level } = columns;
  const first = { sec: entry.firstSec, nsec: entry.firstNsec };
  const last = { sec: entry.lastSec, nsec: entry.lastNsec };
  for (let row = 0; row < block.rows; row++) {
    const at = { sec: sec[row]!, nsec: nsec[row]! };
    const isInside = compareTimestamps(at, first) >= 0 && compareTimestamps(at, last) <= 0;
    if (!isInside) return "has a record outside of the time that its index says";
    if ((entry.levelMask & (1 << level[row]!)) === 0) return "has a record of a level that its index does not name";
  }
  const filters = segment.filters(entry);
  if (typeof filters === "string") return "has damaged filters; its records are whole";
  // One that lost its bits would hide the block from every search for words.
  const sample = Buffer.from(text.subarray(0, Math.min(256, columns.length[0] ?? 0))).toString("latin1");
  const isAscii = /^[\x20-\x7e]*$/.test(sample);
  return isAscii && !mayContainTrigrams(filters, sample) ? "has filters that lack a text of it" : block;
}

function dataProblem(directory: string, segment: SegmentReader, files: StoreFiles): StoreProblem | undefined {
  const file = segment.name + DATA_SUFFIX;
  const fd = files.openForReading(join(directory, file));
  if (fd === undefined) return { file, what: "is missing", bytes: 0 };
  try {
    const header = checkHeader("segment", files.read(fd, 0, HEADER_BYTES));
    if (header.state === "version") return { file, what: versionText(header.version), bytes: 0 };
    if (header.state !== "good") return { file, what: "has a damaged header", bytes: HEADER_BYTES };
    const index = segment.header;
    const isPair = index.state === "good" && index.salt === header.salt;
    if (!isPair) return { file, what: "does not belong to its index", bytes: 0 };
    const last = segment.blocks.at(-1);
    const more = files.size(fd) - (last === undefined ? HEADER_BYTES : dataEnd(last));
    // A writer puts the block there first; between two looks it would have named it.
    return more <= 0 || segment.refresh() === false || namesAll(segment, files.size(fd))
      ? undefined
      : { file, what: UNNAMED, bytes: more };
  } finally {
    files.close(fd);
  }
}

function namesAll({ blocks }: SegmentReader, size: number): boolean {
  const last = blocks.at(-1);
  return last !== undefined && dataEnd(last) >= size;
}

function repeats(number: number, last: number): string | undefined {
  return number > last ? undefined : "has the number of a block before it";
}

function ofBlock({ name }: SegmentReader, entry: IndexedBlock, what: string): StoreProblem {
  return { file: `${name}${DATA_SUFFIX} block ${entry.number}`, what, bytes: entry.textRaw };
}

/** Offsets go up within one life of a file. */
class IdOrder {
  outOfOrder = 0;
  readonly #last = new Map<string, number>();

  take({ rows, columns, generations }: DecodedBlock): void {
    const keys = generations.map(({ id, epoch }) => `${id}/${epoch}`);
    const last = keys.map((key) => this.#last.get(key) ?? -1);
    for (let row = 0; row < rows; row++) {
      const [generation, offset] = [columns.generation[row]!, columns.offset[row]!];
      if (offset <= last[generation]!) this.outOfOrder++;
      else last[generation] = offset;
    }
    for (const [index, key] of keys.entries()) this.#last.set(key, last[index]!);
  }
}

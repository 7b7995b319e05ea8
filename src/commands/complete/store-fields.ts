// Fields of the lines that a store got last, from a sample that is small enough to be taken while somebody types.
import type { StoreGeneration } from "../../store/rows.ts";
import type { IndexedBlock, SegmentReader } from "../../store/segment-reader.ts";
import { FieldCensus, type SeenField } from "./field-census.ts";
import { type NewestParts, ofNewestParts } from "./newest-parts.ts";

export interface SampleLimits {
  readonly rows: number;
  readonly blocks: number;
  /** CPU time, as `cpu` counts it. */
  readonly ms: number;
}

const LIMITS: SampleLimits = { rows: 2_000, blocks: 4, ms: 30 };
/** Longer lines cost more than they tell. */
const MOST_BYTES = 8_192;
/** The clock is asked only so often. */
const STRIDE = 32;

/** `cpu` is the CPU time of this process in ms. */
export function storeFields(directories: readonly string[], cpu: () => number, limits = LIMITS): SeenField[] {
  const census = new FieldCensus();
  const end = cpu() + limits.ms;
  for (const directory of directories) {
    ofNewestParts(directory, (parts) => {
      let blocks = 0;
      for (const sample of samplesOf(parts)) {
        takeRows(sample, Math.ceil(limits.rows / limits.blocks), census, () => cpu() > end);
        if (++blocks === limits.blocks || cpu() > end) return;
      }
    });
  }
  return census.fields();
}

/** Messages one behind the other, and what is known of each row. */
interface Sample {
  readonly text: Uint8Array;
  readonly start: ArrayLike<number>;
  readonly length: ArrayLike<number>;
  readonly generation: ArrayLike<number>;
}

/** The newest blocks first, and of them those that have a log of which none was before. */
function* samplesOf({ segments, open }: NewestParts): Generator<Sample> {
  const known = new Set<string>();
  for (const segment of segments.toReversed()) {
    for (const entry of segment.blocks.toReversed()) {
      const logs = segment.generationsOf(entry).map(logOf);
      if (logs.every((log) => known.has(log))) continue;
      for (const log of logs) known.add(log);
      const sample = sampleOf(segment, entry);
      if (sample !== undefined) yield sample;
    }
  }
  // Decoding it costs more than two closed ones: only where there is nothing else.
  const block = known.size > 0 ? undefined : open?.decoded();
  if (block !== undefined) yield { ...block, ...block.columns };
}

/** Lines of one program look alike, whichever pod it runs in. */
function logOf({ origin: { namespace, container, dockerContainer, path } }: StoreGeneration): string {
  return `${namespace}/${container || dockerContainer || path}`;
}

/** Only the columns that are needed; undefined where the block is damaged, or gone. */
function sampleOf(segment: SegmentReader, entry: IndexedBlock): Sample | undefined {
  const columns = segment.keys(entry);
  if (typeof columns === "string") return undefined;
  const text = segment.text(entry);
  if (typeof text === "string") return undefined;
  const { start, length, generation } = columns;
  return { text, start, length, generation };
}

/** The newest row of each log, then the one before it of each: one that writes much does not hide the others. */
function takeRows(
  { text, start, length, generation }: Sample,
  most: number,
  census: FieldCensus,
  isLate: () => boolean,
): void {
  const logs = new Map<number, number[]>();
  for (let row = 0; row < length.length; row++) {
    const log = logs.get(generation[row]!);
    if (log === undefined) logs.set(generation[row]!, [row]);
    else log.push(row);
  }
  let taken = 0;
  while (logs.size > 0) {
    for (const [number, log] of logs) {
      const row = log.pop()!;
      if (log.length === 0) logs.delete(number);
      if (length[row]! > MOST_BYTES) continue;
      census.take(firstLine(text.subarray(start[row]!, start[row]! + length[row]!)));
      if (++taken === most || (taken % STRIDE === 0 && isLate())) return;
    }
  }
}

/** An event of several lines has its fields in the first. */
function firstLine(message: Uint8Array): string {
  const end = message.indexOf(0x0a);
  return Buffer.from(end < 0 ? message : message.subarray(0, end)).toString("utf8");
}

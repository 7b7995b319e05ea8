// What the journal's files say after a crash: the newest whole snapshot, and every batch that came after it.
import { KlogError, messageOf } from "../../errors.ts";
import type { FileSystem } from "../file-system.ts";
import { readFrames } from "./frame.ts";

/** One group commit: its number, then `[key, record]` for each that was put, `[key]` for each that was removed. */
export type Batch = readonly [number, ...(readonly [key: string, record?: unknown])[]];

/** The last frame of a snapshot; without it the snapshot is not whole. `end` is the number of the last batch that it holds. */
export interface SnapshotEnd {
  readonly end: number;
  readonly count: number;
}

export interface Recovery {
  readonly records: Map<string, unknown>;
  /** Number of the last batch. */
  readonly batch: number;
  /** The highest number of a file, and the lowest of those that are still needed. */
  readonly highest: number;
  readonly needed: number;
  /** The journal that can be written on: its number, and where its last good frame ends. */
  readonly journal: { readonly number: number; readonly end: number } | undefined;
  readonly numbers: readonly number[];
  /** What was found broken, for a person. */
  readonly damage: readonly string[];
}

export function stateFile(directory: string, kind: "snapshot" | "journal", number: number): string {
  return `${directory}/${kind}-${String(number).padStart(8, "0")}`;
}

/** Reads, and changes nothing. Throws KlogError where a file cannot be read or is not of this klog. */
export function recover(fs: FileSystem, directory: string): Recovery {
  const { snapshots, journals } = numbersIn(fs, directory);
  const damage: string[] = [];
  let records = new Map<string, unknown>();
  let batch = 0;
  let needed = Math.min(...journals, ...snapshots);
  for (const number of snapshots.toReversed()) {
    const path = stateFile(directory, "snapshot", number);
    const found = readSnapshot(fs, path);
    if (found === undefined) {
      damage.push(`${path} is damaged; the snapshot before it takes its place`);
      continue;
    }
    ({ records, batch } = found);
    needed = number;
    break;
  }

  const base = batch;
  let journal: Recovery["journal"];
  for (const number of journals) {
    const path = stateFile(directory, "journal", number);
    const bytes = contentOf(fs, path);
    const { values, end } = readFrames(bytes, path);
    for (const [count, ...changes] of values as Batch[]) {
      // Journals older than the snapshot count too: they were written on when the snapshot's making failed in its last step.
      if (count <= base) continue;
      needed = Math.min(needed, number);
      batch = Math.max(batch, count);
      for (const change of changes) {
        if (change.length === 1) records.delete(change[0]);
        else records.set(change[0], change[1]);
      }
    }
    if (end < bytes.length) damage.push(`${path}: ${bytes.length - end} bytes behind byte ${end} are no whole record`);
    journal = { number, end };
  }
  const numbers = [...new Set([...snapshots, ...journals])];
  const highest = Math.max(0, ...numbers);
  const sound = journal !== undefined && journal.number === highest && journal.end > 0 && snapshots.includes(needed);
  return { records, batch, highest, needed, journal: sound ? journal : undefined, numbers, damage };
}

function readSnapshot(fs: FileSystem, path: string): { records: Map<string, unknown>; batch: number } | undefined {
  const { values } = readFrames(contentOf(fs, path), path);
  const last = values.at(-1) as SnapshotEnd | Batch | undefined;
  if (last === undefined || !("end" in last)) return undefined;
  const records = new Map<string, unknown>();
  for (const [, ...changes] of values.slice(0, -1) as Batch[])
    for (const [key, record] of changes) records.set(key, record);
  return records.size === last.count ? { records, batch: last.end } : undefined;
}

function numbersIn(fs: FileSystem, directory: string): { snapshots: number[]; journals: number[] } {
  const snapshots: number[] = [];
  const journals: number[] = [];
  for (const { name } of fs.list(directory) ?? []) {
    const [, kind, number] = /^(snapshot|journal)-(\d{8,15})$/.exec(name) ?? [];
    if (kind !== undefined) (kind === "snapshot" ? snapshots : journals).push(Number(number));
  }
  const ascending = (a: number, b: number): number => a - b;
  return { snapshots: snapshots.sort(ascending), journals: journals.sort(ascending) };
}

function contentOf(fs: FileSystem, path: string): Uint8Array {
  try {
    const bytes = fs.readFile(path);
    if (bytes !== undefined) return bytes;
  } catch (error) {
    throw new KlogError("STATE_UNREADABLE", `${path} cannot be read: ${messageOf(error)}`, {
      hint: "klog does not begin without it, since it would collect everything again.",
      cause: error,
    });
  }
  throw new KlogError("STATE_UNREADABLE", `${path} went away while it was read`);
}

// The queries that were run lately: one JSON object a line, newest last. Nobody else can read it; KLOG_HISTORY=off keeps none.
import { join } from "node:path";
import { appendPrivate, exclusively, readPrivate, replacePrivate } from "./private-file.ts";
import { stateFolder, type UserPlace } from "./user-folders.ts";

export interface PastQuery {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly query: string;
  /** undefined: the search was broken off. */
  readonly hits: number | undefined;
}

const KEPT = 1000;
/** The file is rewritten once for so many searches. */
const SLACK = 100;

export function historyPath(place: UserPlace): string {
  return join(stateFolder(place), "klog", "history.jsonl");
}

/** Quiet where it cannot be written: no search fails for it. */
export async function rememberQuery(entry: PastQuery, place: UserPlace): Promise<void> {
  if (isOff(place.env["KLOG_HISTORY"]) || entry.query.trim() === "") return;
  const path = historyPath(place);
  const line = `${JSON.stringify(entry)}\n`;
  try {
    await exclusively(path, async () => {
      const lines = linesOf(await readPrivate(path));
      if (lines.length < KEPT + SLACK) return appendPrivate(path, line);
      return replacePrivate(path, `${lines.slice(1 - KEPT).join("\n")}\n${line}`);
    });
  } catch {
    // A full disk, a home that is read-only.
  }
}

/** Newest last, at most 1,000. Lines that are no entries are passed over. */
export async function pastQueries(place: UserPlace): Promise<PastQuery[]> {
  const text = await readPrivate(historyPath(place)).catch(() => undefined);
  return linesOf(text).flatMap(entryOf).slice(-KEPT);
}

function linesOf(text: string | undefined): string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}

function entryOf(line: string): PastQuery[] {
  try {
    const { at, query, hits } = JSON.parse(line) as Partial<PastQuery>;
    if (typeof at !== "number" || typeof query !== "string") return [];
    return [{ at, query, hits: typeof hits === "number" ? hits : undefined }];
  } catch {
    return [];
  }
}

function isOff(value: string | undefined): boolean {
  return value !== undefined && /^(?:0|off|no|false)$/i.test(value);
}

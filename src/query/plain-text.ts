// The text of an event as a person sees it: its lines joined, colours left out.
import type { QueryRecord } from "./query-record.ts";

const COLOURS = /\u001b\[[0-9;:]*m/g;

/** Bytes that are not UTF-8 become U+FFFD. */
export function plainText(record: Pick<QueryRecord, "buffer" | "start" | "end" | "rest">): string {
  let text = record.buffer.toString("utf8", record.start, record.end);
  if (record.rest !== undefined)
    for (const next of record.rest) text += `\n${next.buffer.toString("utf8", next.start, next.end)}`;
  return text.includes("\u001b") ? text.replace(COLOURS, "") : text;
}

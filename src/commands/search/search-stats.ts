// What --stats says at the end: what each source read and what indexes spared it, and what the merge made of it.
import { formatDuration } from "../../query/duration.ts";
import type { SourceWork } from "../../sources/source.ts";
import { bytesText, counted, countText } from "../agent/amounts.ts";
import type { Tally } from "./print-lines.ts";

/** Lines of text for stderr, each with its end. `tookMs`: wall time. */
export function searchStats(
  works: readonly { readonly name: string; readonly work: SourceWork }[],
  { hits, late, doubles }: Pick<Tally, "hits" | "late" | "doubles">,
  tookMs: number,
): string {
  const rows: [string, string][] = [
    ["hits", countText(hits)],
    ["late", countText(late)],
    ["doubles merged", countText(doubles)],
    ["time", formatDuration(Math.round(tookMs))],
    ...works.map(({ name, work }): [string, string] => [`source ${name}`, workText(work)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `klog: ${name.padEnd(width)}  ${value}\n`).join("");
}

function workText({ records, bytes, skippedBytes, lostBytes }: SourceWork): string {
  const parts = [`${counted(records, "record")} looked at, ${bytesText(bytes)}`];
  if (skippedBytes > 0) parts.push(`${bytesText(skippedBytes)} ruled out by indexes`);
  if (lostBytes > 0) parts.push(`${bytesText(lostBytes)} could not be read`);
  return parts.join("; ");
}

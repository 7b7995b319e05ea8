// What --stats says at the end: every line accounted for.
import { formatDuration } from "../query/duration.ts";
import type { TailStats } from "../sources/pods/tail-stats.ts";

/** Lines of text for stderr, each with its end. */
export function statsReport(stats: TailStats, { waiting }: { waiting: number }): string {
  const rows: [string, string][] = [
    ["received", `${stats.received} lines, ${stats.bytes} bytes over the wire`],
    ["shown", `${stats.shown}`],
    ["filtered", `${stats.filtered}`],
    ["waiting", `${waiting}`],
    ["dropped", `${stats.dropped}`],
    ["late", `${stats.late}`],
    ["gaps", `${stats.gaps}`],
    ["reconnects", `${stats.reconnects}`],
  ];
  if (stats.filled > 0) rows.push(["from the store", `${stats.filled} lines; ${stats.gapsFilled} gaps filled`]);
  if (stats.cutLines > 0)
    rows.push(["cut", `${stats.cutLines} lines longer than --max-line-bytes, ${stats.cutBytes} bytes`]);
  if (stats.serverTexts > 0) rows.push(["server errors", `${stats.serverTexts} in place of lines`]);
  if (stats.withoutPrevious > 0) rows.push(["no previous", `${stats.withoutPrevious} containers`]);
  for (const { node, ms } of stats.skewedNodes())
    rows.push([`clock of ${node}`, `${formatDuration(Math.abs(ms))} ${ms > 0 ? "behind" : "ahead"}`]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `klog: ${name.padEnd(width)}  ${value}\n`).join("");
}

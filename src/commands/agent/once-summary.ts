// What `klog agent run --once` says on stderr when it is done.
import type { Summary } from "../../collector/collector-api.ts";
import { bytesText, counted, countText } from "./amounts.ts";

export function summaryText(summary: Summary): string {
  const { files, bytes, lines, events, filtered, truncated, lostBytes, gaps, seconds, sinks, problems, complete } =
    summary;
  const rate = seconds > 0 ? `, ${bytesText(bytes / seconds)}/s` : "";
  const extra = [
    filtered > 0 ? `${countText(filtered)} filtered` : "",
    truncated > 0 ? `${countText(truncated)} truncated` : "",
    gaps > 0 ? `${bytesText(lostBytes)} lost in ${counted(gaps, "gap")} (klog agent audit)` : "",
  ].filter((text) => text !== "");
  return [
    `klog: ${complete ? "" : "interrupted after "}${counted(lines, "line")} (${bytesText(bytes)}) of ${counted(files, "file")}, ` +
      `${counted(events, "event")} in ${seconds.toFixed(2)} s${rate}`,
    ...(extra.length === 0 ? [] : [`  ${extra.join(", ")}`]),
    ...sinks.map(({ name, records, bytes: written, state, reason }) => {
      const trouble = state === "open" ? "" : `; blocked: ${reason ?? "it takes nothing"}`;
      return `  to ${name}: ${counted(records, "record")}, ${bytesText(written)}${trouble}`;
    }),
    ...problems.map((problem) => `  not read: ${problem}`),
    "",
  ].join("\n");
}

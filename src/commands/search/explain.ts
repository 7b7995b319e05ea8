// --explain: the search as klog understood it, and what each source would do for it. Nothing is searched.
import { printFilter } from "../../query/print.ts";
import { understood } from "./build-query.ts";
import { rangeText } from "./search-range.ts";
import { mainPass, requestFor, type SearchSetup } from "./search-setup.ts";

export async function explanation(setup: SearchSetup): Promise<string> {
  const { options, query, range, bounds, sources, problems } = setup;
  const { zone, now } = { zone: options.printing.timezone, now: options.now };
  const rows: [string, string][] = [
    ["query", understood(query)],
    ...(query.pipes.length > 0 ? [["filter", printFilter(query.filter)] as [string, string]] : []),
    ["range", rangeText(range, zone, now)],
    ...(bounds.from === range.from && bounds.to === range.to
      ? []
      : [["by the query", rangeText(bounds, zone, now)] as [string, string]]),
    ["order", orderText(setup)],
    ...(sources.length > 1
      ? [
          [
            "merge",
            options.dedupe ? "a line that several sources give is shown once" : "every line of every source",
          ] as [string, string],
        ]
      : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  for (const searched of sources) {
    lines.push("", `source ${searched.source.name}`);
    const request = requestFor(searched, mainPass(setup), problems);
    for (const line of await searched.source.explain(request)) lines.push(`  ${line}`);
  }
  return `${lines.join("\n")}\n`;
}

function orderText({ order, limit, turnsRound, follow }: SearchSetup): string {
  if (follow) return "oldest first, then new lines as they come";
  const count = limit === undefined ? "all" : `the ${limit} ${order}`;
  return turnsRound ? `${count}, printed in time order` : `${count}, ${order} first`;
}

// What a search says beside its hits: what is searched, why there is nothing, where it goes on.
import { encodeCursor } from "../../sources/search-cursor.ts";
import { queryAsTyped } from "./build-query.ts";
import { canBeRepeated, nextPage } from "./next-page.ts";
import { noHits } from "./no-hits.ts";
import type { Tally } from "./print-lines.ts";
import { rangeText } from "./search-range.ts";
import type { SearchSetup } from "./search-setup.ts";

/**
 * Undefined where nobody has to be told: in a script that searches what it asked for. What klog itself narrows is said
 * everywhere.
 */
export function whatIsSearched({ options, sources, range, terminal }: SearchSetup): string | undefined {
  const isNarrowed = options.range === undefined && options.cursor === undefined && range.from !== undefined;
  if (!terminal.isErrorTerminal && !isNarrowed) return undefined;
  return `searching ${namesOf(sources).join(", ")}: ${rangeText(range, options.printing.timezone, options.now)}`;
}

/** Why there is nothing, or where it goes on. */
export function sayTheEnd(setup: SearchSetup, { hits, next }: Tally): void {
  const { options, palette, limit, order, signal, terminal, key, io, problems } = setup;
  const { progress } = palette;
  if (hits === 0 && !signal.aborted && !problems.isPartial && options.waitFor === undefined)
    for (const line of whyNothing(setup)) progress.note(line);
  // A reader that closed the pipe does not want to hear of more.
  if (signal.aborted && !io.signal.aborted) return;
  if (next === undefined || setup.follow || options.export !== undefined || !canBeRepeated(options.words)) return;
  progress.note(signal.aborted ? "interrupted; go on with:" : `${hitsText(limit, order)}; there are more; go on with:`);
  if (options.printing.onlyLogLines) return;
  terminal.error(`  ${nextPage(options.words, encodeCursor({ ...next, query: key }))}\n`);
}

function hitsText(limit: number | undefined, order: string): string {
  return limit === 1 ? `the ${order} hit` : `the ${limit} ${order} hits`;
}

function whyNothing({ options, query, range, sources }: SearchSetup): string[] {
  const { searched, printing, now } = options;
  return noHits({
    typed: queryAsTyped(searched),
    fixed: searched.reading === "fixed" ? searched.text : undefined,
    query,
    range,
    rangeIsDefault: options.range === undefined && options.cursor === undefined,
    zone: printing.timezone,
    now,
    sources: namesOf(sources),
    records: sources.reduce((sum, { work }) => sum + work.records, 0),
    hasSkipped: sources.some(({ work }) => work.skippedBytes > 0),
  });
}

function namesOf(sources: SearchSetup["sources"]): string[] {
  return sources.map(({ source }) => source.name);
}

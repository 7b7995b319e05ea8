// Why a search may have found nothing: what was searched, and what a person could have meant.

import { pastedHint } from "../../query/pasted-hint.ts";
import type { Query } from "../../query/query.ts";
import { counted } from "../agent/amounts.ts";
import { understood } from "./build-query.ts";
import { rangeText, type TimeRange } from "./search-range.ts";

export interface Searched {
  /** As it was typed, and that alone read as a query; undefined where it was no query. */
  readonly typed: { readonly text: string; readonly query: Query } | undefined;
  /** What --fixed looked for. */
  readonly fixed: string | undefined;
  readonly query: Query;
  readonly range: TimeRange;
  readonly rangeIsDefault: boolean;
  readonly zone: string;
  readonly now: number;
  readonly sources: readonly string[];
  readonly records: number;
  /** Indexes ruled out some of what the sources have. */
  readonly hasSkipped: boolean;
}

/** A sentence a line. */
export function noHits(searched: Searched): string[] {
  const { typed, fixed, query, range, rangeIsDefault, zone, now, sources, records, hasSkipped } = searched;
  const what = fixed === undefined ? understood(query) : `the text ${JSON.stringify(fixed)}`;
  const read = `${counted(records, "record")} looked at${hasSkipped ? ", indexes rule out the rest" : ""}`;
  const hint = typed === undefined ? undefined : pastedHint(typed.text, typed.query);
  return [
    `nothing found in ${sources.join(", ")} for ${what}: ${rangeText(range, zone, now)}, ${read}`,
    ...(hint === undefined ? [] : [hint]),
    ...(rangeIsDefault && range.from !== undefined
      ? ["to look further back: --since 24h, or --since 0 for everything"]
      : []),
  ];
}

// Why a search may have found nothing: what was searched, and what a person could have meant.

import { pastedHint } from "../../query/pasted-hint.ts";
import type { Query } from "../../query/query.ts";
import { counted } from "../agent/amounts.ts";
import { understood } from "./build-query.ts";
import { rangeText, type TimeRange } from "./search-range.ts";

export interface Searched {
  /** As it was typed, and that alone read as a query; undefined where it was no query. */
  readonly typed: { readonly text: string; readonly query: Query } | undefined;
  readonly query: Query;
  readonly range: TimeRange;
  readonly rangeIsDefault: boolean;
  readonly zone: string;
  readonly now: number;
  readonly sources: readonly string[];
  readonly records: number;
}

/** A sentence a line. */
export function noHits(searched: Searched): string[] {
  const { typed, query, range, rangeIsDefault, zone, now, sources, records } = searched;
  const hint = typed === undefined ? undefined : pastedHint(typed.text, typed.query);
  return [
    `nothing found in ${sources.join(", ")} for ${understood(query)}: ${rangeText(range, zone, now)}, ${counted(records, "record")} looked at`,
    ...(hint === undefined ? [] : [hint]),
    ...(rangeIsDefault && range.from !== undefined
      ? ["to look further back: --since 24h, or --since 0 for everything"]
      : []),
  ];
}

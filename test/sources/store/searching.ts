// Searches of a store in tests, and what a plain loop over all of its rows finds.

import { type CompileContext, compilePredicate } from "../../../src/query/predicate.ts";
import type { Filter } from "../../../src/query/query.ts";
import { LEVELS } from "../../../src/record/level-names.ts";
import type { LogLine } from "../../../src/record/log-line.ts";
import type { SearchPage, SearchRequest, SourceWork } from "../../../src/sources/source.ts";
import { StoredOrigins } from "../../../src/sources/store/stored-origin.ts";
import { recordId } from "../../../src/store/record-id.ts";
import { StoreReader } from "../../../src/store/store-reader.ts";
import { rowsOfView } from "../../store/support/rows.ts";

export const CONTEXT: CompileContext = {
  now: 1_763_737_752_000,
  zone: "UTC",
  regexp: (source, flags) => new RegExp(source, flags),
};

export const EVERYTHING: Filter = { kind: "all" };

export interface Asked {
  readonly request: SearchRequest;
  readonly work: SourceWork;
  readonly notes: string[];
  readonly abort: AbortController;
}

export function ask(filter: Filter, more: Partial<SearchRequest> = {}): Asked {
  const work: SourceWork = { records: 0, bytes: 0, totalBytes: undefined, skippedBytes: 0, lostBytes: 0 };
  const notes: string[] = [];
  const abort = new AbortController();
  const request: SearchRequest = {
    ...{ filter, matches: compilePredicate(filter, CONTEXT), accepts: () => true, from: undefined, to: undefined },
    ...{ order: "oldest", limit: undefined, follow: false, resume: undefined, signal: abort.signal, work },
    note: (text, partial) => notes.push(partial === undefined ? text : `${text} (${partial})`),
    ...more,
  };
  return { request, work, notes, abort };
}

export async function allPages(pages: AsyncIterable<SearchPage>): Promise<SearchPage[]> {
  const all: SearchPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

export function idsOf(pages: readonly SearchPage[]): string[] {
  return pages.flatMap(({ hits }) => hits.map((line) => line.details?.id ?? ""));
}

export function textOf(line: LogLine): string {
  const parts = [line, ...(line.rest ?? [])].map(({ buffer, start, end }) => buffer.toString("utf8", start, end));
  return parts.join("\n");
}

/** Ids of the rows that match, oldest first, equal times as they were stored. */
export function plainSearch(directory: string, filter: Filter): string[] {
  const matches = compilePredicate(filter, CONTEXT);
  const origins = new StoredOrigins();
  const reader = new StoreReader(directory);
  const rows = rowsOfView(reader.view());
  reader.close();
  return rows
    .map((row, place) => ({ row, place }))
    .filter(({ row }) => {
      const { sec, nsec, message, lines, level, stream } = row;
      const details = {
        stream: (["", "stdout", "stderr"] as const)[stream]!,
        level: LEVELS[level - 1],
        id: recordId(row.generation, row.offset, row.checksum),
        ...{ lines, attrs: undefined, sources: ["store"] },
      };
      const origin = origins.of(row.generation.origin);
      const buffer = Buffer.from(message);
      return matches({ sec, nsec, origin, buffer, start: 0, end: buffer.length, rest: undefined, details });
    })
    .sort((a, b) => a.row.sec - b.row.sec || a.row.nsec - b.row.nsec || a.place - b.place)
    .map(({ row }) => recordId(row.generation, row.offset, row.checksum));
}

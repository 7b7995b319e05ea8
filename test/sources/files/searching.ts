// Files in a directory of their own, and searches of a source as the command makes them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import type { CompileContext } from "../../../src/query/compile-context.ts";
import { parseQuery } from "../../../src/query/parse.ts";
import { compilePredicate } from "../../../src/query/predicate.ts";
import type { LogLine } from "../../../src/record/log-line.ts";
import { toRfc3339Nano } from "../../../src/record/timestamp.ts";
import type { SearchPage, SearchRequest, Source } from "../../../src/sources/source.ts";
import { request } from "../merge/scripted-source.ts";

export const CONTEXT: CompileContext = {
  now: 1_790_000_000_000,
  zone: "UTC",
  regexp: (source, flags) => new RegExp(source, `${flags}u`),
};

const directories: string[] = [];

export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "klog-files-"));
  directories.push(path);
  return path;
}

afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
});

export function write(path: string, content: string | Buffer): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** RFC 3339 with nanoseconds, milliseconds behind a fixed moment. */
export function stamp(ms: number): string {
  return toRfc3339Nano({ sec: 1_790_000_000 + Math.floor(ms / 1000), nsec: (ms % 1000) * 1e6 + 1 });
}

export function asked(query: string, more: Partial<SearchRequest> = {}): SearchRequest {
  const { filter } = parseQuery(query);
  return request({ filter, matches: compilePredicate(filter, CONTEXT), ...more });
}

export interface Found {
  readonly hits: LogLine[];
  readonly pages: SearchPage[];
  readonly notes: string[];
}

export async function search(source: Source, query = "", more: Partial<SearchRequest> = {}): Promise<Found> {
  const notes: string[] = [];
  const found: Found = { hits: [], pages: [], notes };
  for await (const page of source.search(asked(query, { note: (text) => notes.push(text), ...more }))) {
    found.pages.push(page);
    found.hits.push(...page.hits);
  }
  return found;
}

export async function pagesOf(source: Source, asking: SearchRequest): Promise<SearchPage[]> {
  const pages: SearchPage[] = [];
  for await (const page of source.search(asking)) pages.push(page);
  return pages;
}

export function text(line: LogLine): string {
  const own = line.buffer.toString("utf8", line.start, line.end);
  return [own, ...(line.rest ?? []).map(text)].join("\n");
}

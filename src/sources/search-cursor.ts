// Where a search stopped, as one word that a person can hand back: `v1.<base64url of JSON>`.
import { createHash } from "node:crypto";
import { KlogError } from "../errors.ts";
import type { Filter } from "../query/query.ts";
import type { Timestamp } from "../record/timestamp.ts";
import type { SearchOrder } from "./source.ts";

export interface SearchCursor {
  /** `searchKey` of the search that it belongs to. */
  readonly query: string;
  /** The range as it was when the search began: relative times do not move on from page to page. */
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
  readonly order: SearchOrder;
  /** By source name, what its next request gets as `resume`. A source that is not in it begins anew. */
  readonly sources: Readonly<Record<string, unknown>>;
}

const VERSION = "v1.";
const AGAIN = "start again without --cursor";

/** The same for two filters that mean the same text by text, wherever in the query they stood. `more`: what else selects lines. */
export function searchKey(filter: Filter, more = ""): string {
  const text = JSON.stringify(filter, (name, value: unknown) => (name === "span" ? undefined : value));
  return createHash("sha256").update(text).update("\0").update(more).digest("base64url").slice(0, 12);
}

export function encodeCursor({ query, from, to, order, sources }: SearchCursor): string {
  const body = { q: query, f: pairOf(from), t: pairOf(to), o: order, s: sources };
  return VERSION + Buffer.from(JSON.stringify(body)).toString("base64url");
}

/** Throws CURSOR_INVALID, also where `query` (a `searchKey`) is given and the cursor is of another search. */
export function decodeCursor(text: string, query?: string): SearchCursor {
  const word = text.trim();
  if (!/^v\d+\./.test(word))
    throw invalid("it does not begin with v1.", "give the word that an earlier search printed");
  if (!word.startsWith(VERSION)) throw invalid("it was made by another version of klog", AGAIN);
  const cursor = read(word.slice(VERSION.length));
  if (cursor === undefined) throw invalid("it is cut off or changed", `copy it whole, or ${AGAIN}`);
  if (query !== undefined && query !== cursor.query)
    throw invalid("it belongs to another search", `give the same query, selectors and sources as before, or ${AGAIN}`);
  return cursor;
}

function read(encoded: string): SearchCursor | undefined {
  if (!/^[\w-]+$/.test(encoded)) return undefined;
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(Buffer.from(encoded, "base64url").toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (!isObject(body)) return undefined;
  const { q, o, s } = body;
  const from = timestampOf(body["f"]);
  const to = timestampOf(body["t"]);
  if (typeof q !== "string" || (o !== "newest" && o !== "oldest") || !isObject(s)) return undefined;
  if (from === "wrong" || to === "wrong") return undefined;
  return { query: q, from, to, order: o, sources: s };
}

function pairOf(at: Timestamp | undefined): [number, number] | null {
  return at === undefined ? null : [at.sec, at.nsec];
}

function timestampOf(value: unknown): Timestamp | undefined | "wrong" {
  if (value === null) return undefined;
  if (!Array.isArray(value) || value.length !== 2 || !value.every(Number.isSafeInteger)) return "wrong";
  return { sec: value[0] as number, nsec: value[1] as number };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(what: string, hint: string): KlogError {
  return new KlogError("CURSOR_INVALID", `the cursor cannot be used: ${what}`, { hint });
}

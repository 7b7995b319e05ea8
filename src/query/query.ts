// What a query is once it is read: a filter, and what becomes of the records that pass it. Pure data; a query prints as it was
// understood (print.ts), compiles to a test of records (predicate.ts) and to plans for sources (simplify.ts, literals.ts).

/** [start, end) in the query's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Query {
  readonly filter: Filter;
  readonly pipes: readonly Pipe[];
}

export type Filter =
  | { readonly kind: "all" }
  /** Never written by people but as `-*`: what a plan is left with when nothing can match. */
  | { readonly kind: "none" }
  | { readonly kind: "and" | "or"; readonly parts: readonly Filter[] }
  | { readonly kind: "not"; readonly part: Filter }
  | Leaf;

/** A test of one field, or of the line. `field` is as it was written (`ns`, `attrs.user.id`); undefined: the whole line. */
export type Leaf = {
  readonly span: Span;
} /** Words in this order, whatever separates them; case does not matter. `prefix`: the last word may go on (`"conn refu"*`). */ & (
  | { readonly kind: "words"; readonly field: string | undefined; readonly text: string; readonly prefix: boolean }
  /** `foo*`, `*foo*`, `f?o` in the line's text, or in the words of `message`. */
  | { readonly kind: "wildcard"; readonly field: string | undefined; readonly pattern: Wildcard }
  | { readonly kind: "regexp"; readonly field: string | undefined; readonly source: string; readonly flags: string }
  /** The whole value. `prefix`: a quoted value with a `*` behind it. */
  | { readonly kind: "equals"; readonly field: string; readonly value: string; readonly prefix: boolean }
  /** Wildcards over the whole value. */
  | { readonly kind: "glob"; readonly field: string; readonly pattern: Wildcard }
  /** `f:~v`: somewhere in the value; case does not matter. */
  | { readonly kind: "contains"; readonly field: string; readonly text: string }
  /** At least one bound; `f:>=n` has one, `f:[a TO b}` two. */
  | {
      readonly kind: "range";
      readonly field: string;
      readonly low: Bound | undefined;
      readonly high: Bound | undefined;
    }
  | { readonly kind: "exists"; readonly field: string }
);

/** Literal text between wildcards: `*` any run, `?` one character. */
export type Wildcard = readonly (string | { readonly any: "*" | "?" })[];

export interface Bound {
  readonly value: string;
  readonly inclusive: boolean;
}

/** `by` names fields; `time(1m)` among them is `{ everyMs }`. */
export type GroupKey = { readonly field: string } | { readonly everyMs: number };

export type AggregateName = "count" | "uniq" | "sum" | "avg" | "min" | "max" | "p50" | "p90" | "p95" | "p99";

export interface Aggregate {
  readonly name: AggregateName;
  /** undefined only for count(). */
  readonly field: string | undefined;
  readonly as: string;
}

/** `span`: where it stands in the query's text, for errors that are found when the pipes are planned. */
export type Pipe = { readonly span?: Span } & (
  | { readonly kind: "count"; readonly by: readonly GroupKey[] }
  | { readonly kind: "top"; readonly count: number; readonly by: readonly GroupKey[] }
  /** Distinct values with counts; `values` without them. */
  | { readonly kind: "uniq" | "values"; readonly by: readonly GroupKey[] }
  /** undefined: as wide as fits the range. */
  | { readonly kind: "hist"; readonly everyMs: number | undefined; readonly by: string | undefined }
  | { readonly kind: "stats"; readonly aggregates: readonly Aggregate[]; readonly by: readonly GroupKey[] }
  | { readonly kind: "sort"; readonly field: string; readonly descending: boolean }
  | { readonly kind: "head" | "tail"; readonly count: number }
  | { readonly kind: "fields"; readonly names: readonly string[]; readonly except: boolean }
  | { readonly kind: "where"; readonly filter: Filter }
  /** `parse "GET <path> took <ms>ms"`: angle-bracketed names catch, `<_>` catches nothing; or a regexp with named groups. */
  | { readonly kind: "parse"; readonly pattern: string; readonly from: string | undefined; readonly regexp: boolean }
);

// Which parts of a line a query found, for colour: its words, wildcards and patterns, where it asks for them and not for
// their absence.
import type { HighlightPattern } from "../../output/highlight.ts";
import type { CompileContext } from "../../query/compile-context.ts";
import type { Filter, Leaf, Wildcard } from "../../query/query.ts";
import { coreField } from "../../query/record-fields.ts";
import { compilePattern } from "../../regex/pattern.ts";

export function queryHighlights(filter: Filter): HighlightPattern[] {
  const patterns: HighlightPattern[] = [];
  for (const leaf of wantedLeaves(filter)) {
    const pattern = leafPattern(leaf);
    if (pattern !== undefined) patterns.push(pattern);
  }
  return patterns;
}

function wantedLeaves(filter: Filter): Leaf[] {
  switch (filter.kind) {
    case "all":
    case "none":
    case "not":
      return [];
    case "and":
    case "or":
      return filter.parts.flatMap(wantedLeaves);
    default:
      return [filter];
  }
}

function leafPattern(leaf: Leaf): HighlightPattern | undefined {
  // A pod's name or a level is not looked for in the text.
  const core = leaf.field === undefined ? undefined : coreField(leaf.field);
  if (core !== undefined && core !== "message") return undefined;
  switch (leaf.kind) {
    case "words":
      return wordsPattern(leaf.text, leaf.prefix);
    case "wildcard":
      return global(wildcardSource(leaf.pattern), "iu");
    case "regexp":
      return compilePattern(leaf.source, { flags: leaf.flags });
    case "equals":
      return leaf.value === "" ? undefined : global(escaped(leaf.value), "u");
    case "contains":
      return leaf.text === "" ? undefined : global(escaped(leaf.text), "iu");
    case "glob":
    case "range":
    case "exists":
      return undefined;
  }
}

const WORD = /[\p{L}\p{N}_]+/gu;

function wordsPattern(text: string, prefix: boolean): HighlightPattern | undefined {
  const words = text.match(WORD);
  if (words === null) return text === "" ? undefined : global(escaped(text), "iu");
  const source = words.map((word) => escaped(word)).join("[^\\p{L}\\p{N}_]+");
  return global(`(?<![\\p{L}\\p{N}_])${source}${prefix ? "" : "(?![\\p{L}\\p{N}_])"}`, "iu");
}

function wildcardSource(pattern: Wildcard): string {
  return pattern.map((part) => (typeof part === "string" ? escaped(part) : part.any === "*" ? "\\S*" : "\\S")).join("");
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function global(source: string, flags: string): HighlightPattern {
  const regexp = new RegExp(source, `${flags}g`);
  return { spans: (text) => Array.from(text.matchAll(regexp), (m) => [m.index, m.index + m[0].length] as const) };
}

/** The regexps of people run where they cannot stop the program. */
export function queryRegexp(warn: (text: string) => void): CompileContext["regexp"] {
  return (source, flags) =>
    compilePattern(source, { flags, onDisabled: (pattern, reason) => warn(`/${pattern}/: ${reason}`) });
}

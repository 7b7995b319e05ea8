// Which parts of a line a query found, for colour: its words, wildcards and patterns, where it asks for them and not for
// their absence.
import type { HighlightPattern } from "../../output/highlight.ts";
import type { CompileContext } from "../../query/compile-context.ts";
import { isEdge, wordsOf } from "../../query/match-words.ts";
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
      return wildcardPattern(leaf.pattern);
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

/** What may stand between two words of a phrase. */
const BETWEEN = "[^\\p{L}\\p{N}_]";

/** By the same words and edges as the search itself. */
function wordsPattern(text: string, prefix: boolean): HighlightPattern | undefined {
  const words = wordsOf(text);
  if (words.length === 0) return text === "" ? undefined : global(escaped(text), "iu");
  const source = words
    .map((word, i) => (i === 0 ? "" : BETWEEN + (areGlued(words[i - 1]!, word) ? "*" : "+")) + escaped(word))
    .join("");
  return between(source, { opens: true, ends: !prefix });
}

/** Words of scripts without blanks stand side by side. */
function areGlued(first: string, second: string): boolean {
  return wordsOf(first + second).length > 1;
}

function wildcardPattern(pattern: Wildcard): HighlightPattern | undefined {
  const source = pattern
    .map((part) => (typeof part === "string" ? escaped(part) : part.any === "*" ? "\\S*" : "\\S"))
    .join("");
  const isOpen = (part: Wildcard[number] | undefined) => typeof part === "object" && part.any === "*";
  return between(source, { opens: !isOpen(pattern[0]), ends: !isOpen(pattern.at(-1)) });
}

/** Matches that begin and end at edges of words, where they have to. */
function between(source: string, { opens, ends }: { opens: boolean; ends: boolean }): HighlightPattern {
  const regexp = new RegExp(source, "giu");
  return {
    spans: (text) =>
      Array.from(text.matchAll(regexp), (m) => [m.index, m.index + m[0].length] as const).filter(
        ([start, end]) => (!opens || isEdge(text, start)) && (!ends || isEdge(text, end)),
      ),
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function global(source: string, flags: string): HighlightPattern {
  const regexp = new RegExp(source, `${flags}g`);
  return { spans: (text) => Array.from(text.matchAll(regexp), (m) => [m.index, m.index + m[0].length] as const) };
}

/** The regexps of people run where they cannot stop the program; `onSlow` hears of one that is not run any more. */
export function queryRegexp(onSlow: (text: string) => void): CompileContext["regexp"] {
  return (source, flags) =>
    compilePattern(source, { flags, onDisabled: (pattern, reason) => onSlow(`/${pattern}/: ${reason}`) });
}

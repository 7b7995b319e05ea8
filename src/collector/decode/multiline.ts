// Which lines of a stream form one event, as a pipeline's `multiline` says: what a rule may be, made ready to run.
import { KlogError } from "../../errors.ts";
import { LANGUAGE_STATES, type TraceLanguage } from "../../record/stack-trace.ts";
import type { Grouping } from "./multiline-grouping.ts";
import { jsonGrouping } from "./multiline-json.ts";
import { type MultilinePatterns, patternGrouping } from "./multiline-patterns.ts";
import { traceGrouping } from "./multiline-traces.ts";

/** What an agent's memory and the sinks bear. */
const MAX_BYTES = 1 << 20;

export interface MultilineRule extends MultilinePatterns {
  /** A language's stack traces, those of all, or objects of JSON over several lines; instead of patterns. */
  readonly preset?: TraceLanguage | "auto" | "json" | undefined;
  /** An event of so many lines is complete, and the next line begins another: 1,000. */
  readonly maxLines?: number | undefined;
  /** So is one that the next line would make larger than this: 1 MiB, which is also the most. */
  readonly maxBytes?: number | undefined;
  /** How long the last event of a log waits for more lines: 3,000 ms. */
  readonly timeoutMs?: number | undefined;
}

export interface Multiline {
  readonly grouping: Grouping;
  readonly maxLines: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * For all chains of a pipeline. `onDisabled` hears of a pattern that took too long and is not run any more. Throws CONFIG_INVALID
 * and REGEXP_INVALID.
 */
export function compileMultiline(
  rule: MultilineRule,
  onDisabled: (pattern: string, reason: string) => void = () => {},
): Multiline {
  return {
    grouping: groupingOf(rule, onDisabled),
    maxLines: within("max_lines", rule.maxLines ?? 1000, 1, 1_000_000),
    maxBytes: within("max_bytes", rule.maxBytes ?? MAX_BYTES, 1, MAX_BYTES),
    timeoutMs: within("timeout", rule.timeoutMs ?? 3000, 0, 3_600_000),
  };
}

function groupingOf(rule: MultilineRule, onDisabled: (pattern: string, reason: string) => void): Grouping {
  const { preset } = rule;
  const patterns = [rule.start, rule.continue, rule.end].filter((pattern) => pattern !== undefined);
  if ((preset === undefined) === (patterns.length === 0)) {
    const what = preset === undefined ? "neither a preset nor a pattern" : "a preset and patterns";
    throw new KlogError("CONFIG_INVALID", `multiline has ${what}`, {
      hint: `give one of start, continue and end, or else preset: ${presets()}`,
    });
  }
  if (preset === undefined) return patternGrouping(rule, onDisabled);
  if (preset === "json") return jsonGrouping();
  if (Object.hasOwn(LANGUAGE_STATES, preset)) return traceGrouping(preset);
  throw new KlogError("CONFIG_INVALID", `the multiline preset "${preset}" is unknown`, { hint: `known: ${presets()}` });
}

function presets(): string {
  return [...Object.keys(LANGUAGE_STATES), "json"].join(", ");
}

function within(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new KlogError(
    "CONFIG_INVALID",
    `${name} of multiline is a whole number from ${least} to ${most}, not ${value}`,
  );
}

// The fields that a line carries as JSON or logfmt, and which of them are its message, its level and its time.
import { type FieldRole, isKey, keyOf } from "./field-names.ts";
import { parseLevel } from "./level-names.ts";
import { parseLogfmt } from "./logfmt.ts";

export interface ParsedFields {
  readonly format: "json" | "logfmt";
  /** Own properties only. A number that a double cannot hold is its text. */
  readonly fields: Record<string, unknown>;
  /** Paths for `fieldAt`. */
  readonly messageKey: string | undefined;
  readonly levelKey: string | undefined;
  readonly timeKey: string | undefined;
}

/** `2026-11-21T10:00:00.123Z `, as runtimes and shippers put it before a logger's own line. */
const TIME_BEFORE = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?\s+/;

/** Undefined unless the whole line, but for a time before it, is one JSON object, or logfmt that prose is not. */
export function parseFields(text: string): ParsedFields | undefined {
  const line = text.replace(TIME_BEFORE, "");
  const json = parseJsonObject(line);
  if (json !== undefined) return new LineFields("json", json);
  const pairs = parseLogfmt(line);
  if (pairs === undefined) return undefined;
  const isLogfmt = pairs.pairs >= 2 || Object.keys(pairs.fields).some((key) => isKey(key));
  return isLogfmt ? new LineFields("logfmt", pairs.fields) : undefined;
}

/** The value at a dotted path: `a.b` is the field named so, else `b` of the object `a`; arrays by number, `a.0`. */
export function fieldAt(fields: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(fields, path)) return fields[path];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const name = path.slice(0, dot);
    const inner = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof inner !== "object" || inner === null) continue;
    const value = fieldAt(inner as Record<string, unknown>, path.slice(dot + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The keys are found when they are asked for: that costs more than the parse, and a search for one field never asks. */
class LineFields implements ParsedFields {
  readonly format: ParsedFields["format"];
  readonly fields: Record<string, unknown>;
  private message: { readonly key: string | undefined } | undefined;
  private level: { readonly key: string | undefined } | undefined;
  private time: { readonly key: string | undefined } | undefined;

  constructor(format: ParsedFields["format"], fields: Record<string, unknown>) {
    this.format = format;
    this.fields = fields;
  }

  get messageKey(): string | undefined {
    this.message ??= { key: this.find("message", (value) => typeof value === "string") };
    return this.message.key;
  }

  get levelKey(): string | undefined {
    this.level ??= { key: this.find("level", (value, key) => isScalar(value) && isLevel(value, key)) };
    return this.level.key;
  }

  get timeKey(): string | undefined {
    this.time ??= { key: this.find("time", isScalar) };
    return this.time.key;
  }

  private find(role: FieldRole, fits: (value: unknown, key: string) => boolean): string | undefined {
    return keyOf(role, this.fields, (key) => fits(fieldAt(this.fields, key), key));
  }
}

function isLevel(value: string | number, key: string): boolean {
  return parseLevel(String(value), key) !== undefined;
}

function isScalar(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function parseJsonObject(text: string): Record<string, unknown> | undefined {
  const line = text.trim();
  if (line.charCodeAt(0) !== 0x7b || line.charCodeAt(line.length - 1) !== 0x7d || isTooDeep(line)) return undefined;
  try {
    // The reviver doubles the cost, so it runs only where a number may be too long.
    const parsed: unknown = LONG_NUMBER.test(line) ? JSON.parse(line, exactNumber) : JSON.parse(line);
    return parsed as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Whatever walks through the fields calls itself for each level, and one such line must not end a search. */
const MAX_DEPTH = 200;

function isTooDeep(json: string): boolean {
  if (json.length <= 2 * MAX_DEPTH) return false;
  const braces = countUpTo(json, "{", MAX_DEPTH + 1);
  if (braces + countUpTo(json, "[", MAX_DEPTH + 1 - braces) <= MAX_DEPTH) return false;
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at);
    if (sign === BACKSLASH) at++;
    else if (sign === QUOTE) isText = !isText;
    else if (isText) continue;
    else if (sign === 0x7b || sign === 0x5b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (sign === 0x7d || sign === 0x5d) depth--;
  }
  return false;
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;

function countUpTo(text: string, sign: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(sign); at >= 0 && count < most; at = text.indexOf(sign, at + 1)) count++;
  return count;
}

/** Not in a string, where hexadecimal ids look so: before a number stands a colon, a comma, a bracket or a blank. */
const LONG_NUMBER = /[:,[\s]-?(?:[\d.]{16}|\d[\d.]*[eE])/;

function exactNumber(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  return digitsOf(context.source) === digitsOf(String(value)) ? value : context.source;
}

/** A decimal in one spelling: significant digits and exponent, so that `1.50`, `15e-1` and `1.5` are the same. */
function digitsOf(decimal: string): string {
  const found = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(decimal);
  if (found === null) return decimal;
  const [, sign, whole = "", fraction = "", exponent = "0"] = found;
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

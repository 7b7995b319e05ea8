// JSON as Go's encoding/json reads and writes it: sorted keys, < > & escaped, numbers as float64 or exactly as written.
import { formatJsonFloat } from "./go-number.ts";
import type { GoTime } from "./go-time.ts";
import { GoMap, isList, isStruct, JsonNumber, PaintValue, TemplateRunError, type Value } from "./values.ts";

export type NumberMode = "float64" | "exact";

// TypeScript's library does not know the third argument yet: it carries a number's own text.
const parse = JSON.parse as (
  text: string,
  revive: (key: string, value: unknown, context: { readonly source?: string }) => Value,
) => Value;

/** Parses one JSON document; undefined where it is not valid JSON. */
export function parseJson(text: string, numbers: NumberMode): { value: Value } | undefined {
  if (!/^[ \t\r\n]*[{["\dtfn-]/.test(text)) return undefined;
  try {
    return { value: parse(text, (_key, value, { source }) => toGo(value, source, numbers)) };
  } catch {
    return undefined;
  }
}

const SCALAR = /^[ \t\r\n]*(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)[ \t\r\n]*$/;
const BRACKETED = /^[ \t\r\n]*[{["]/;
const CLOSED = /[}\]"][ \t\r\n]*$/;

/** Whether the text is one JSON document. Most log lines are not, and an exception for each would cost more than all the rest. */
export function isJson(text: string): boolean {
  if (!BRACKETED.test(text)) return SCALAR.test(text);
  if (!CLOSED.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Parses the JSON document that the text begins with and ignores what follows it, as a json.Decoder does. */
export function parseLeadingJson(text: string, numbers: NumberMode): { value: Value } | undefined {
  const whole = parseJson(text, numbers);
  if (whole !== undefined) return whole;
  const end = endOfObject(text);
  return end === undefined ? undefined : parseJson(text.slice(0, end), numbers);
}

function toGo(value: unknown, source: string | undefined, numbers: NumberMode): Value {
  if (typeof value === "number") return numbers === "exact" ? new JsonNumber(source ?? String(value)) : value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value as Value;
  return new GoMap(new Map(Object.entries(value as Record<string, Value>)));
}

/** Where the object that the text begins with ends, or undefined. */
function endOfObject(text: string): number | undefined {
  const start = text.search(/[^ \t\r\n]/);
  if (text[start] !== "{") return undefined;
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === "{") depth++;
    else if (c === "}" && --depth === 0) return i + 1;
  }
  return undefined;
}

/** json.Marshal; with `indent`, json.MarshalIndent. */
export function encodeJson(value: Value, indent = "", margin = ""): string {
  if (value === null) return "null";
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return quoteJson(value);
  if (typeof value === "number") return encodeFloat(value);
  if (value instanceof JsonNumber) return value.text === "" ? "0" : value.text;
  const inner = margin + indent;
  if (isList(value)) {
    return bracket(
      "[]",
      value.map((item) => encodeJson(item, indent, inner)),
      indent,
      margin,
    );
  }
  if (value instanceof PaintValue) return "{}";
  const colon = indent === "" ? ":" : ": ";
  if (value instanceof GoMap) {
    if (value.isNil) return "null";
    const members = value
      .sortedKeys()
      .map((key) => `${quoteJson(key)}${colon}${encodeJson(value.get(key), indent, inner)}`);
    return bracket("{}", members, indent, margin);
  }
  if (isStruct(value)) {
    const members = value
      .jsonFields()
      .map(([key, item]) => `${quoteJson(key)}${colon}${encodeJson(item, indent, inner)}`);
    return bracket("{}", members, indent, margin);
  }
  return quoteJson((value as GoTime).rfc3339Nano());
}

function bracket(pair: "[]" | "{}", items: string[], indent: string, margin: string): string {
  if (items.length === 0) return pair;
  if (indent === "") return `${pair[0]}${items.join(",")}${pair[1]}`;
  return `${pair[0]}\n${margin}${indent}${items.join(`,\n${margin}${indent}`)}\n${margin}${pair[1]}`;
}

function encodeFloat(value: number): string {
  if (!Number.isFinite(value)) throw new TemplateRunError(`json: unsupported value: ${value}`);
  return formatJsonFloat(value);
}

// JSON.stringify differs from Go in these: Go escapes what HTML and JavaScript trip over; lone surrogates become U+FFFD in Go.
const ESCAPED = /[<>&\u2028\u2029]/g;

/** A JSON string with Go's escapes. */
export function quoteJson(text: string): string {
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed()).replace(
    ESCAPED,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

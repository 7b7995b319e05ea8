// The values that a template computes with, kept apart as Go keeps them: an int is a bigint, a float64 is a number.
import type { Paint } from "../paint.ts";
import type { GoTime } from "./go-time.ts";

/** A number as it stood in the JSON text (Go's json.Number, a kind of string). */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A Go map with string keys. */
export class GoMap {
  readonly entries: ReadonlyMap<string, Value>;
  readonly type: "map[string]interface {}" | "map[string]string";
  /** A nil map reads like an empty one, but `json` prints null. */
  readonly isNil: boolean;

  constructor(entries: ReadonlyMap<string, Value>, type: GoMap["type"] = "map[string]interface {}", isNil = false) {
    this.entries = entries;
    this.type = type;
    this.isNil = isNil;
  }

  get(key: string): Value {
    return this.entries.get(key) ?? null;
  }

  /** What `index` gives for a missing key: the zero value of the map's type, where a field gives nothing. */
  index(key: string): Value {
    return this.entries.get(key) ?? (this.type === "map[string]string" ? "" : null);
  }

  sortedKeys(): string[] {
    return [...this.entries.keys()].sort(compareBytes);
  }
}

/** A value with named fields: the log line that a template is run on. */
export interface Struct {
  readonly typeName: string;
  readonly fieldNames: readonly string[];
  /** undefined: there is no such field. */
  field(name: string): Value | undefined;
  /** What `json` prints of it: its exported fields in order, those that are undefined left out. */
  jsonFields(): readonly (readonly [string, Value])[];
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | JsonNumber
  | GoMap
  | GoTime
  | PaintValue
  | Struct
  | readonly Value[];

/** A colour, as `.PodColor` gives it to `color`. */
export class PaintValue {
  readonly paint: Paint;

  constructor(paint: Paint) {
    this.paint = paint;
  }
}

/** Raised while a template runs; the line itself is then printed without the template. */
export class TemplateRunError extends Error {
  override readonly name = "TemplateRunError";
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isStruct(value: Value): value is Struct {
  return typeof value === "object" && value !== null && "jsonFields" in value;
}

/** Go's rule for `if`, `with`, `and`, `or`, `not`: the zero value is false, a struct is always true. */
export function isTrue(value: Value): boolean {
  if (value === null || typeof value === "boolean") return value === true;
  if (typeof value === "bigint") return value !== 0n;
  if (typeof value === "number") return value !== 0;
  if (typeof value === "string") return value !== "";
  if (value instanceof JsonNumber) return value.text !== "";
  if (value instanceof GoMap) return value.entries.size > 0;
  if (isList(value)) return value.length > 0;
  return true;
}

export function typeName(value: Value): string {
  if (value === null) return "<nil>";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float64";
  if (typeof value === "string") return "string";
  if (value instanceof JsonNumber) return "json.Number";
  if (value instanceof GoMap) return value.type;
  if (isList(value)) return "[]interface {}";
  if (value instanceof PaintValue) return "*color.Color";
  return isStruct(value) ? value.typeName : "time.Time";
}

/** Go sorts map keys by their UTF-8 bytes; that is the order of code points, not of UTF-16 units. */
export function compareBytes(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const surrogates = Number((x & 0xf800) === 0xd800) - Number((y & 0xf800) === 0xd800);
      return surrogates || x - y;
    }
  }
  return a.length - b.length;
}

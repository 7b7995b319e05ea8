// The functions that Go's text/template brings along. `and` and `or` are not here: they do not evaluate every argument.
import { printValue, sprint, sprintf, sprintln } from "./print.ts";
import { GoMap, isList, isTrue, JsonNumber, TemplateRunError, typeName, type Value } from "./values.ts";

export interface TemplateFunction {
  readonly min: number;
  readonly max: number;
  readonly call: (args: readonly Value[]) => Value;
}

const MANY = Number.POSITIVE_INFINITY;

export const BUILTINS: ReadonlyMap<string, TemplateFunction> = new Map([
  ["print", { min: 0, max: MANY, call: sprint }],
  ["println", { min: 0, max: MANY, call: sprintln }],
  ["printf", { min: 1, max: MANY, call: ([format, ...rest]) => sprintf(text(format!), rest) }],
  ["not", { min: 1, max: 1, call: ([value]) => !isTrue(value!) }],
  ["len", { min: 1, max: 1, call: ([value]) => lengthOf(value!) }],
  ["index", { min: 1, max: MANY, call: ([value, ...keys]) => keys.reduce<Value>(elementOf, value!) }],
  ["slice", { min: 1, max: 4, call: ([value, ...bounds]) => slice(value!, bounds) }],
  ["html", { min: 0, max: MANY, call: (args) => escapeHtml(joined(args)) }],
  ["js", { min: 0, max: MANY, call: (args) => escapeJs(joined(args)) }],
  ["urlquery", { min: 0, max: MANY, call: (args) => escapeQuery(joined(args)) }],
  ["eq", { min: 2, max: MANY, call: ([value, ...others]) => others.some((other) => equal(value!, other)) }],
  ["ne", { min: 2, max: 2, call: ([a, b]) => !equal(a!, b!) }],
  ["lt", { min: 2, max: 2, call: ([a, b]) => order(a!, b!) < 0 }],
  ["le", { min: 2, max: 2, call: ([a, b]) => order(a!, b!) <= 0 }],
  ["gt", { min: 2, max: 2, call: ([a, b]) => order(a!, b!) > 0 }],
  ["ge", { min: 2, max: 2, call: ([a, b]) => order(a!, b!) >= 0 }],
] satisfies [string, TemplateFunction][]);

/** An argument that must be a string. */
export function text(value: Value): string {
  if (typeof value === "string") return value;
  if (value === null) throw new TemplateRunError("invalid value; expected string");
  throw new TemplateRunError(`wrong type for value; expected string; got ${typeName(value)}`);
}

/** An argument that must be an int. */
export function integer(value: Value): number {
  if (typeof value === "bigint") return Number(value);
  if (value === null) throw new TemplateRunError("invalid value; expected int");
  throw new TemplateRunError(`wrong type for value; expected int; got ${typeName(value)}`);
}

function joined(args: readonly Value[]): string {
  return args.length === 1 ? printValue(args[0]!) : sprint(args);
}

/** Strings are counted, indexed and sliced in bytes, as in Go. */
function lengthOf(value: Value): bigint {
  if (typeof value === "string") return BigInt(Buffer.byteLength(value));
  if (value instanceof JsonNumber) return BigInt(value.text.length);
  if (value instanceof GoMap) return BigInt(value.entries.size);
  if (isList(value)) return BigInt(value.length);
  throw new TemplateRunError(value === null ? "len of nil pointer" : `len of type ${typeName(value)}`);
}

function elementOf(value: Value, key: Value): Value {
  if (value instanceof GoMap) return value.index(text(key));
  if (value === null) throw new TemplateRunError("index of untyped nil");
  const position = (length: number) => {
    const i = integer(key);
    if (i < 0 || i >= length) throw new TemplateRunError(`index out of range: ${i}`);
    return i;
  };
  if (isList(value)) return value[position(value.length)]!;
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    return BigInt(bytes[position(bytes.length)]!);
  }
  throw new TemplateRunError(`can't index item of type ${typeName(value)}`);
}

function slice(value: Value, bounds: readonly Value[]): Value {
  const bytes = typeof value === "string" ? Buffer.from(value) : undefined;
  const items = bytes ?? (isList(value) ? value : undefined);
  if (items === undefined) throw new TemplateRunError(`can't slice item of type ${typeName(value)}`);
  if (bytes !== undefined && bounds.length === 3) throw new TemplateRunError("cannot 3-index slice a string");
  const [from = 0, to = items.length] = bounds.map((bound) => {
    const i = integer(bound);
    if (i < 0 || i > items.length) throw new TemplateRunError(`index out of range: ${i}`);
    return i;
  });
  if (from > to) throw new TemplateRunError(`invalid slice index: ${from} > ${to}`);
  return bytes === undefined ? (items.slice(from, to) as readonly Value[]) : bytes.subarray(from, to).toString();
}

type Comparable = boolean | bigint | number | string;

function comparable(value: Value): Comparable | undefined {
  if (value instanceof JsonNumber) return value.text;
  return typeof value === "object" ? undefined : value;
}

function equal(a: Value, b: Value): boolean {
  if (a === null || b === null) {
    if (
      (a !== null && typeof a === "object" && !(a instanceof JsonNumber)) ||
      (b !== null && typeof b === "object" && !(b instanceof JsonNumber))
    ) {
      throw new TemplateRunError("non-comparable types cannot be compared");
    }
    return a === b;
  }
  const x = comparable(a);
  const y = comparable(b);
  if (x === undefined || y === undefined) throw new TemplateRunError("non-comparable types cannot be compared");
  if (typeof x !== typeof y) throw new TemplateRunError("incompatible types for comparison");
  return x === y;
}

function order(a: Value, b: Value): number {
  const x = comparable(a);
  const y = comparable(b);
  if (x === undefined || y === undefined || typeof x === "boolean")
    throw new TemplateRunError("invalid type for comparison");
  if (typeof x === "string" && typeof y === "string") return Buffer.compare(Buffer.from(x), Buffer.from(y));
  if (typeof x !== typeof y) throw new TemplateRunError("incompatible types for comparison");
  return x < y ? -1 : x > y ? 1 : 0;
}

const HTML: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function escapeHtml(value: string): string {
  return value.replace(/[\0"'&<>]/g, (c) => HTML[c]!);
}

const JS: Readonly<Record<string, string>> = { "\\": "\\\\", "'": "\\'", '"': '\\"' };

function escapeJs(value: string): string {
  return value.replace(/[\\'"<>&=\0-\x1f]/g, (c) => JS[c] ?? `\\u${hex4(c)}`);
}

function hex4(c: string): string {
  return c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
}

function escapeQuery(value: string): string {
  return encodeURIComponent(value.toWellFormed())
    .replaceAll("%20", "+")
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

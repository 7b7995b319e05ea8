// The functions that stern adds to Go's: JSON, times, colours.
import { integer, type TemplateFunction, text } from "./builtins.ts";
import { encodeJson, isJson, parseJson, parseLeadingJson, quoteJson } from "./go-json.ts";
import { loadZone, RFC3339_NANO } from "./go-time.ts";
import { toTime, ZERO_TIME } from "./parse-time.ts";
import { formatValue, sprintf } from "./print.ts";
import { GoMap, JsonNumber, PaintValue, TemplateRunError, type Value } from "./values.ts";

const NIL_MAP = new GoMap(new Map(), "map[string]interface {}", true);
const MANY = Number.POSITIVE_INFINITY;

/** `isColoured`: whether the colour functions colour. */
export function sternFunctions(isColoured: boolean): ReadonlyMap<string, TemplateFunction> {
  const paint = (value: string, ...params: number[]) => (isColoured ? sgr(value, params) : value);
  const named = (param: number): TemplateFunction => ({
    min: 1,
    max: MANY,
    call: ([format, ...args]) => paint(args.length === 0 ? text(format!) : sprintf(text(format!), args), param),
  });
  return new Map([
    ["json", { min: 1, max: 1, call: ([value]) => encodeJson(value!) }],
    ["parseJSON", { min: 1, max: 1, call: ([value]) => parseObject(text(value!)) }],
    ["tryParseJSON", { min: 1, max: 1, call: ([value]) => tryParseObject(text(value!)) }],
    ["extractJSONParts", { min: 1, max: MANY, call: ([value, ...keys]) => parts(parseObject(text(value!)), keys) }],
    ["tryExtractJSONParts", { min: 1, max: MANY, call: ([value, ...keys]) => tryParts(text(value!), keys) }],
    ["extjson", { min: 1, max: 1, call: ([value]) => extendedJson(text(value!)) }],
    ["prettyJSON", { min: 1, max: 1, call: ([value]) => prettyJson(value!) }],
    ["toRFC3339Nano", { min: 1, max: 1, call: ([value]) => orZero(value!).format(RFC3339_NANO) }],
    ["toUTC", { min: 1, max: 1, call: ([value]) => orZero(value!).in("UTC") }],
    [
      "toTimestamp",
      {
        min: 2,
        max: MANY,
        call: ([value, layout, zone]) =>
          toTime(value!)
            .in(loadZone(zone === undefined ? "" : text(zone)))
            .format(text(layout!)),
      },
    ],
    ["color", { min: 2, max: 2, call: ([colour, value]) => painted(colour!, text(value!)) }],
    ["colorCustom", { min: 1, max: MANY, call: ([value, ...params]) => paint(text(value!), ...params.map(integer)) }],
    ["colorBlack", named(30)],
    ["colorRed", named(31)],
    ["colorGreen", named(32)],
    ["colorYellow", named(33)],
    ["colorBlue", named(34)],
    ["colorMagenta", named(35)],
    ["colorCyan", named(36)],
    ["colorWhite", named(37)],
    ["levelColor", { min: 1, max: 1, call: ([value]) => levelColour(value!, paint) }],
    ["bunyanLevelColor", { min: 1, max: 1, call: ([value]) => bunyanColour(value!, paint) }],
  ] satisfies [string, TemplateFunction][]);
}

type Painter = (value: string, ...params: number[]) => string;

// Which parameter undoes which: as stern's colour library writes it, so that a stern user's output stays the same to the byte.
const UNDO: Readonly<Record<number, number>> = { 1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29 };

function sgr(value: string, params: readonly number[]): string {
  return `\x1b[${params.join(";")}m${value}\x1b[${params.map((p) => UNDO[p] ?? 0).join(";")}m`;
}

function painted(colour: Value, value: string): string {
  if (!(colour instanceof PaintValue))
    throw new TemplateRunError("the first argument is a colour: .PodColor or .ContainerColor");
  return colour.paint.open + value + colour.paint.close;
}

function parseObject(source: string): GoMap {
  const parsed = parseJson(source, "float64");
  if (parsed?.value === null) return NIL_MAP;
  if (parsed?.value instanceof GoMap) return parsed.value;
  throw new TemplateRunError(
    parsed === undefined ? "the message is not JSON" : "the message is JSON, but not an object",
  );
}

function tryParseObject(source: string): GoMap {
  const parsed = parseLeadingJson(source, "exact");
  return parsed?.value instanceof GoMap ? parsed.value : NIL_MAP;
}

function parts(object: GoMap, keys: readonly Value[]): string {
  return keys.map((key) => formatValue(object.get(text(key)))).join(", ");
}

function tryParts(source: string, keys: readonly Value[]): string {
  const parsed = parseJson(source, "float64");
  if (parsed?.value === null) return parts(NIL_MAP, keys);
  return parsed?.value instanceof GoMap ? parts(parsed.value, keys) : source;
}

/** The text itself where it is JSON, else the text as a JSON string. */
export function extendedJson(source: string): string {
  return isJson(source) ? source.replace(/\n$/, "") : quoteJson(source);
}

function prettyJson(value: Value): string {
  if (typeof value !== "string") return value instanceof GoMap ? encodeJson(value, "  ") : formatValue(value);
  const parsed = parseJson(value, "float64");
  if (parsed?.value === null) return "null";
  return parsed?.value instanceof GoMap ? encodeJson(parsed.value, "  ") : value;
}

function orZero(value: Value) {
  try {
    return toTime(value);
  } catch {
    return ZERO_TIME;
  }
}

const LEVELS: Readonly<Record<string, number>> = {
  debug: 35,
  info: 34,
  warn: 33,
  warning: 33,
  error: 31,
  dpanic: 31,
  panic: 31,
  fatal: 36,
  critical: 36,
};

function levelColour(value: Value, paint: Painter): string {
  if (typeof value !== "string") return "";
  const param = LEVELS[value.toLowerCase()];
  return param === undefined ? value : paint(value, param);
}

function bunyanColour(value: Value, paint: Painter): string {
  const level =
    value instanceof JsonNumber && /^-?\d+$/.test(value.text)
      ? Number(value.text)
      : typeof value === "number"
        ? Math.trunc(value)
        : undefined;
  if (level === undefined) return "";
  const param = level < 30 ? 35 : level < 40 ? 34 : level < 50 ? 33 : level < 60 ? 31 : level < 100 ? 36 : undefined;
  return param === undefined ? String(level) : paint(String(level), param);
}

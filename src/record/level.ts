// How severe a log line is, found in its bytes, and the filters that people write with levels.
import { KlogError } from "../errors.ts";
import { jsonLevel, logfmtLevel } from "./level-fields.ts";
import { LEVEL_LETTERS, LEVEL_NAMES, LEVELS, type Level, parseLevel, syslogLevel } from "./level-names.ts";
import { wordLevel } from "./level-words.ts";

export { LEVELS, type Level, parseLevel };

/**
 * The level of the line `buffer[start..end)`: of its JSON or logfmt fields, klog's or syslog's header, or of a word that
 * stands near its beginning as loggers put it. Works on bytes, since every line of a filtered stream comes through here.
 */
export function levelOf(buffer: Buffer, start: number, end: number): Level | undefined {
  let at = start;
  while (at < end && (buffer[at] === 0x20 || buffer[at] === 0x09)) at++;
  if (at >= end) return undefined;
  switch (buffer[at]) {
    case 0x7b: // {
      return jsonLevel(buffer, at, end);
    case 0x49: // I
    case 0x57: // W
    case 0x45: // E
    case 0x46: // F
      if (isKlogHeader(buffer, at, end)) return LEVEL_LETTERS.get(String.fromCharCode(buffer[at]! | 0x20));
      break;
    case 0x3c: {
      const priority = priorityAt(buffer, at, end);
      if (priority !== undefined) return syslogLevel(priority);
      break;
    }
  }
  if (beginsWithPair(buffer, at, end)) return logfmtLevel(buffer, at, end) ?? wordLevel(buffer, at, end);
  return wordLevel(buffer, at, end) ?? logfmtLevel(buffer, at, end);
}

const FILTER_HINT = `write levels (${LEVELS.join(", ")}, none), such as error,info, or a bound: warn+, warn-, >=warn, <info`;

/**
 * `warn+` and `>=warn`, `warn-` and `<=warn`, `>warn`, `<warn`, and lists of these and of single levels.
 * A line without a level passes only where `none` is in the list. Throws USAGE.
 */
export function parseLevelFilter(text: string): (level: Level | undefined) => boolean {
  const passing = new Set<Level | undefined>();
  for (const term of text.split(",")) {
    const found = /^\s*(>=|<=|>|<|=)?\s*([a-z]+)\s*([+-])?\s*$/i.exec(term);
    const name = found?.[2]?.toLowerCase() ?? "";
    const bound = found?.[1] ?? found?.[3] ?? "=";
    const level = LEVEL_NAMES.get(name) ?? LEVEL_LETTERS.get(name);
    if (name === "none" && bound === "=") passing.add(undefined);
    else if (level === undefined || (found?.[1] !== undefined && found[3] !== undefined)) {
      const what = term.trim() === "" ? "a level is missing" : `"${term.trim()}" is not a level`;
      throw new KlogError("USAGE", `${what} in the level filter "${text}"`, { hint: FILTER_HINT });
    } else
      for (const other of LEVELS) if (within(LEVELS.indexOf(other) - LEVELS.indexOf(level), bound)) passing.add(other);
  }
  return (level) => passing.has(level);
}

function within(distance: number, bound: string): boolean {
  switch (bound) {
    case "+":
    case ">=":
      return distance >= 0;
    case "-":
    case "<=":
      return distance <= 0;
    case ">":
      return distance > 0;
    case "<":
      return distance < 0;
    default:
      return distance === 0;
  }
}

/** `I0102 15:04:05.000000`, as klog and glog write. */
function isKlogHeader(buffer: Buffer, at: number, end: number): boolean {
  if (end - at < 14 || buffer[at + 5] !== 0x20 || buffer[at + 8] !== 0x3a) return false;
  return isDigit(buffer[at + 1]!) && isDigit(buffer[at + 2]!) && isDigit(buffer[at + 3]!) && isDigit(buffer[at + 4]!);
}

/** The number of `<11>`, if it is one of syslog's 0 to 191. */
function priorityAt(buffer: Buffer, at: number, end: number): number | undefined {
  let value = 0;
  let i = at + 1;
  while (i < end && i < at + 4 && isDigit(buffer[i]!)) value = value * 10 + buffer[i++]! - 0x30;
  return i > at + 1 && i < end && buffer[i] === 0x3e && value <= 191 ? value : undefined;
}

/** The first word is `key=value`: the line's own words then lie inside of values. */
function beginsWithPair(buffer: Buffer, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    const byte = buffer[i]!;
    if (byte === 0x3d) return i > at;
    if (byte <= 0x20 || byte === 0x22) return false;
  }
  return false;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

// What of a word changes from line to line whatever the message: numbers, times, ids, addresses, paths. It becomes <num>,
// <time>, … so that lines of one message look alike.

/** Not inside of a longer run of letters and digits: the 2 of `http2` is part of a name. */
const START = "(?<![A-Za-z0-9])";
const END = "(?![A-Za-z0-9])";

const HEX4 = "[0-9a-fA-F]{1,4}";
const CLOCK = "\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d+)?";
const DATE = "(?:\\d{4}[-/.]\\d{2}[-/.]\\d{2}|\\d{2}/[A-Z][a-z]{2}/\\d{4})";
const ZONE = "(?:Z|[+-]\\d{2}:?\\d{2})?";

/** The first that fits wins, so the more special stand before the more general. */
const MASKS: readonly (readonly [name: string, pattern: string])[] = [
  ["uuid", "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"],
  ["time", `${DATE}(?:[T:]${CLOCK}${ZONE})?|${CLOCK}${ZONE}`],
  ["ip", "\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d+)?(?:/\\d{1,2})?"],
  ["ip", `(?=[0-9a-fA-F:]*\\d)(?:(?:${HEX4}:){7}${HEX4}|(?:${HEX4}:){1,6}(?::${HEX4}){1,6})(?:/\\d{1,3})?`],
  ["hex", "0x[0-9a-fA-F]+"],
  ["dur", "\\d+(?:\\.\\d+)?(?:ns|us|µs|ms|sec|secs|s|min|mins|m|h|d)(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h))*"],
  ["size", "\\d+(?:\\.\\d+)?(?:[KMGT]i?)?B"],
  ["num", "\\d+(?:[.,]\\d+)*(?:[eE][+-]?\\d+)?"],
  // Eight or more hex digits with a digit among them; fewer are as often a word or a number.
  ["hex", "(?=[a-fA-F]*\\d)[0-9a-fA-F]{6,}"],
  // Letters and digits that change places: generated names such as x2k9z.
  ["id", "(?=[A-Za-z]*\\d+[A-Za-z])(?=(?:[A-Za-z]*\\d){2})[A-Za-z0-9]{5,}"],
];

const MASK = new RegExp(`${START}(?:${MASKS.map(([, pattern]) => `(${pattern})`).join("|")})${END}`, "g");
const NAMES = MASKS.map(([name]) => `<${name}>`);

/** A path or a URL: from a slash at a word's beginning, or behind a scheme and host. */
const PATH = /(?<![\w.>])(?:[a-z][a-z0-9+.-]*:\/\/[^\s"'<>/]*)?(?:\/[^\s"'<>,;)\]}]+)+\/?/g;

const MAY_CHANGE = /[\d/]/;

/** The word with what changes replaced; the same word for almost all that have neither a digit nor a slash. */
export function masked(word: string): string {
  if (!MAY_CHANGE.test(word)) return word;
  const withoutPaths = word.includes("/") ? word.replace(PATH, maskedPath) : word;
  return withoutPaths.replace(MASK, (...found) => {
    for (let i = 0; i < NAMES.length; i++) if (found[i + 1] !== undefined) return NAMES[i]!;
    return found[0];
  });
}

/** A scheme and host stay: they are few, and say what is spoken to. */
function maskedPath(path: string): string {
  const host = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/.exec(path)?.[0] ?? "";
  return path === host ? path : `${host}<path>`;
}

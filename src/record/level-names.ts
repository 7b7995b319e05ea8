// The seven levels, and what loggers call them.
export const LEVELS = ["trace", "debug", "info", "notice", "warn", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

/** Lower-case spellings, as they stand in structured fields and between brackets. */
const SPELLINGS: Readonly<Record<Level, readonly string[]>> = {
  trace: ["trace", "trac", "trc", "trce", "finest", "finer", "verbose", "silly", "vrb"],
  debug: ["debug", "debu", "dbg", "dbug", "fine"],
  info: ["info", "inf", "information", "informational", "config", "success", "http"],
  notice: ["notice", "noti"],
  warn: ["warn", "warning", "wrn"],
  error: ["error", "err", "erro", "eror", "severe", "fail", "failure"],
  fatal: ["fatal", "fata", "ftl", "critical", "crit", "crt", "alert", "emerg", "emergency", "panic", "dpanic", "pani"],
};

/** One letter is a level only where a logger is known to have put it there. */
export const LEVEL_LETTERS: ReadonlyMap<string, Level> = new Map([
  ["t", "trace"],
  ["v", "trace"],
  ["d", "debug"],
  ["i", "info"],
  ["n", "notice"],
  ["w", "warn"],
  ["e", "error"],
  ["f", "fatal"],
  ["c", "fatal"],
]);

export const LEVEL_NAMES: ReadonlyMap<string, Level> = new Map(
  LEVELS.flatMap((level) => SPELLINGS[level].map((name) => [name, level] as const)),
);

/** Names that say something else as often where they stand in running text: `HTTP`, `CONFIG`, `[success]`. */
const ONLY_IN_FIELDS = new Set([
  "config",
  "success",
  "http",
  "fine",
  "failure",
  "silly",
  "information",
  "informational",
]);

/** The names that count as a word of a line, if its place in the line says that it is a level. */
export const LEVEL_WORDS: ReadonlyMap<string, Level> = new Map(
  [...LEVEL_NAMES].filter(([name]) => !ONLY_IN_FIELDS.has(name)),
);

/** Names of fields that hold a level, the most telling first. */
export const LEVEL_KEYS = [
  "level",
  "severity",
  "lvl",
  "log.level",
  "levelname",
  "level_name",
  "loglevel",
  "log_level",
  "@l",
  "severity_text",
  "severitytext",
  "priority",
  "levelno",
  "severity_number",
  "severitynumber",
] as const;

const SYSLOG: readonly Level[] = ["fatal", "fatal", "fatal", "error", "warn", "notice", "info", "debug"];

/**
 * The level that a field's value means: any logger's name for it, pino's and bunyan's tens, and, by the field's name,
 * syslog's 0 to 7 and OpenTelemetry's 1 to 24.
 */
export function parseLevel(text: string, key = "level"): Level | undefined {
  const name = text.trim().toLowerCase();
  if (/^\d+$/.test(name)) return numericLevel(Number(name), key.toLowerCase());
  return LEVEL_NAMES.get(name) ?? LEVEL_LETTERS.get(name);
}

/** The level of a syslog priority, `<11>` at a line's beginning. */
export function syslogLevel(priority: number): Level {
  return SYSLOG[priority & 7]!;
}

function numericLevel(value: number, key: string): Level | undefined {
  if (key.startsWith("severity") && key.endsWith("number"))
    return value < 1 || value > 24
      ? undefined
      : (["trace", "debug", "info", "warn", "error", "fatal"] as const)[Math.floor((value - 1) / 4)];
  if (key === "levelno")
    return ([undefined, "debug", "info", "warn", "error", "fatal"] as const)[Math.floor(value / 10)];
  if (value <= 7 && (key === "severity" || key === "priority")) return SYSLOG[value];
  return ([undefined, "trace", "debug", "info", "warn", "error", "fatal"] as const)[Math.floor(value / 10)];
}

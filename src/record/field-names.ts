// What loggers call the fields that every line has: message, level, time.
import { LEVEL_KEYS } from "./level-names.ts";

export type FieldRole = "message" | "level" | "time";

/** The most telling first: where a line has several, the first one wins. */
const NAMES: Readonly<Record<FieldRole, readonly string[]>> = {
  message: [
    "message",
    "msg",
    "@m",
    "@mt",
    "renderedmessage",
    "messagetemplate",
    "short_message",
    "log",
    "text",
    "event",
    "body",
  ],
  level: LEVEL_KEYS,
  time: ["@timestamp", "timestamp", "time", "ts", "@t", "t", "datetime", "date", "asctime", "eventtime", "log_time"],
};

/** Names that make one pair a logfmt line, beside those of the three roles. */
const TELLING = new Set(["err", "error", "caller", "logger", "component", "module", "source"]);
const VAGUE = new Set(["t", "text", "date", "body", "event", "log", "source", "priority"]);

/** Whether a field's name alone tells that the line was written by a logger. */
export function isKey(name: string): boolean {
  const lower = name.toLowerCase();
  if (VAGUE.has(lower)) return false;
  return (
    TELLING.has(lower) || NAMES.message.includes(lower) || NAMES.level.includes(lower) || NAMES.time.includes(lower)
  );
}

/** The first name of the role, in any case, whose field fits; `log.level` also inside of an object `log`. */
export function keyOf(
  role: FieldRole,
  fields: Readonly<Record<string, unknown>>,
  fits: (path: string) => boolean,
): string | undefined {
  const spelled = new Map<string, string>();
  for (const key of Object.keys(fields)) {
    const lower = key.toLowerCase();
    if (!spelled.has(lower)) spelled.set(lower, key);
  }
  for (const name of NAMES[role]) {
    const key = spelled.get(name) ?? (name.includes(".") ? name : undefined);
    if (key !== undefined && fits(key)) return key;
  }
  return undefined;
}

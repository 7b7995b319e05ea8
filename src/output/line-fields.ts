// The fields that a line's own text has (JSON, logfmt), as the formats print them.
import { fieldAt, parseFields } from "../record/fields.ts";
import type { LogLine } from "../record/log-line.ts";
import { withAttributes } from "./line-facts.ts";

/** One field of a line, by its path; "" where the line has none. */
export function fieldValue(line: LogLine, path: string): string {
  const fields = withAttributes(line, parseFields(line.buffer.toString("utf8", line.start, line.end))?.fields);
  const value = fields === undefined ? undefined : fieldAt(fields, path);
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Nested objects as `a.b` names with their plain values; arrays stay whole. */
export function flatFields(fields: Readonly<Record<string, unknown>>, path = ""): [string, unknown][] {
  return Object.entries(fields).flatMap(([key, value]): [string, unknown][] => {
    const name = path === "" ? key : `${path}.${key}`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [[name, value]];
    const inner = flatFields(value as Record<string, unknown>, name);
    return inner.length === 0 ? [[name, value]] : inner;
  });
}

/** A value as logfmt has it: bare where that is not ambiguous, else in quotes. */
export function logfmtValue(value: unknown): string {
  const text = value === null ? "null" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return text !== "" && /^[^\s"=\\\x00-\x1f\x7f]+$/.test(text) ? text : JSON.stringify(text);
}

// What a line says of itself beside its bytes: where its source already knows it, the text is not looked at again.
import { type Level, levelOf } from "../record/level.ts";
import type { LogLine } from "../record/log-line.ts";

export function lineLevel(line: LogLine): Level | undefined {
  return line.details === undefined ? levelOf(line.buffer, line.start, line.end) : line.details.level;
}

/** Names of the sources that gave the line. */
export function lineSources({ details, origin }: LogLine): readonly string[] {
  return details === undefined || details.sources.length === 0 ? [origin.source] : details.sources;
}

/** The fields that came beside the line, or were caught in it, over those of its text. */
export function withAttributes(
  line: LogLine,
  fields: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const attrs = line.details?.attrs;
  if (attrs === undefined) return fields;
  return fields === undefined ? attrs : { ...fields, ...attrs };
}

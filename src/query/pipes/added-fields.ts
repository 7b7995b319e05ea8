// A record with more fields than it came with: what `parse` caught, which later pipes and the output take as any other.
import { levelOf } from "../../record/level.ts";
import { parseLevel } from "../../record/level-names.ts";
import type { LineDetails, LogLine } from "../../record/log-line.ts";
import { coreField } from "../field-place.ts";
import type { QueryRecord } from "../query-record.ts";

/**
 * The same event; what it had under the same names is covered. A level that was caught is the event's level from here on.
 * The record itself stays as it is.
 */
export function withFields<R extends QueryRecord>(record: R, fields: Readonly<Record<string, string>>): R {
  const known = detailsOf(record);
  const caught = Object.entries(fields).find(([name]) => coreField(name) === "level")?.[1];
  const level = caught === undefined ? known.level : (parseLevel(caught) ?? known.level);
  const details = { ...known, level, attrs: { ...known.attrs, ...fields } };
  return isLine(record) ? { ...record, details } : ({ ...bareRecord(record), details } as R);
}

function detailsOf(record: QueryRecord): LineDetails {
  if (record.details !== undefined) return record.details;
  const level = levelOf(record.buffer, record.start, record.end);
  return { stream: "", level, id: undefined, lines: 1 + (record.rest?.length ?? 0), attrs: undefined, sources: [] };
}

function isLine(record: QueryRecord): record is LogLine {
  return (record as Partial<LogLine>).kind === "line";
}

/** A source's record may have its fields by getters, which a spread would lose. */
function bareRecord({ sec, nsec, origin, buffer, start, end, rest }: QueryRecord): QueryRecord {
  return { sec, nsec, origin, buffer, start, end, rest };
}

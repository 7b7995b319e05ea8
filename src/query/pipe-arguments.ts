// What the arguments of several pipes are made of: names, lists, durations, group keys.
import { scanDuration } from "./duration.ts";
import type { GroupKey } from "./query.ts";
import type { QueryReader } from "./query-reader.ts";

export const BY = /by(?=[\s"(]|$)/y;
const TIME = /time\s*\(/y;
const COMMA = /,/y;

/** The keys behind `by`, or none. */
export function readBy(reader: QueryReader, gap: boolean): readonly GroupKey[] {
  if ((gap || reader.blank()) && reader.expectation.at < reader.position)
    reader.expect("keyword", { words: ["by", "|"] });
  return reader.take(BY) === undefined ? [] : readGroupKeys(reader);
}

export function readGroupKeys(reader: QueryReader): readonly GroupKey[] {
  return listOf(reader, () => {
    if (reader.expectation.at < reader.position) reader.expect("field", { words: ["time("] });
    if (reader.take(TIME) === undefined) return { field: readName(reader) };
    reader.blank();
    const everyMs = readDuration(reader);
    reader.blank();
    close(reader, "time(1m)");
    return { everyMs };
  });
}

/** One or more, separated by commas. */
export function listOf<T>(reader: QueryReader, read: () => T): T[] {
  const items: T[] = [];
  do {
    reader.blank();
    items.push(read());
    const at = reader.position;
    reader.blank();
    if (!reader.sees(COMMA)) reader.position = at;
  } while (reader.take(COMMA) !== undefined);
  return items;
}

/** A name for which completion offers fields. */
export function readField(reader: QueryReader): string {
  reader.blank();
  reader.expect("field");
  return readName(reader);
}

export function readName(reader: QueryReader): string {
  reader.blank();
  const at = reader.position;
  const name = reader.quoted() ?? reader.name();
  if (name !== undefined && name !== "") return name;
  reader.position = at;
  const hint = reader.atEdge ? undefined : "quote names that begin with a digit or hold blanks";
  throw reader.problem(reader.found(), "a field's name", hint);
}

/** Milliseconds, to a thousandth. */
export function readDuration(reader: QueryReader): number {
  const found = scanDuration(reader.text, reader.position);
  const ms = found === undefined ? 0 : Math.round(found.ms * 1000) / 1000;
  if (found === undefined || ms < 1)
    throw reader.problem(reader.found(), "a duration such as 30s, 5m or 1h", undefined);
  reader.position = found.end;
  return ms;
}

/** Goes over the closing parenthesis of `form`. */
export function close(reader: QueryReader, form: string): void {
  if (reader.next !== ")") throw reader.problem(reader.found(), ")", `write ${form}`);
  reader.position++;
}

// Text to query. The grammar is in docs/query.md; a pasted line is read as its author would mean it (pasted-text.ts).
import { readFilter } from "./parse-filter.ts";
import { firstPipe, readPipes } from "./parse-pipes.ts";
import { pastedLineBody } from "./pasted-line.ts";
import type { Filter, Query } from "./query.ts";
import { QueryReader } from "./query-reader.ts";
import { coreField } from "./record-fields.ts";

export interface ParseOptions {
  /** Fields that are known beside those of every record: after these a blank may follow the colon. */
  readonly known?: (name: string) => boolean;
}

/** Throws QueryError. */
export function parseQuery(text: string, options: ParseOptions = {}): Query {
  return readQuery(queryReader(text, options));
}

export function queryReader(text: string, options: ParseOptions): QueryReader {
  const { known } = options;
  return new QueryReader(text, (name) => coreField(name) !== undefined || known?.(name) === true);
}

/** Reads the whole text. */
export function readQuery(reader: QueryReader): Query {
  const filter = readPastedLine(reader) ?? readFilter(reader);
  const pipes = readPipes(reader);
  if (reader.next !== "") {
    throw reader.problem(
      reader.found(),
      "the end",
      "no parenthesis is open; for a pasted text use --fixed or quote it",
    );
  }
  return { filter, pipes };
}

/** A whole line of a log is the words of it in their order, whatever its signs mean elsewhere. */
function readPastedLine(reader: QueryReader): Filter | undefined {
  if (pastedLineBody(reader.text) === undefined) return undefined;
  const line = reader.text.slice(0, firstPipe(reader.text));
  const span = { start: line.length - line.trimStart().length, end: line.trimEnd().length };
  reader.position = line.length;
  return { kind: "words", span, field: undefined, text: line.trim(), prefix: false };
}

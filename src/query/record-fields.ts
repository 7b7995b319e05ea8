// A record's fields by the names that people use for them.
import { placeOf } from "./field-place.ts";
import type { QueryRecord } from "./query-record.ts";
import { RecordView } from "./record-view.ts";

export { coreField } from "./field-place.ts";

/**
 * Undefined: the record has no such field, or null. Arrays stay arrays; `ts` is text in UTC with nine digits. Who asks for
 * several fields of a record takes a `RecordView`, which parses the line once.
 */
export function fieldOf(record: QueryRecord, name: string): unknown {
  return new RecordView().look(record).field(placeOf(name));
}

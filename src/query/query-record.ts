// What a query looks at: one event, with what is known of it. A LogLine is one.
import type { LineDetails, LogLine, Origin } from "../record/log-line.ts";

/**
 * The text is `buffer[start..end)` and the lines of `rest` behind it, joined by newlines (an event of the store holds its
 * newlines itself). `sec` is -1 where no time is known. A source that goes through many rows hands in one object again and
 * again with other values: nothing may keep it.
 */
export interface QueryRecord {
  readonly sec: number;
  readonly nsec: number;
  readonly origin: Origin;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly rest: readonly LogLine[] | undefined;
  /** With it, stream and level are known and are not looked for in the text. */
  readonly details?: LineDetails | undefined;
}

export type Predicate = (record: QueryRecord) => boolean;

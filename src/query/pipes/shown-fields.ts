// fields: what is shown of each record.
import type { Pipe } from "../query.ts";
import type { QueryRecord } from "../query-record.ts";
import { RecordView } from "../record-view.ts";
import { type FieldInfo, fieldInfo } from "./field-info.ts";
import { type Cell, type Column, cellOf, type Row } from "./table.ts";

export interface ShownFields {
  /** Only these, in this order; undefined: lines as they are, without `hidden`. */
  readonly names: readonly string[] | undefined;
  readonly hidden: readonly string[];
}

/** Of all `fields` pipes together: each leaves less. Undefined without any. */
export function selectFields(pipes: readonly Pipe[]): ShownFields | undefined {
  let names: readonly string[] | undefined;
  const hidden: string[] = [];
  let isAsked = false;
  for (const pipe of pipes) {
    if (pipe.kind !== "fields") continue;
    isAsked = true;
    const without = (all: readonly string[]) => all.filter((name) => !hidden.includes(name));
    if (pipe.except) {
      hidden.push(...pipe.names);
      if (names !== undefined) names = without(names);
    } else names = without(names === undefined ? pipe.names : pipe.names.filter((name) => names!.includes(name)));
  }
  return isAsked ? { names, hidden } : undefined;
}

/** Records as rows of these fields; arrays and objects as JSON. */
export class RecordRows {
  readonly columns: readonly Column[];
  private readonly fields: readonly FieldInfo[];
  private readonly view = new RecordView();

  constructor(names: readonly string[]) {
    this.fields = names.map(fieldInfo);
    this.columns = names.map((name, i) => ({ name, kind: this.fields[i]!.kind, isExact: true }));
  }

  row(record: QueryRecord): Row {
    const view = this.view.look(record);
    return this.fields.map(({ isTime, place }): Cell => {
      if (isTime) return record.sec < 0 ? undefined : { sec: record.sec, nsec: record.nsec };
      const value = view.field(place);
      return Array.isArray(value) ? JSON.stringify(value) : cellOf(value);
    });
  }
}

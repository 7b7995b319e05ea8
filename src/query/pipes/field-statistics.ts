// --fields: which fields the records have, how often, of how many different values, and the most frequent of these.
import { parseFields } from "../../record/fields.ts";
import { coreField, placeOf } from "../field-place.ts";
import { plainText } from "../plain-text.ts";
import type { QueryRecord } from "../query-record.ts";
import { RecordView } from "../record-view.ts";
import type { Aggregation } from "./aggregation.ts";
import { DistinctCount, type ExactBudget } from "./distinct-count.ts";
import { STANDARD_ERROR } from "./distinct-sketch.ts";
import { cellOf, type Row, type Table } from "./table.ts";

/** Fields beyond these are only counted: lines may have names that are values. */
const MAX_FIELDS = 2000;
/** Values of a field of which it is known how often each came. */
const MAX_COUNTED = 1000;
const EXAMPLES = 3;
const MAX_EXAMPLE = 60;
const EXACT_VALUES = 1_000_000;

/** Fields of every record, which do not stand in its text. */
const CORE = [
  "namespace",
  "pod",
  "container",
  "node",
  "cluster",
  "app",
  "workload",
  "level",
  "stream",
  "source",
] as const;

interface Field {
  records: number;
  readonly types: Set<string>;
  /** By the value as it is shown. */
  readonly values: Map<string, number>;
  readonly distinct: DistinctCount;
}

export class FieldStatistics implements Aggregation {
  readonly needsText = true;
  private readonly view = new RecordView();
  private readonly core = CORE.map((name) => ({ name, place: placeOf(name) }));
  private readonly fields = new Map<string, Field>();
  private readonly budget: ExactBudget = { left: EXACT_VALUES };
  private readonly maxFields: number;
  private hasMore = false;
  private total = 0;

  constructor(maxFields = MAX_FIELDS) {
    this.maxFields = maxFields;
  }

  add(record: QueryRecord): void {
    this.total++;
    const view = this.view.look(record);
    for (const { name, place } of this.core) this.note(name, view.field(place));
    const { labels, tags } = record.origin;
    for (const [name, value] of Object.entries(labels)) this.note(`labels.${name}`, value);
    if (tags !== undefined) for (const [name, value] of Object.entries(tags)) this.note(`tags.${name}`, value);
    const beside = record.details?.attrs;
    const own = parseFields(plainText(record))?.fields;
    if (own !== undefined) this.noteAll(own, "", (name) => beside === undefined || !Object.hasOwn(beside, name));
    if (beside !== undefined) this.noteAll(beside, "", () => true);
  }

  result(): Table {
    const sorted = [...this.fields].sort((a, b) => b[1].records - a[1].records || (a[0] < b[0] ? -1 : 1));
    const isEstimate = sorted.some(([, { distinct }]) => !distinct.isExact);
    const notes = [
      ...(isEstimate
        ? [`large numbers of values are estimates, with a standard error of ${(STANDARD_ERROR * 100).toFixed(1)} %`]
        : []),
      ...(this.hasMore ? [`there are more fields: the first ${this.maxFields} are shown`] : []),
    ];
    return {
      columns: [
        { name: "field", kind: "text" },
        { name: "count", kind: "number" },
        { name: "share", kind: "number", isShare: true },
        { name: "values", kind: "number" },
        { name: "type", kind: "text" },
        { name: "examples", kind: "text" },
      ],
      rows: sorted.map(([name, field]): Row => {
        const { records, distinct, types } = field;
        return [name, records, records / this.total, distinct.count(), [...types].sort().join(", "), examplesOf(field)];
      }),
      notes,
    };
  }

  /** Nested objects by their members: `user.id`. */
  private noteAll(fields: Readonly<Record<string, unknown>>, path: string, isWanted: (name: string) => boolean): void {
    for (const [key, value] of Object.entries(fields)) {
      const name = path === "" ? key : `${path}.${key}`;
      if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
        this.noteAll(value as Record<string, unknown>, name, isWanted);
      } else if (isWanted(name) && !isCore(name)) this.note(name, value);
    }
  }

  private note(name: string, value: unknown): void {
    const values = (Array.isArray(value) ? value : [value]).flatMap((one) => cellOf(one) ?? []);
    if (values.length === 0) return;
    const field = this.field(name);
    if (field === undefined) return;
    field.records++;
    for (const one of values) {
      field.types.add(typeof one === "number" ? "number" : "text");
      const text = String(one);
      field.distinct.add(text);
      const shown = shownText(text);
      const known = field.values.get(shown);
      if (known !== undefined || field.values.size < MAX_COUNTED) field.values.set(shown, (known ?? 0) + 1);
    }
  }

  private field(name: string): Field | undefined {
    const known = this.fields.get(name);
    if (known !== undefined) return known;
    if (this.fields.size >= this.maxFields) {
      this.hasMore = true;
      return undefined;
    }
    const field = { records: 0, types: new Set<string>(), values: new Map(), distinct: new DistinctCount(this.budget) };
    this.fields.set(name, field);
    return field;
  }
}

/** The name means what klog knows of the record, which is counted already, whatever stands in the line. */
function isCore(name: string): boolean {
  const core = coreField(name);
  return core !== undefined && CORE.some((known) => known === core);
}

/** The most frequent first. */
function examplesOf({ values }: Field): string {
  const sorted = [...values].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted
    .slice(0, EXAMPLES)
    .map(([text]) => text)
    .join(", ");
}

/** A slice alone would keep all of the value in memory; joined to something it becomes a copy once it is a key. */
function shownText(text: string): string {
  return text.length > MAX_EXAMPLE ? `${text.slice(0, MAX_EXAMPLE - 1)}…` : text;
}

// count, top, uniq and values: how many records each group has.
import type { GroupKey } from "../query.ts";
import type { QueryRecord } from "../query-record.ts";
import { RecordView } from "../record-view.ts";
import { type Aggregation, leftOutNote, MAX_GROUPS, Tallies } from "./aggregation.ts";
import { BestOf } from "./best-of.ts";
import { needsText } from "./field-info.ts";
import { Groups } from "./groups.ts";
import { type Cell, cellOrder, type Row, type Table } from "./table.ts";

export interface CountOptions {
  readonly by: readonly GroupKey[];
  /** `count`: most frequent first, or by time where that is a key. `uniq` and `values`: by value, `values` without counts. */
  readonly kind: "count" | "top" | "uniq" | "values";
  /** Rows that are wanted; undefined: all. */
  readonly limit: number | undefined;
  readonly zone: string;
  readonly maxGroups?: number;
}

export class CountAggregation implements Aggregation {
  readonly needsText: boolean;
  private readonly options: CountOptions;
  private readonly groups: Groups;
  private readonly counts = new Tallies();
  private total = 0;

  constructor(options: CountOptions) {
    this.options = options;
    this.needsText = needsText(options.by);
    this.groups = new Groups(options.by, options.zone, options.maxGroups ?? MAX_GROUPS, new RecordView());
  }

  add(record: QueryRecord): void {
    this.total++;
    const { groups } = this;
    const group = groups.of(record);
    if (group >= 0) this.counts.add(group, 1);
    for (const other of groups.further) this.counts.add(other, 1);
  }

  result(): Table {
    const { groups, options, total } = this;
    const { kind } = options;
    const rows = this.sorted().map((group): Row => {
      const cells = groups.cells(group);
      const count = this.counts.of(group);
      if (kind === "values") return cells;
      return kind === "top" ? [...cells, count, count / total] : [...cells, count];
    });
    const share = { name: "share", kind: "number", isShare: true } as const;
    const figures = kind === "values" ? [] : [{ name: "count", kind: "number" } as const];
    return {
      columns: [...groups.columns, ...figures, ...(kind === "top" ? [share] : [])],
      rows,
      notes: groups.leftOut > 0 ? [leftOutNote(groups.leftOut)] : [],
    };
  }

  private sorted(): number[] {
    const { by, limit, kind } = this.options;
    const order = this.order(kind === "uniq" || kind === "values" ? "cells" : by.some(isTime) ? "time" : "count");
    const best = new BestOf(limit ?? Number.POSITIVE_INFINITY, order);
    for (let group = 0; group < this.groups.size; group++) {
      if (by.length === 0 || this.counts.of(group) > 0) best.add(group);
    }
    return best.sorted();
  }

  private order(first: "cells" | "time" | "count"): (a: number, b: number) => number {
    const orders = this.groups.columns.map(({ kind }) => cellOrder(kind, false));
    const byTime = this.options.by.findIndex(isTime);
    const known = new Map<number, readonly Cell[]>();
    const cells = (group: number): readonly Cell[] => {
      const found = known.get(group) ?? this.groups.cells(group);
      known.set(group, found);
      return found;
    };
    const inOrder = (a: number, b: number): number => {
      const x = cells(a);
      const y = cells(b);
      for (let i = 0; i < orders.length; i++) {
        const found = orders[i]!(x[i], y[i]);
        if (found !== 0) return found;
      }
      return 0;
    };
    if (first === "cells") return inOrder;
    const mostFirst = (a: number, b: number) => this.counts.of(b) - this.counts.of(a) || inOrder(a, b);
    if (first === "count") return mostFirst;
    return (a, b) => orders[byTime]!(cells(a)[byTime], cells(b)[byTime]) || mostFirst(a, b);
  }
}

function isTime(key: GroupKey): boolean {
  return "everyMs" in key;
}

// Counts which fields a sample of lines has, and with which values: what completion offers of them. Pure.
import { coreField } from "../../query/record-fields.ts";
import { parseFields } from "../../record/fields.ts";

/** A field of lines, by the name that a query has for it. */
export interface SeenField {
  readonly name: string;
  /** The most frequent first; empty where nearly each line has another. */
  readonly values: readonly string[];
}

const MOST_FIELDS = 200;
const MOST_VALUES = 20;
/** Longer ones are messages: nobody completes them. */
const MOST_CHARACTERS = 64;
/** Objects within objects: deeper ones are bodies of requests. */
const MOST_DEPTH = 4;
/** Of one field; behind that it is an id, whatever comes. */
const MOST_COUNTED = 200;

interface Tally {
  lines: number;
  readonly values: Map<string, number>;
}

export class FieldCensus {
  readonly #tallies = new Map<string, Tally>();

  /** JSON and logfmt; other lines have no fields. */
  take(line: string): void {
    const parsed = parseFields(line);
    if (parsed !== undefined) this.#takeAll(parsed.fields, "", 1);
  }

  /** Those that most lines have first. */
  fields(): SeenField[] {
    return [...this.#tallies]
      .toSorted(([, a], [, b]) => b.lines - a.lines)
      .map(([name, { values }]) => ({ name, values: frequent(values) }));
  }

  #takeAll(fields: Readonly<Record<string, unknown>>, path: string, depth: number): void {
    for (const [key, value] of Object.entries(fields)) {
      if (key === "" || value === null || value === "") continue;
      const name = path === "" ? key : `${path}.${key}`;
      if (Array.isArray(value)) {
        for (const [index, one] of value.slice(0, MOST_VALUES).entries())
          this.#takeScalar(name, one, index === 0 ? 1 : 0);
      } else if (typeof value !== "object") this.#takeScalar(name, value, 1);
      else if (depth < MOST_DEPTH) this.#takeAll(value as Record<string, unknown>, name, depth + 1);
    }
  }

  #takeScalar(name: string, value: unknown, lines: number): void {
    // Such a name means what klog knows of the record, whatever the line says.
    if (typeof value === "object" || coreField(name) !== undefined) return;
    let tally = this.#tallies.get(name);
    if (tally === undefined) {
      if (this.#tallies.size === MOST_FIELDS) return;
      tally = { lines: 0, values: new Map() };
      this.#tallies.set(name, tally);
    }
    tally.lines += lines;
    const text = String(value);
    if (text.length > MOST_CHARACTERS) return;
    const count = tally.values.get(text);
    if (count !== undefined || tally.values.size < MOST_COUNTED) tally.values.set(text, (count ?? 0) + 1);
  }
}

/** Where no two lines have the same one, more than so many are ids. */
const FEW = 4;

/** Of many values those that came once are ids and times: they help nobody. */
function frequent(values: ReadonlyMap<string, number>): string[] {
  const areDistinct = [...values.values()].every((count) => count === 1);
  const least = values.size > (areDistinct ? FEW : MOST_VALUES) ? 2 : 1;
  return [...values]
    .filter(([, count]) => count >= least)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST_VALUES)
    .map(([text]) => text);
}

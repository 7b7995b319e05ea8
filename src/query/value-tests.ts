// Tests of a field's value by the kind of leaf: text, numbers and truth values, and any element of an array.
import type { CompileContext } from "./compile-context.ts";
import { compareNumeric, type Numeric, numericOf } from "./numbers.ts";
import type { Bound, Leaf } from "./query.ts";
import { containsTest, type TextTest, wordsTest } from "./text-tests.ts";
import { globTest, wildcardTest } from "./wildcard-tests.ts";

export type ValueTest = (value: unknown) => boolean;

/** What a leaf asks of the value; undefined (missing) never passes. */
export function valueTest(leaf: Leaf, context: CompileContext): ValueTest {
  if (leaf.kind === "exists") return isPresent;
  return anyElement(scalarTest(leaf, context));
}

function scalarTest(leaf: Exclude<Leaf, { kind: "exists" }>, context: CompileContext): ValueTest {
  switch (leaf.kind) {
    case "equals":
      return leaf.prefix ? ofText((text) => text.startsWith(leaf.value)) : equalsTest(leaf.value);
    case "range":
      return rangeTest(leaf.low, leaf.high);
    case "words":
      return ofText(wordsTest(leaf.text, leaf.prefix));
    case "wildcard":
      return ofText(wildcardTest(leaf.pattern));
    case "glob":
      return ofText(globTest(leaf.pattern));
    case "contains":
      return ofText(containsTest(leaf.text));
    case "regexp": {
      const pattern = context.regexp(leaf.source, leaf.flags);
      return ofText((text) => pattern.test(text));
    }
  }
}

function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  if (Array.isArray(value)) return value.some(isPresent);
  return typeof value !== "object" || Object.keys(value).length > 0;
}

function anyElement(test: ValueTest): ValueTest {
  const any: ValueTest = (value) => (Array.isArray(value) ? value.some(any) : test(value));
  return any;
}

/** An object has no text: its fields have. */
function ofText(test: TextTest): ValueTest {
  return (value) => {
    const text = scalarText(value);
    return text !== undefined && test(text);
  };
}

function equalsTest(wanted: string): ValueTest {
  const number = numericOf(wanted);
  return (value) => {
    if (scalarText(value) === wanted) return true;
    if (number === undefined) return false;
    const own = numericOf(value);
    return own !== undefined && compareNumeric(own, number) === 0;
  };
}

/** Numeric where all bounds are numbers, else by the order of texts. */
function rangeTest(low: Bound | undefined, high: Bound | undefined): ValueTest {
  const [from, to] = [numericOf(low?.value), numericOf(high?.value)];
  if ((low !== undefined && from === undefined) || (high !== undefined && to === undefined)) {
    return ofText((text) => {
      return isAbove(compareTexts(text, low?.value), low) && isAbove(-compareTexts(text, high?.value), high);
    });
  }
  const distance = (own: Numeric, bound: Numeric | undefined) => (bound === undefined ? 0 : compareNumeric(own, bound));
  return (value) => {
    const own = numericOf(value);
    return own !== undefined && isAbove(distance(own, from), low) && isAbove(-distance(own, to), high);
  };
}

function isAbove(distance: number, bound: Bound | undefined): boolean {
  return bound === undefined || distance > 0 || (distance === 0 && bound.inclusive);
}

function compareTexts(a: string, b: string | undefined): number {
  return b === undefined || a === b ? 0 : a < b ? -1 : 1;
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

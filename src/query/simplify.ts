// What is left of a filter once some of its leaves are decided, as for all records of one origin.
import type { Origin } from "../record/log-line.ts";
import type { CompileContext } from "./compile-context.ts";
import { type FieldPlace, placeOf } from "./field-place.ts";
import { isOriginField, originValue, own, valueBesideLine } from "./origin-fields.ts";
import type { Filter, Leaf } from "./query.ts";
import { type ValueTest, valueTest } from "./value-tests.ts";

/** True or false where all records at hand agree; another leaf that means the same for them; undefined: nothing is known. */
export type Decide = (leaf: Leaf) => boolean | Leaf | undefined;

/** The same filter (the object itself) where nothing is decided. */
export function simplify(filter: Filter, decide: Decide): Filter {
  switch (filter.kind) {
    case "all":
    case "none":
      return filter;
    case "not": {
      const part = simplify(filter.part, decide);
      if (part.kind === "all") return { kind: "none" };
      if (part.kind === "none") return { kind: "all" };
      return part === filter.part ? filter : { kind: "not", part };
    }
    case "and":
    case "or":
      return simplifyParts(filter, decide);
    default: {
      const decided = decide(filter);
      if (typeof decided === "boolean") return { kind: decided ? "all" : "none" };
      return decided ?? filter;
    }
  }
}

function simplifyParts(filter: Extract<Filter, { kind: "and" | "or" }>, decide: Decide): Filter {
  const [decisive, idle] = filter.kind === "and" ? (["none", "all"] as const) : (["all", "none"] as const);
  const parts: Filter[] = [];
  let isSame = true;
  for (const part of filter.parts) {
    const simple = simplify(part, decide);
    if (simple.kind === decisive) return { kind: decisive };
    isSame &&= simple === part;
    if (simple.kind === idle) isSame = false;
    else parts.push(simple);
  }
  if (isSame) return filter;
  if (parts.length < 2) return parts[0] ?? { kind: idle };
  return { kind: filter.kind, parts };
}

/**
 * Decides what is the same for every record of the origin. A field that only the line itself can have is said so
 * (`user` becomes `attrs.user` where the origin has no label `user`): `requiredLiterals` and `chunkPattern` need that.
 */
export function decideByOrigin(origin: Origin, context: CompileContext): Decide {
  return (leaf) => {
    if (leaf.field === undefined) return undefined;
    const place = placeOf(leaf.field);
    // A record may have come by other ways too, which its origin does not tell.
    if (place.kind === "core" && place.field === "source") return testOf(leaf, context)(origin.source) || undefined;
    const test = originTest(leaf, place, context);
    if (test !== undefined) return test(origin);
    if (place.kind !== "any" || place.core === "id") return undefined;
    return valueBesideLine(origin, place) === undefined ? ownFieldOnly(leaf, place.path) : undefined;
  };
}

/** One object for all origins, so that what is left for them can be told to be the same. */
function ownFieldOnly(leaf: Leaf, path: string): Leaf {
  let only = ownOnly.get(leaf);
  if (only === undefined) {
    only = { ...leaf, field: `attrs.${path}` };
    ownOnly.set(leaf, only);
  }
  return only;
}

const ownOnly = new WeakMap<Leaf, Leaf>();

/** Undefined where the leaf is not about the origin alone. */
export function originTest(
  leaf: Leaf,
  place: FieldPlace,
  context: CompileContext,
): ((origin: Origin) => boolean) | undefined {
  switch (place.kind) {
    case "core": {
      const { field } = place;
      if (!isOriginField(field)) return undefined;
      const test = testOf(leaf, context);
      return (origin) => test(originValue(origin, field));
    }
    case "labels":
    case "tags":
    case "annotations": {
      const { kind, key } = place;
      const test = testOf(leaf, context);
      return (origin) => test(own(origin[kind], key));
    }
    default:
      return undefined;
  }
}

/** Compiled once for all origins. */
const compiled = new WeakMap<CompileContext, WeakMap<Leaf, ValueTest>>();

function testOf(leaf: Leaf, context: CompileContext): ValueTest {
  let ofContext = compiled.get(context);
  if (ofContext === undefined) {
    ofContext = new WeakMap();
    compiled.set(context, ofContext);
  }
  let test = ofContext.get(leaf);
  if (test === undefined) {
    test = valueTest(leaf, context);
    ofContext.set(leaf, test);
  }
  return test;
}

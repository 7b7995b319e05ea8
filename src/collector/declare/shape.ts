// The shape of a configuration: one description that checks a document in a person's words and is written out as JSON Schema.
import { closest } from "../../query/closest.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;
/** `path` is the place in the document, such as `pipelines[0].inputs[1].namespace`. */
export type Report = (path: string, what: string) => void;

export interface Shape<T> {
  /** Undefined when the value was refused and reported. */
  check(value: unknown, path: string, report: Report): T | undefined;
  readonly schema: JsonSchema;
  /** What is allowed, for messages: `true or false`. */
  readonly what: string;
}

/** A place that the environment fills in: whatever the shape, the document may have it as text. */
const FROM_ENVIRONMENT = { type: "string", pattern: "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}" };

function scalar<T>(what: string, schema: JsonSchema, read: (value: unknown) => T | undefined): Shape<T> {
  return {
    what,
    schema: { anyOf: [schema, FROM_ENVIRONMENT] },
    check(value, path, report) {
      const result = read(value);
      if (result === undefined) report(path, `should be ${what}, not ${shown(value)}`);
      return result;
    },
  };
}

export function text(what = "text", pattern = "\\S"): Shape<string> {
  const allowed = new RegExp(pattern, "u");
  return scalar(what, { type: "string", pattern }, (value) =>
    typeof value === "string" && allowed.test(value) ? value : undefined,
  );
}

/** Text that is read further. The schema knows the pattern only. */
export function parsed<T>(what: string, pattern: string, read: (text: string) => T | undefined): Shape<T> {
  const { schema, check } = text(what, pattern);
  return {
    what,
    schema,
    check(value, path, report) {
      const found = check(value, path, report);
      if (found === undefined) return undefined;
      const result = read(found);
      if (result === undefined) report(path, `should be ${what}, not ${shown(value)}`);
      return result;
    },
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): Shape<T> {
  const what = choices.length > 1 ? `one of ${choices.join(", ")}` : choices[0]!;
  const { schema } = scalar(what, { enum: choices }, () => undefined);
  return {
    what,
    schema,
    check(value, path, report) {
      const choice = choices.find((known) => known === value);
      if (choice === undefined) {
        const near = typeof value === "string" ? closest(value, choices) : undefined;
        report(path, `should be ${what}, not ${shown(value)}${near === undefined ? "" : `; did you mean ${near}?`}`);
      }
      return choice;
    },
  };
}

/** What tells one mapping from another; the environment has no say in it. */
export function constant<const T extends string>(only: T): Shape<T> {
  return { ...oneOf([only]), schema: { const: only } };
}

/** The word `null`, which YAML reads as nothing unless it stands in quotes. */
export function nullWord(): Shape<"null"> {
  const word = constant("null");
  return {
    ...word,
    schema: { enum: ["null", null] },
    check: (value, path, report) => word.check(value ?? "null", path, report),
  };
}

export function flag(): Shape<boolean> {
  const spelled: Readonly<Record<string, boolean>> = { true: true, false: false };
  const schema = { anyOf: [{ type: "boolean" }, { enum: Object.keys(spelled) }] };
  return scalar("true or false", schema, (value) =>
    typeof value === "boolean" ? value : typeof value === "string" ? spelled[value] : undefined,
  );
}

/** Numbers may also be text, which is what the environment gives. */
export function decimal(what: string): Shape<number> {
  const schema = {
    anyOf: [
      { type: "number", minimum: 0 },
      { type: "string", pattern: "^\\d+(\\.\\d+)?$" },
    ],
  };
  return scalar(what, schema, (value) => {
    const amount = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    return typeof amount === "number" && amount >= 0 ? amount : undefined;
  });
}

export function integer(what: string, minimum: 0 | 1): Shape<number> {
  const pattern = minimum === 0 ? "^\\d{1,15}$" : "^0*[1-9]\\d{0,14}$";
  const digits = new RegExp(pattern);
  const schema = {
    anyOf: [
      { type: "integer", minimum },
      { type: "string", pattern },
    ],
  };
  return scalar(what, schema, (value) => {
    const amount = typeof value === "string" && digits.test(value) ? Number(value) : value;
    return typeof amount === "number" && Number.isInteger(amount) && amount >= minimum ? amount : undefined;
  });
}

export function list<T>(item: Shape<T>, { atLeast = 0 } = {}): Shape<readonly T[]> {
  const what = `a list of ${item.what}`;
  return {
    what,
    schema: { type: "array", items: item.schema, ...(atLeast > 0 && { minItems: atLeast }) },
    check(value, path, report) {
      if (!Array.isArray(value)) return report(path, `should be ${what}, not ${shown(value)}`) as undefined;
      if (value.length < atLeast) return report(path, "is empty") as undefined;
      const items = value.map((entry, i) => item.check(entry, `${path}[${i}]`, report));
      return items.every((entry) => entry !== undefined) ? (items as T[]) : undefined;
    },
  };
}

/** Names to texts. Nothing behind the colon is empty text. */
export function textMap(): Shape<Readonly<Record<string, string>>> {
  const what = "a mapping of names to texts";
  return {
    what,
    schema: { type: "object", additionalProperties: { type: ["string", "null"] } },
    check(value, path, report) {
      if (!isMapping(value)) return report(path, `should be ${what}, not ${shown(value)}`) as undefined;
      let good = true;
      const entries = Object.entries(value).map(([key, entry]) => {
        if (typeof entry === "string" || entry === null) return [key, entry ?? ""] as const;
        good = false;
        const advice = typeof entry === "object" ? "" : `; put it in quotes: "${String(entry)}"`;
        report(join(path, key), `should be text, not ${shown(entry)}${advice}`);
        return [key, ""] as const;
      });
      return good ? Object.fromEntries(entries) : undefined;
    },
  };
}

export interface Field<T, Required extends boolean = boolean> {
  readonly shape: Shape<T>;
  readonly required: Required;
  readonly about: string;
}

export function required<T>(shape: Shape<T>, about: string): Field<T, true> {
  return { shape, required: true, about };
}

export function optional<T>(shape: Shape<T>, about: string): Field<T, false> {
  return { shape, required: false, about };
}

type Checked<Fields> = {
  readonly [Key in keyof Fields]: Fields[Key] extends Field<infer T, infer Required>
    ? Required extends true
      ? T
      : T | undefined
    : never;
};

/** `anyOf`: at least one of these keys must be there. */
export function object<Fields extends Readonly<Record<string, Field<unknown>>>>(
  what: string,
  fields: Fields,
  { anyOf = [] as readonly (keyof Fields & string)[] } = {},
): Shape<Checked<Fields>> {
  const names = Object.keys(fields);
  const needed = names.filter((name) => fields[name]!.required);
  return {
    what,
    schema: {
      type: "object",
      properties: Object.fromEntries(
        Object.entries(fields).map(([name, { shape, about }]) => [name, { description: about, ...shape.schema }]),
      ),
      additionalProperties: false,
      ...(needed.length > 0 && { required: needed }),
      ...(anyOf.length > 0 && { anyOf: anyOf.map((name) => ({ required: [name] })) }),
    },
    check(value, path, report) {
      if (!isMapping(value)) return report(path, `should be ${what}, not ${shown(value)}`) as undefined;
      let good = true;
      const refuse: Report = (where, problem) => {
        good = false;
        report(where, problem);
      };
      for (const key of Object.keys(value).filter((key) => !names.includes(key))) {
        const near = closest(key, names);
        refuse(
          join(path, key),
          near === undefined ? `is unknown; known are ${names.join(", ")}` : `is unknown; did you mean ${near}?`,
        );
      }
      for (const name of needed) if (!Object.hasOwn(value, name)) refuse(path, `lacks ${name}: ${fields[name]!.about}`);
      if (anyOf.length > 0 && !anyOf.some((name) => Object.hasOwn(value, name)))
        refuse(path, `needs at least one of ${anyOf.join(", ")}`);
      const result: Record<string, unknown> = {};
      for (const name of names)
        if (Object.hasOwn(value, name)) result[name] = fields[name]!.shape.check(value[name], join(path, name), refuse);
      return good ? (result as Checked<Fields>) : undefined;
    },
  };
}

/** One of several mappings, told apart by their `type`. */
export function byType<Shapes extends Readonly<Record<string, Shape<unknown>>>>(
  what: string,
  shapes: Shapes,
): Shape<Shapes[keyof Shapes] extends Shape<infer T> ? T : never> {
  const types = Object.keys(shapes);
  const schemas = Object.values(shapes).map((shape) => shape.schema);
  return {
    what,
    schema: { anyOf: schemas },
    check(value, path, report) {
      if (!isMapping(value)) return report(path, `should be ${what}, not ${shown(value)}`) as undefined;
      if (!Object.hasOwn(value, "type")) return report(path, `lacks type: one of ${types.join(", ")}`) as undefined;
      const type = oneOf(types).check(value["type"] ?? "null", join(path, "type"), report);
      return type === undefined ? undefined : (shapes[type]!.check(value, path, report) as never);
    },
  };
}

/** One of several shapes: `choose` says which one a value is meant to have. */
export function either<const Shapes extends readonly Shape<unknown>[]>(
  what: string,
  shapes: Shapes,
  choose: (value: unknown) => number,
): Shape<Shapes[number] extends Shape<infer T> ? T : never> {
  return {
    what,
    schema: { anyOf: shapes.map((shape) => shape.schema) },
    check: (value, path, report) => shapes[choose(value)]!.check(value, path, report) as never,
  };
}

/** A further rule that a schema cannot express. */
export function refined<T>(shape: Shape<T>, rule: (value: T) => string | undefined): Shape<T> {
  return {
    ...shape,
    check(value, path, report) {
      const checked = shape.check(value, path, report);
      const problem = checked === undefined ? undefined : rule(checked);
      if (problem !== undefined) report(path, problem);
      return problem === undefined ? checked : undefined;
    },
  };
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const written = typeof value === "string" ? JSON.stringify(value) : String(value);
  return written.length > 60 ? `${written.slice(0, 57)}…` : written;
}

// The JSON Schema of the config file, for editors: made from the flag tables.
import type { Section } from "../../config/config-document.ts";
import { SOURCE_KINDS } from "../../config/source-entry.ts";
import { FLAGS_OF } from "../config-keys.ts";
import { type Flag, isRepeatable } from "../flag.ts";

type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: "string", minLength: 1 };
const TEXTS: Schema = { anyOf: [TEXT, { type: "array", items: TEXT }] };

export function configFileSchema(): Schema {
  const definitions = new Map<string, Schema>();
  const tail = flagProperties(FLAGS_OF.tail, definitions);
  const search = flagProperties(FLAGS_OF.search, definitions);
  // `tail` is a flag, too.
  const flags = { ...search, ...tail, tail: { anyOf: [tail["tail"], { $ref: "#/definitions/tail:" }] } };
  const withSections = { ...flags, search: { $ref: "#/definitions/search:" } };
  const { profile: _, ...inProfiles } = withSections as Record<string, unknown>;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "klog's config file",
    description: "~/.config/klog/config.yaml; docs/configuration.md describes it",
    type: "object",
    properties: {
      ...withSections,
      profiles: {
        description: "Flags that go together, by name: --profile NAME",
        type: "object",
        additionalProperties: {
          type: "object",
          properties: { extends: { ...TEXT, description: "The profile that this one is laid over" }, ...inProfiles },
          additionalProperties: false,
        },
      },
      sources: {
        description: "Places that klog search reads, by name: --source NAME",
        type: "object",
        propertyNames: { pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$", not: { enum: [...SOURCE_KINDS] } },
        additionalProperties: SOURCE,
      },
      queries: {
        description: "Queries by name: klog search --saved NAME",
        type: "object",
        additionalProperties: TEXT,
      },
    },
    additionalProperties: false,
    definitions: {
      ...Object.fromEntries(definitions),
      "tail:": sectionSchema("tail", tail),
      "search:": sectionSchema("search", search),
    },
  };
}

function sectionSchema(section: Section, properties: Schema): Schema {
  return {
    description: `Flags of klog ${section} only. They win over all other keys of the file.`,
    type: "object",
    properties,
    additionalProperties: false,
  };
}

const SOURCE: Schema = {
  oneOf: [
    only("store", { ...TEXT, description: "The directory of a store" }),
    only("files", { ...TEXTS, description: "Globs of log files" }),
    only("pods", {
      description: "Pods of a cluster",
      anyOf: [
        { type: "null" },
        {
          type: "object",
          properties: {
            context: { ...TEXT, description: "Context of the kubeconfig; without it the current one" },
            namespace: { ...TEXTS, description: 'Namespaces; "*" is every one' },
            selector: { ...TEXT, description: "Label selector" },
          },
          additionalProperties: false,
        },
      ],
    }),
  ],
};

const SECRET: Schema = {
  oneOf: [
    only("env", { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", description: "A variable" }),
    only("file", { ...TEXT, description: "A file" }),
    only("kubernetes", {
      description: "A key of a Secret",
      type: "object",
      properties: { namespace: TEXT, name: TEXT, key: TEXT, context: TEXT },
      required: ["namespace", "name", "key"],
      additionalProperties: false,
    }),
  ],
};

function only(key: string, schema: Schema): Schema {
  return { type: "object", properties: { [key]: schema }, required: [key], additionalProperties: false };
}

/** Each flag once in `definitions`, however many of its names and places there are. */
function flagProperties(flags: readonly Flag[], definitions: Map<string, Schema>): Record<string, Schema> {
  const refer = (name: string, schema: Schema): Schema => {
    const known = definitions.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) return refer(`${name}'`, schema);
    definitions.set(name, schema);
    return { $ref: `#/definitions/${name}` };
  };
  const settable = flags.filter((flag) => !flag.commandLineOnly);
  return Object.fromEntries(
    settable.flatMap((flag) => {
      const description = `${flag.help}.${flag.details === undefined ? "" : ` ${flag.details}`}`;
      const own = refer(flag.name, { description, ...valueSchema(flag) });
      const names = [flag.name, ...(flag.aliases ?? [])].map((name): [string, Schema] => [name, own]);
      if (flag.kind !== "boolean") return names;
      return [
        ...names,
        [`no-${flag.name}`, refer(`no-${flag.name}`, { description: `Not: ${flag.help}.`, type: "boolean" })],
      ];
    }),
  );
}

function valueSchema(flag: Flag): Schema {
  if (flag.secret) return { anyOf: [TEXT, SECRET] };
  const one = scalarSchema(flag);
  return isRepeatable(flag) ? { anyOf: [one, { type: "array", items: one }] } : one;
}

function scalarSchema({ kind, choices, minimum, bare }: Flag): Schema {
  const least = minimum === undefined ? {} : { minimum };
  switch (kind) {
    case "boolean":
      return { type: "boolean" };
    case "integer":
      return { type: "integer", ...least };
    case "number":
      return { type: "number", ...least };
    case "duration":
    case "bytes":
      return { type: ["string", "number"] };
    default: {
      const types = bare === undefined ? ["string", "number"] : ["string", "number", "boolean"];
      return choices === undefined
        ? { type: types }
        : { enum: [...choices, ...(bare === undefined ? [] : [true, false])] };
    }
  }
}

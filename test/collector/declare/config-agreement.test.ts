import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import { agentConfigSchema } from "../../../src/collector/declare/config-schema.ts";
import { loadAgentConfig } from "../../../src/collector/declare/load-config.ts";
import { KlogError } from "../../../src/errors.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";
import { GOOD } from "./documents.ts";

const validate = new Ajv2020({ allowUnionTypes: true }).compile(agentConfigSchema());

/** What a schema cannot tell: whether patterns, names, numbers above 0 and the environment are right. */
const BEYOND_SCHEMA =
  /is refused: |two pipelines are called|different settings|should be more than 0|needs the environment variable/;

function loaderSays(document: unknown): readonly string[] {
  const fs = new ModelFileSystem();
  fs.append("/c.yaml", JSON.stringify(document));
  try {
    loadAgentConfig("/c.yaml", {
      fs,
      env: { CPU: "0.5", MEMORY: "1GiB", OFF: "false", FSYNC: "never" },
      hostname: "n1",
    });
    return [];
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    return error.message.split("\n").filter((line) => line.includes("/c.yaml:") && !BEYOND_SCHEMA.test(line));
  }
}

type Json = Record<string, unknown> | unknown[];

/** Every mapping and list in it. */
function collections(value: unknown): Json[] {
  if (typeof value !== "object" || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(collections)];
}

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    -1,
    0.5,
    600,
    "",
    "x",
    "/a",
    "off",
    "auto",
    "java",
    "1GiB",
    "3s",
    "true",
    "12",
    "0",
    "type",
    [],
    {},
  ),
  fc.constantFrom<unknown>(
    [{}],
    ["a"],
    { type: "null" },
    { type: "files", paths: ["/a"] },
    { a: "b" },
    { a: 1 },
    { start: "a" },
  ),
);
const key = fc.constantFrom(
  "name",
  "type",
  "inputs",
  "sinks",
  "pipelines",
  "paths",
  "path",
  "mode",
  "limits",
  "node",
  "start",
  "preset",
  "zzz",
  "shared",
);

test("the loader and the schema agree on configurations with anything changed in them", () => {
  // The first two hold no document.
  const documents = GOOD.slice(2).map(([, yaml]) => load(yaml));
  fc.assert(
    fc.property(
      fc.constantFrom(...documents),
      fc.array(fc.tuple(fc.nat(), fc.nat(), key, anything, fc.nat(2)), { maxLength: 3 }),
      (document, edits) => {
        const copy = structuredClone(document) as Json;
        for (const [which, where, name, value, how] of edits) {
          const all = collections(copy);
          const target = all[which % all.length]!;
          const keys = Object.keys(target);
          const chosen = how === 0 || keys.length === 0 ? name : keys[where % keys.length]!;
          if (Array.isArray(target)) target.splice(where % (target.length + 1), how, structuredClone(value));
          else if (how === 2) delete target[chosen];
          else target[chosen] = structuredClone(value);
        }
        const said = loaderSays(copy);
        expect({ copy, accepted: said.length === 0, said }).toEqual({ copy, accepted: validate(copy), said });
      },
    ),
    { numRuns: Number(process.env["KLOG_TEST_RUNS"] ?? 1500) },
  );
});

test("any text at all is either taken or refused with reasons", () => {
  const fs = new ModelFileSystem();
  fs.append("/c.yaml", "");
  const word = fc.constantFrom(
    "inputs:",
    "- ",
    "type: files",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "? ",
    "| ",
    "\t",
    '"',
    "'",
    "#",
    "a: b",
    "pipelines:",
    "\u0000",
    "日",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      fs.cutFile("/c.yaml", 0);
      fs.append("/c.yaml", words.join(""));
      try {
        loadAgentConfig("/c.yaml", { fs, env: {}, hostname: "n1" });
      } catch (error) {
        expect(error).toBeInstanceOf(KlogError);
        expect((error as KlogError).message).toMatch(/\/c\.yaml:\d+: /);
      }
    }),
    { numRuns: 1500, examples: [[["{"]]] },
  );
});

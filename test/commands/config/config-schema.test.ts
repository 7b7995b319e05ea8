import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { configFileSchema } from "../../../src/commands/config/config-schema.ts";
import { starterFile } from "../../../src/commands/config/starter-file.ts";

const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(configFileSchema());

describe("the schema of the config file", () => {
  test.each([
    "tail: 100\ntimestamps: short\nexclude: [healthz]\nno-follow: true\n",
    "tail: {tail: 5}\nsearch: {limit: 7}\n",
    "profile: prod\nprofiles: {base: {since: 1h}, prod: {extends: base, token: {file: /t}, tail: {head: 5}}}\n",
    "sources: {a: {store: /s}, b: {files: [x, y]}, c: {pods: {namespace: '*'}}, d: {pods: }}\n",
    "queries: {errors: 'level:error'}\n",
    "token: {kubernetes: {namespace: a, name: b, key: c}}\n",
  ])("takes %j", (text) => {
    expect([isValid(load(text)), isValid.errors]).toEqual([true, null]);
  });

  test.each([
    "tial: 1\n",
    "tail: many\n",
    "profiles: {a: {sources: {}}}\n",
    "sources: {a: {kafka: x}}\n",
    "sources: {store: {pods: }}\n",
    "sources: {a: {store: x, files: y}}\n",
    "token: {env: $X}\n",
    "context-lines: -1\n",
  ])("refuses %j", (text) => {
    expect(isValid(load(text))).toBe(false);
  });

  test("takes the file that klog config init writes, with its examples switched on", () => {
    const text = starterFile({ contexts: ["dev"], store: undefined, stern: undefined });
    const examples = text.split("\n").flatMap((line) => (/^# ( *[\w-]+:( |$).*)/.exec(line) ?? []).slice(1, 2));
    expect(examples.length).toBeGreaterThan(15);
    expect([isValid(load(examples.join("\n"))), isValid.errors]).toEqual([true, null]);
  });

  test("docs/config.schema.json is current (npm run generate)", () => {
    const file = new URL("../../../docs/config.schema.json", import.meta.url);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(configFileSchema());
  });
});

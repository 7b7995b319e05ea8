import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { agentConfigSchema } from "../../../src/collector/declare/config-schema.ts";
import { BAD, BEYOND_SCHEMA, GOOD } from "./documents.ts";

const FILE = new URL("../../../deploy/agent-config.schema.json", import.meta.url);

describe("the schema of the agent's configuration", () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(agentConfigSchema());
  const accepts = (yaml: string) => validate(yaml.trim() === "" || yaml.startsWith("#") ? null : load(yaml));

  test("is what deploy/ holds (else: node scripts/agent-config-schema.mjs && npm run format)", () => {
    expect(JSON.parse(readFileSync(FILE, "utf8"))).toEqual(agentConfigSchema());
  });

  test.each(GOOD)("accepts %s", (_what, yaml) => {
    expect(accepts(yaml)).toBe(true);
  });

  test.each(BAD)("refuses %s", (_what, yaml) => {
    expect(accepts(yaml)).toBe(false);
  });

  test.each(BEYOND_SCHEMA)("cannot tell %s", (_what, yaml) => {
    expect(accepts(yaml)).toBe(true);
  });
});

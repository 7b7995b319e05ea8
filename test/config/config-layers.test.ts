import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config-document.ts";
import { configLayers } from "../../src/config/config-layers.ts";

const TEXT = `since: 1h
search: {limit: 1}
profiles:
  base: {since: 2h, search: {limit: 2}}
  prod: {extends: base, since: 3h, search: {limit: 3}}
`;

async function layers(section: "search" | undefined, profile: string | undefined) {
  const { document } = await parseConfig(TEXT, "c.yaml", "klog");
  const config = { path: "c.yaml", writtenFor: "klog" as const, ...document };
  return configLayers(config, { section, profile, named: "--profile" }).map(
    ({ name, settings }) => `${name} ${settings.map(({ values }) => values).join()}`,
  );
}

test("a profile lies over the file and over what it extends, and sections over all of it", async () => {
  expect(await layers("search", "prod")).toEqual([
    "the file 1h",
    "profile base 2h",
    "profile prod 3h",
    "search: 1",
    "search: of profile base 2",
    "search: of profile prod 3",
  ]);
  expect(await layers(undefined, undefined)).toEqual(["the file 1h"]);
});

test("a profile that is not there is named with those that are", async () => {
  await expect(layers("search", "prdo")).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: '--profile: there is no profile "prdo": c.yaml has none of that name',
    hint: "did you mean prod?",
  });
  await expect(layers("search", "zzz")).rejects.toMatchObject({ hint: "there are base, prod" });
  expect(() => configLayers(undefined, { section: undefined, profile: "x", named: "KLOG_PROFILE" })).toThrow(
    'KLOG_PROFILE: there is no profile "x": there is no config file',
  );
});

// What a search says on stderr beside its hits.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { klogSearch, ScriptedSource } from "./search-rig.ts";

const lines = [
  { at: 0, text: 'level=error msg="one order" ms=5' },
  { at: 1, text: 'level=error msg="two order" ms=6' },
];
const search = (words: readonly string[], isErrorTerminal = false) =>
  klogSearch(words, { sources: [new ScriptedSource(lines)], isErrorTerminal });

test("a script that gets what it asked for hears nothing; a person hears what is searched", async () => {
  expect((await search(["order"])).err).toBe("");
  expect((await search(["order", "--since", "2026-11-21"])).err).toBe("");
  expect((await search(["order"], true)).err).toContain("searching store: all times");
});

test("one hit is one", async () => {
  const { err } = await search(["order", "--limit", "1"]);
  expect(err).toContain("note: the newest hit; there are more; go on with:");
});

test("a fixed text that is not found is told as it was typed", async () => {
  expect((await search(["--fixed", '"x"} (y'])).err).toContain(
    'nothing found in store for the text "\\"x\\"} (y": all times',
  );
});

test.each([
  ["levl:error", "did you mean level:error? levl is a field that only some line could have"],
  ["kubernetes.pod.name:web*", "did you mean pod:web*?"],
  ["ms:[9 TO 5]", "ms:[9 TO 5] begins above its end"],
  ["error:timeout", "for the text itself write"],
])("%s finds nothing, and a hint says why", async (query, hint) => {
  expect((await search([query])).err).toContain(hint);
});

test("--hist names the flag of a span that is none", async () => {
  expect((await search(["x", "--hist=soon"])).err).toContain('klog: --hist: "soon" is not a duration');
});

test("the environment and the config file choose sources, the command line wins", async () => {
  const folder = mkdtempSync(join(tmpdir(), "klog-said-"));
  const fileOf = (name: string) => {
    const path = join(folder, name);
    writeFileSync(path, `from ${name}\n`);
    return path;
  };
  const [one, two, three] = [fileOf("one.log"), fileOf("two.log"), fileOf("three.log")];
  const config = join(folder, "config.yaml");
  writeFileSync(config, `search:\n  source: "files:${three}"\n`);
  const find = async (words: readonly string[], env: Record<string, string> = {}) =>
    (await klogSearch(["from", "-o", "raw", ...words], { env })).out;
  expect(await find([], { KLOG_SOURCE: `files:${one}` })).toBe("from one.log\n");
  expect(await find(["--source", `files:${two}`], { KLOG_SOURCE: `files:${one}` })).toBe("from two.log\n");
  expect(await find(["--config", config])).toBe("from three.log\n");
});

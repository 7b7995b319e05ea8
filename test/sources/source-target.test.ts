import { describe, expect, test } from "vitest";
import type { SourceEntry } from "../../src/config/source-entry.ts";
import { distinctlyNamed, entryTarget, wordTarget } from "../../src/sources/source-target.ts";

const ENTRIES: SourceEntry[] = [
  { name: "prod", line: 1, kind: "pods", context: "prod", namespaces: ["shop"], selector: undefined },
  { name: "nginx", line: 2, kind: "files", patterns: ["~/nginx/*.log", "/var/x.log"] },
];
const PLACE = { entries: ENTRIES, home: "/home/me", defaultStore: "/var/lib/klog/store" };
const bare = { context: undefined, namespaces: [], selector: undefined };

describe("a word of --source", () => {
  test.each([
    ["store", { name: "store", spec: { kind: "store", directory: "/var/lib/klog/store" } }],
    ["store:~/old", { name: "old", spec: { kind: "store", directory: "/home/me/old" } }],
    ["store:/srv/a/", { name: "a", spec: { kind: "store", directory: "/srv/a" } }],
    ["pods", { name: "pods", spec: { kind: "pods", ...bare } }],
    ["pods:dev/eu", { name: "pods:dev/eu", spec: { kind: "pods", ...bare, context: "dev/eu" } }],
    ["files:/var/log/a.log", { name: "a.log", spec: { kind: "files", patterns: ["/var/log/a.log"] } }],
    ["files:/v/{a,b}/*.log", { name: "/v/{a,b}/*.log", spec: { kind: "files", patterns: ["/v/{a,b}/*.log"] } }],
    ["-", { name: "stdin", spec: { kind: "stdin" } }],
  ])("%s is a place to search", (word, target) => {
    expect(wordTarget(word, PLACE)).toEqual({ ...target, by: "asked" });
  });

  test("may be a name of the config file", () => {
    expect(wordTarget("nginx", PLACE)).toEqual({
      name: "nginx",
      spec: { kind: "files", patterns: ["/home/me/nginx/*.log", "/var/x.log"] },
      by: "asked",
    });
    expect(entryTarget(ENTRIES[0]!, PLACE)).toEqual({
      name: "prod",
      spec: { kind: "pods", context: "prod", namespaces: ["shop"], selector: undefined },
      by: "configured",
    });
  });

  test.each([
    ["strore", "did you mean store?"],
    ["ngin", "did you mean nginx?"],
    ["/var/log/app.log", "log files are files:/var/log/app.log, a store's directory is store:/var/log/app.log"],
    ["zzz", expect.stringContaining("(prod, nginx)")],
    ["files", expect.stringContaining("files:GLOB")],
    ["files:", expect.stringContaining("files:GLOB")],
  ])("%s names nothing, and the hint says what was meant", (word, hint) => {
    expect(() => wordTarget(word, PLACE)).toThrow(expect.objectContaining({ code: "USAGE", hint }));
  });
});

test("no two sources have one name", () => {
  const words = ["store:/a/x", "store:/b/x", "files:/a/x", "files:/b/x", "pods"];
  const names = distinctlyNamed(words.map((word) => wordTarget(word, PLACE))).map(({ name }) => name);
  expect(names).toEqual(["x", "/b/x", "x#2", "x#3", "pods"]);
});

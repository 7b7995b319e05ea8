import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/config-document.ts";

const read = (text: string, writtenFor: "klog" | "stern" = "klog") =>
  parseConfig(text, "/home/me/config.yaml", writtenFor);

async function clean(text: string) {
  const { document, problems } = await read(text);
  expect(problems).toEqual([]);
  return document;
}

describe("flags in the file", () => {
  test("values stay as they were written, and every key knows its line", async () => {
    const text =
      '# mine\ntail: -1\n\nsince: 48h0m0s\ninclude:\n  - "a: b"\n  - c,d\nno-follow: yes\npod-colors: "91,92"\nnode:\n';
    expect((await clean(text)).settings).toEqual([
      { key: "tail", values: ["-1"], list: false, line: 2 },
      { key: "since", values: ["48h0m0s"], list: false, line: 4 },
      { key: "include", values: ["a: b", "c,d"], list: true, line: 5 },
      { key: "no-follow", values: ["yes"], list: false, line: 8 },
      { key: "pod-colors", values: ["91,92"], list: false, line: 9 },
      { key: "node", values: [""], list: false, line: 10 },
    ]);
  });

  test("nested and flow values do not confuse the lines of the keys", async () => {
    expect((await clean("a: [x, y]\nb:\n- z\nc: 1\n")).settings).toMatchObject([{ line: 1 }, { line: 2 }, { line: 4 }]);
    expect((await clean("a: &v x\nb: *v\nc: |\n  long\n  text\nd: 1\n")).settings).toMatchObject([
      { line: 1 },
      { values: ["x"], line: 2 },
      { values: ["long\ntext\n"], line: 3 },
      { line: 6 },
    ]);
  });

  test.each(["", "\n\n", "# only a comment\n", "---\n"])("%j has no settings", async (text) => {
    expect((await clean(text)).settings).toEqual([]);
  });

  test("tail: is a flag with a value, and the command's section with keys below it", async () => {
    expect(await clean("tail: 5\n")).toMatchObject({ settings: [{ key: "tail", values: ["5"] }], sections: {} });
    expect(await clean("tail:\n  tail: 5\nsearch: {limit: 7}\n")).toMatchObject({
      settings: [],
      sections: {
        tail: [{ key: "tail", values: ["5"], line: 2 }],
        search: [{ key: "limit", values: ["7"], line: 3 }],
      },
    });
  });

  test("a secret is named by the place where it is kept", async () => {
    const text = "token: {file: ~/.token}\nprofiles:\n  a:\n    token:\n      env: PROD_TOKEN\n";
    const { settings, profiles } = await clean(text);
    expect(settings).toEqual([{ key: "token", values: [], list: false, line: 1, secret: { file: "~/.token" } }]);
    expect(profiles[0]?.settings).toMatchObject([{ key: "token", line: 4, secret: { env: "PROD_TOKEN" } }]);
  });

  test("stern's file stays flat", async () => {
    const { document, problems } = await read("sources: x\nprofiles:\n  a: 1\n", "stern");
    expect(document).toMatchObject({ settings: [{ key: "sources" }], profiles: [], sources: [] });
    expect(problems).toMatchObject([{ line: 2 }]);
  });
});

describe("what has a name", () => {
  test("profiles hold flags, sections, and the profile below them", async () => {
    const text =
      "profiles:\n  base:\n    since: 1h\n  prod:\n    extends: base\n    context: prod\n    search: {limit: 5}\n";
    expect((await clean(text)).profiles).toMatchObject([
      { name: "base", line: 2, base: undefined, settings: [{ key: "since" }] },
      { name: "prod", line: 4, base: "base", settings: [{ key: "context" }], sections: { search: [{ key: "limit" }] } },
    ]);
  });

  test("sources are stores, files or pods", async () => {
    const text =
      "sources:\n  a: {store: ~/s}\n  b: {files: /x/*.log}\n  c: {files: [a, b]}\n" +
      "  d: {pods: {context: x, namespace: [s, t], selector: app=w}}\n  e:\n    pods:\n";
    expect((await clean(text)).sources).toEqual([
      { name: "a", line: 2, kind: "store", directory: "~/s" },
      { name: "b", line: 3, kind: "files", patterns: ["/x/*.log"] },
      { name: "c", line: 4, kind: "files", patterns: ["a", "b"] },
      { name: "d", line: 5, kind: "pods", context: "x", namespaces: ["s", "t"], selector: "app=w" },
      { name: "e", line: 6, kind: "pods", context: undefined, namespaces: [], selector: undefined },
    ]);
  });

  test("queries are texts", async () => {
    expect((await clean("queries:\n  bad: 'level:>=error -path:/healthz'\n")).queries).toEqual([
      { name: "bad", query: "level:>=error -path:/healthz", line: 2 },
    ]);
  });
});

describe("mistakes", () => {
  test.each([
    ["tail: [1\nsince: 1h\n", /^\/home\/me\/config\.yaml:2:1 is not valid YAML: /],
    ["tail: 1\ntail: 2\n", /^\/home\/me\/config\.yaml:2:1 is not valid YAML: .*key/],
    ["- tail\n", /^\/home\/me\/config\.yaml:1 should hold `flag-name: value` lines/],
    ["tail\n", /^\/home\/me\/config\.yaml:1 should hold `flag-name: value` lines/],
  ])("%j is no config file at all", async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  test.each([
    ["a: 1\noutput:\n  format: json\n", 2, /^output should be a value or a list of values, not a mapping$/],
    ["qeries: {a: b}\n", 1, /not a mapping; did you mean queries\?$/],
    ["namespace:\n- [a]\n", 1, /^namespace should be a value or a list/],
    ["profiles: prod\n", 1, /^profiles should be a mapping by name$/],
    ["search: 5\n", 1, /^search should be a mapping by name$/],
    ["profiles:\n  a:\n    extends: bsae\n  base: {}\n", 3, /^profiles\.a\.extends names bsae, .*did you mean base\?$/],
    ["profiles:\n  a: {extends: b}\n  b: {extends: a}\n", 2, /^profiles\.a\.extends leads back to a$/],
    ["profiles:\n  a: {extends: a}\n", 2, /leads back to a$/],
    ["profiles:\n  a:\n    since: 1h\n    sources: {}\n", 4, /^profiles\.a\.sources cannot stand inside a profile$/],
    ["profiles:\n  a:\n    tail: {x: [y: z]}\n", 3, /^profiles\.a\.tail\.x should be a value/],
    ["sources:\n  store: {pods: }\n", 2, /^sources\.store is a word that --source already has/],
    ["sources:\n  a b: {pods: }\n", 2, /is no name for a source$/],
    ["sources:\n  a: {fils: x}\n", 2, /^sources\.a\.fils is no kind of source; did you mean files\?$/],
    ["sources:\n  a: {kafka: x}\n", 2, /^sources\.a\.kafka is no kind of source; there are store, files, pods$/],
    ["sources:\n  a:\n    store: x\n    files: y\n", 2, /^sources\.a is both store and files/],
    ["sources:\n  a: {}\n", 2, /^sources\.a says nothing$/],
    ["sources:\n  a: x\n", 2, /^sources\.a should be a mapping/],
    [
      "sources:\n  a:\n    pods:\n      namespaces: x\n",
      4,
      /^sources\.a\.pods\.namespaces is unknown.*did you mean namespace\?$/,
    ],
    ["queries:\n  a: [x]\n", 2, /^queries\.a should be a query/],
    ["token: {fil: x, env: A}\n", 1, /^token\.fil is no place of a secret; did you mean file\?$/],
    ["token: {file: x, env: A}\n", 1, /^token\.env excludes file/],
    ["token: {env: $A}\n", 1, /is no name of a variable$/],
    ["token:\n  kubernetes:\n    name: x\n", 2, /^token\.kubernetes needs namespace, name and key$/],
  ])("%j is named with its line", async (text, line, message) => {
    const { problems } = await read(text);
    expect(problems[0]).toEqual({ line, text: expect.stringMatching(message), hint: expect.any(String) });
  });

  test("all of them are told, in the order of the file, and the rest is read", async () => {
    const { document, problems } = await read("queries: {a: []}\nsources: {b: x}\ntail: {x: {y: z}}\nsince: 1h\n");
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(document.settings).toMatchObject([{ key: "since" }]);
  });
});

import { expect, test } from "vitest";
import { parseSettings } from "../../src/config/settings.ts";

const read = (text: string) => parseSettings(text, "/home/me/config.yaml");

test("values stay as they were written, and every key knows its line", async () => {
  const text =
    '# mine\ntail: -1\n\nsince: 48h0m0s\ninclude:\n  - "a: b"\n  - c,d\nno-follow: yes\npod-colors: "91,92"\nnode:\n';
  expect(await read(text)).toEqual([
    { key: "tail", values: ["-1"], list: false, line: 2 },
    { key: "since", values: ["48h0m0s"], list: false, line: 4 },
    { key: "include", values: ["a: b", "c,d"], list: true, line: 5 },
    { key: "no-follow", values: ["yes"], list: false, line: 8 },
    { key: "pod-colors", values: ["91,92"], list: false, line: 9 },
    { key: "node", values: [""], list: false, line: 10 },
  ]);
});

test("nested and flow values do not confuse the lines of the keys", async () => {
  expect(await read("a: [x, y]\nb:\n- z\nc: 1\n")).toMatchObject([{ line: 1 }, { line: 2 }, { line: 4 }]);
});

test.each(["", "\n\n", "# only a comment\n", "---\n"])("%j has no settings", async (text) => {
  expect(await read(text)).toEqual([]);
});

test.each([
  ["tail: [1\nsince: 1h\n", /^\/home\/me\/config\.yaml:2:1 is not valid YAML: /],
  ["tail: 1\ntail: 2\n", /^\/home\/me\/config\.yaml:2:1 is not valid YAML: .*key/],
  ["- tail\n", /^\/home\/me\/config\.yaml:1 should hold `flag-name: value` lines/],
  ["tail\n", /^\/home\/me\/config\.yaml:1 should hold `flag-name: value` lines/],
  ["a: 1\noutput:\n  format: json\n", /^\/home\/me\/config\.yaml:2: output should be a value or a list of values/],
  ["namespace:\n- [a]\n", /^\/home\/me\/config\.yaml:1: namespace should be a value or a list of values/],
])("%j is refused with the line", async (text, message) => {
  await expect(read(text)).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringMatching(message),
    hint: expect.any(String),
  });
});

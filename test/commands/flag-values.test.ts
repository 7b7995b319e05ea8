import { describe, expect, test } from "vitest";
import { scanWords } from "../../src/commands/argv.ts";
import { mergeFlags } from "../../src/commands/flag-values.ts";
import { FLAGS } from "../../src/commands/flags.ts";
import { type ConfigFile, readConfigFile } from "../../src/config/config-file.ts";
import type { KlogError } from "../../src/errors.ts";

const NOTHING = { sections: {}, profiles: [], sources: [], queries: [] };

type Said = {
  argv?: string[];
  env?: Record<string, string>;
  config?: Record<string, string | string[]>;
  stern?: boolean;
};

function merge({ argv = [], env = {}, config, stern = false }: Said, warn: (text: string) => void = () => undefined) {
  const settings = Object.entries(config ?? {}).map(([key, value], index) => ({
    key,
    values: [value].flat(),
    list: Array.isArray(value),
    line: index + 1,
  }));
  const file: ConfigFile | undefined =
    config === undefined
      ? undefined
      : { path: "config.yaml", writtenFor: stern ? "stern" : "klog", ...NOTHING, settings };
  return mergeFlags({ words: scanWords(argv, FLAGS), env, config: file }, warn);
}

function problem(said: Said): KlogError {
  try {
    merge(said);
  } catch (error) {
    return error as KlogError;
  }
  throw new Error("nothing was thrown");
}

describe("what was said for a flag", () => {
  test("the command line wins over the environment, and that over the config file", () => {
    const all = { argv: ["--tail", "1"], env: { KLOG_TAIL: "2" }, config: { tail: "3" } };
    expect(merge(all).number("tail")).toBe(1);
    expect(merge({ ...all, argv: [] }).number("tail")).toBe(2);
    expect(merge({ config: all.config }).number("tail")).toBe(3);
    expect(merge({}).number("tail")).toBeUndefined();
  });

  test("lists split at commas and forget doubles; patterns keep their commas", () => {
    const flags = merge({ argv: ["-n", "a, b", "-na", "-i", "x{1,2}", "-i", "y"] });
    expect(flags.list("namespace")).toEqual(["a", "b"]);
    expect(flags.list("include")).toEqual(["x{1,2}", "y"]);
  });

  test("of a flag that is given twice the last one holds", () => {
    expect(merge({ argv: ["--tail", "1", "--tail=2"] }).number("tail")).toBe(2);
  });

  test("an empty variable says nothing", () => {
    expect(merge({ env: { KLOG_TAIL: "" } }).number("tail")).toBeUndefined();
  });

  test("kubectl's --timestamps=true and =false turn the times on and off", () => {
    expect(merge({ argv: ["--timestamps=true"] }).text("timestamps")).toBe("default");
    expect(merge({ argv: ["--timestamps=false"], config: { timestamps: "short" } }).text("timestamps")).toBe("");
    expect(merge({ argv: ["--prefix=false"] }).text("prefix")).toBe("none");
  });

  test("a bare number is seconds where a duration stands", () => {
    expect(merge({ argv: ["--wait-timeout", "20"] }).milliseconds("wait-timeout")).toBe(20_000);
    expect(merge({ argv: ["--reorder-window=1s500ms"] }).milliseconds("reorder-window")).toBe(1_500);
  });

  test("of two flags that exclude each other the stronger origin holds", () => {
    const flags = merge({ argv: ["--since-time", "today"], config: { since: "1h" } });
    expect(flags.oneOf(["since", "since-time"], "")).toBe("since-time");
  });

  test("two of one origin are a contradiction that names both", () => {
    const flags = merge({ config: { since: "1h", "since-time": "today" } });
    expect(() => flags.oneOf(["since", "since-time"], "leave one out")).toThrow(
      "config.yaml:1: since and config.yaml:2: since-time exclude each other",
    );
  });
});

describe("a config file", () => {
  test("takes flag names, aliases and --no- names as keys", () => {
    const flags = merge({ config: { "no-follow": "true", from: "1h", namespace: ["a", "b"], selector: "a=b" } });
    expect(flags.boolean("follow")).toBe(false);
    expect(flags.text("since-time")).toBe("1h");
    expect(flags.list("namespace")).toEqual(["a", "b"]);
  });

  test("warns of an unknown key, with its line and what was meant", () => {
    const warnings: string[] = [];
    merge({ config: { tail: "1", timezon: "UTC" } }, (text) => warnings.push(text));
    expect(warnings).toEqual(["config.yaml:2: unknown key timezon is ignored; did you mean timezone?"]);
  });

  test("warns of a key that makes no sense in a file", () => {
    const warnings: string[] = [];
    merge({ config: { stdin: "true" } }, (text) => warnings.push(text));
    expect(warnings).toEqual(["config.yaml:1: stdin works on the command line only and is ignored here"]);
  });

  test("of a stern user is taken as it is, prompt ignored with a note", () => {
    const warnings: string[] = [];
    const config = {
      tail: "-1",
      since: "48h",
      "no-follow": "true",
      exclude: ["a", "b"],
      prompt: "true",
      color: "never",
    };
    const flags = merge({ stern: true, config }, (text) => warnings.push(text));
    expect(flags.number("tail")).toBe(-1);
    expect(flags.text("since")).toBe("48h");
    expect(flags.list("exclude")).toEqual(["a", "b"]);
    expect(warnings).toEqual(["config.yaml:5: klog has no prompt; this key of stern is ignored"]);
  });

  test("with a value of the wrong type is refused with file and line", () => {
    expect(problem({ config: { color: "never", tail: "many" } })).toMatchObject({
      code: "CONFIG_INVALID",
      message: 'config.yaml:2: tail: "many" is not a whole number',
    });
    expect(problem({ config: { output: ["json", "raw"] } })).toMatchObject({
      code: "CONFIG_INVALID",
      message: "config.yaml:1: output takes one value, not a list",
    });
  });
});

describe("a slip on the command line", () => {
  test.each([
    [["--namspace", "x"], "there is no flag --namspace", "did you mean --namespace?"],
    [["--no-folow"], "there is no flag --no-folow", "did you mean --no-follow?"],
    [["-y"], "there is no flag -y", "`klog help tail` lists the flags; after -- a word is no flag"],
    [["web", "-n"], "-n needs a value: -n NAME", "namespace to read; repeat it or separate by commas"],
    [["-t", "short"], 'is "short" the value of -t, or a pod to select?', /-t=short/],
    [["-o", "jso"], /^-o: "jso" is not one of default, raw, json/, "did you mean json?"],
    [["--tail", "1.5"], '--tail: "1.5" is not a whole number', /lines from the end/],
    [["--tail", "-2"], "--tail: -2 is below the least value, -1", /lines from the end/],
    [["--tail="], '--tail: "" is not a whole number', /./],
    [["--head", "0"], "--head: 0 is below the least value, 1", /./],
    [["--limit-bytes", "much"], '--limit-bytes: "much" is not a size', "write 4096, 64KiB or 10MiB"],
    [["--wait-timeout", "soon"], '--wait-timeout: "soon" is not a duration', "write 90s, 5m, 1h30m or 500ms"],
    [["--follow=perhaps"], '--follow: "perhaps" is neither true nor false', /./],
    [["--no-follow=perhaps"], '--no-follow: "perhaps" is neither true nor false', /./],
    [["--container-state", "running,stopped"], /^--container-state: "stopped" is not one of running/, /./],
  ])("%j is refused with a way out", (argv, message, hint) => {
    const error = problem({ argv });
    expect(error.code).toBe("USAGE");
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test("a wrong variable is named", () => {
    expect(problem({ env: { KLOG_TAIL: "x" } }).message).toBe('KLOG_TAIL: "x" is not a whole number');
  });
});

describe("profiles and sections of the config file", () => {
  const TEXT = `since: 1h
level: info+
profile: base
tail:
  since: 5h
profiles:
  base: {since: 2h, context: dev}
  prod: {extends: base, context: prod, since-time: today, token: {env: PROD_TOKEN}}
`;

  async function merged(argv: string[], env: Record<string, string> = {}, text = TEXT) {
    const config = await readConfigFile({
      env: {},
      home: "/",
      platform: "linux",
      named: "c.yaml",
      readText: async () => text,
      modeOf: async () => 0o644,
    });
    const warnings: string[] = [];
    const flags = mergeFlags({ words: scanWords(argv, FLAGS), env, config }, (warning) => warnings.push(warning));
    return { flags, warnings };
  }

  test("a section wins over the profile, that over the rest of the file, the environment over all", async () => {
    const { flags } = await merged([]);
    expect([flags.text("since"), flags.list("context"), flags.text("level")]).toEqual(["5h", ["dev"], "info+"]);
    expect((await merged([], { KLOG_SINCE: "7h" })).flags.text("since")).toBe("7h");
  });

  test("the command line chooses the profile, then KLOG_PROFILE, then the file; an empty name is none", async () => {
    expect((await merged(["--profile", "prod"])).flags.list("context")).toEqual(["prod"]);
    expect((await merged([], { KLOG_PROFILE: "prod" })).flags.list("context")).toEqual(["prod"]);
    expect((await merged(["--profile="], { KLOG_PROFILE: "prod" })).flags.list("context")).toEqual([]);
    await expect(merged(["--profile", "prdo"])).rejects.toMatchObject({ hint: "did you mean prod?" });
  });

  test("of flags that exclude each other the stronger layer's holds", async () => {
    const text = TEXT.replace("tail:\n  since: 5h\n", "");
    const { flags } = await merged(["--profile", "prod"], {}, text);
    expect(flags.oneOf(["since", "since-time"], "leave one out")).toBe("since-time");
  });

  test("a secret is told by its place, and one that was typed wins over it", async () => {
    const { flags } = await merged(["--profile", "prod"]);
    expect(flags.secret("token")).toEqual({ env: "PROD_TOKEN" });
    expect(flags.text("token")).toBeUndefined();
    const typed = (await merged(["--profile", "prod", "--token", "t"])).flags;
    expect([typed.secret("token"), typed.text("token")]).toEqual([undefined, "t"]);
  });

  test("a secret in plain text is warned of where others can read it; what is none cannot be one", async () => {
    expect((await merged([], {}, "token: abc\n")).warnings).toEqual([
      "c.yaml:1: token is a secret in a file that others can read: chmod 600 it, or write token: {file: PATH}",
    ]);
    await expect(merged([], {}, "since: {env: X}\n")).rejects.toMatchObject({
      message: "c.yaml:1: since is no secret: it takes a value",
    });
  });

  test("a key of another command is no slip, but in a section of this one it is", async () => {
    expect((await merged([], {}, "limit: 5\n")).warnings).toEqual([]);
    expect((await merged([], {}, "tail: {limit: 5}\n")).warnings[0]).toMatch(
      /^c\.yaml:1: limit is no flag of klog tail and is ignored/,
    );
    expect((await merged([], {}, "limt: 5\n")).warnings[0]).toMatch(/^c\.yaml:1: unknown key limt is ignored/);
  });
});

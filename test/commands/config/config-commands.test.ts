import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { editConfig, type RunEditor } from "../../../src/commands/config/edit.ts";
import { startConfigCommand } from "../../../src/commands/config/start-config-command.ts";
import { scanSetup } from "../../../src/commands/setup-inputs.ts";
import { rememberQuery } from "../../../src/config/query-history.ts";
import { saveQuery } from "../../../src/config/saved-queries.ts";
import { type TestIo, testFolder, testIo } from "../../support/command-io.ts";

/** A person's home with a config file in it. */
function setUp(text?: string, more: Record<string, string> = {}) {
  const home = testFolder();
  const env = {
    XDG_CONFIG_HOME: home,
    XDG_STATE_HOME: home,
    KUBECONFIG: join(home, "none"),
    STERNCONFIG: "",
    KLOG_STORE: join(home, "store"),
    ...more,
  };
  const path = join(home, "klog", "config.yaml");
  if (text !== undefined) {
    mkdirSync(dirname(path));
    writeFileSync(path, text, { mode: 0o600 });
  }
  return { home, path, io: testIo(env) };
}

async function json(words: string[], io: TestIo) {
  const status = await startConfigCommand([...words, "-o", "json"], io);
  return { status, value: JSON.parse(io.printed()) };
}

describe("klog config path", () => {
  test("tells which file is used, and what else is kept", async () => {
    const { path, home, io } = setUp("tail: 1\n");
    const { value } = await json(["path"], io);
    expect(value).toContainEqual({ path, what: "config file", state: "used" });
    expect(value).toContainEqual({ path: join(home, "klog", "history.jsonl"), what: "history", state: "not there" });
  });

  test("without a file it says how to get one", async () => {
    const { io } = setUp();
    await startConfigCommand(["path"], io);
    expect(io.printed()).toMatch(/config\.yaml\s+config file\s+not there\s+`klog config init` writes one/);
  });
});

describe("klog config view", () => {
  const TEXT = `context: dev
token: s3cret
search: {limit: 5}
profiles:
  prod: {context: prod, token: {file: /run/token}}
sources:
  web: {files: [/var/log/web.log]}
queries:
  bad: level:error
`;

  test("shows what holds with where it comes from, and no secret", async () => {
    const { path, io } = setUp(TEXT, { KLOG_SINCE: "2h" });
    expect(await startConfigCommand(["view"], io)).toBe(0);
    const text = io.printed();
    expect(text).toMatch(new RegExp(`^context: dev +# ${path}:1$`, "m"));
    expect(text).toMatch(/^since: 2h +# KLOG_SINCE$/m);
    expect(text).toMatch(/^token: "\*\*\*"/m);
    expect(text).toMatch(/^search:\n {2}limit: 5/m);
    expect(text).toContain("  web: {files: /var/log/web.log}");
    expect(text).not.toContain("s3cret");
  });

  test("a profile changes it, as JSON too", async () => {
    const { path, io } = setUp(TEXT);
    const { value } = await json(["view", "--profile", "prod"], io);
    expect(value).toMatchObject({
      file: path,
      profile: "prod",
      settings: { context: { value: ["prod"], from: `${path}:5` }, token: { value: "*** (/run/token)" } },
      search: { limit: { value: "5" } },
      sources: { web: { kind: "files", patterns: ["/var/log/web.log"] } },
      queries: { bad: "level:error" },
    });
  });
});

describe("klog config check", () => {
  test("names every mistake with its line, and ends with 2", async () => {
    const { path, io } = setUp(
      "tail: many\nsoruce: x\nprofile: nobody\nsources:\n  a: {fils: x}\nqueries:\n  q: '(open'\n",
    );
    const { status, value } = await json(["check"], io);
    expect(status).toBe(2);
    expect(value.findings.map(({ text }: { text: string }) => text.replace(`${path}:`, "").slice(0, 32))).toEqual([
      expect.stringMatching(/^1: tail: "many" is not a whole/),
      expect.stringMatching(/^2: unknown key soruce is igno/),
      expect.stringMatching(/^3: profile: there is no profi/),
      expect.stringMatching(/^5: sources.a.fils is no kind/),
      expect.stringMatching(/^7: queries.q: /),
    ]);
  });

  test("what is only passed over ends with 3, a file without mistakes with 0", async () => {
    const passed = setUp("tials: 1\n");
    expect(await startConfigCommand(["check"], passed.io)).toBe(3);
    expect(passed.io.printed()).toMatch(/^note: .*config\.yaml:1: unknown key tials/);
    const fine = setUp("tail: 1\nsearch: {limit: 5}\nprofiles: {a: {tail: {tail: 2}}}\nqueries: {e: 'level:error'}\n");
    expect(await startConfigCommand(["check"], fine.io)).toBe(0);
    expect(fine.io.printed()).toMatch(/ is valid\n$/);
  });

  test("a saved query whose level or pattern is none is a mistake", async () => {
    const { path, io } = setUp("queries:\n  a: 'level:>=loud'\n  b: '/(/'\n  c: 'level:>=warn | where status:>=500'\n");
    expect(await startConfigCommand(["check"], io)).toBe(2);
    expect(io.printed()).toContain(`${path}:2: queries.a: `);
    expect(io.printed()).toContain(`${path}:3: queries.b: `);
    expect(io.printed()).not.toContain("queries.c");
  });

  test("a second YAML document is not passed over", async () => {
    const { path, io } = setUp("tail: 1\n---\ntail: 2\n");
    expect(await startConfigCommand(["check"], io)).toBe(2);
    expect(io.printed()).toContain(`${path}:2 holds several YAML documents`);
  });

  test("without a file there is nothing to check", async () => {
    await expect(startConfigCommand(["check"], setUp().io)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(startConfigCommand(["check", "/gone.yaml"], setUp().io)).rejects.toMatchObject({
      message: expect.stringContaining("/gone.yaml"),
    });
  });
});

describe("klog config init", () => {
  test("writes a file of the owner alone that is valid and changes nothing", async () => {
    const { path, io } = setUp();
    expect(await startConfigCommand(["init"], io)).toBe(0);
    expect(io.printed()).toBe(`${path}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const check = testIo(io.env as Record<string, string>);
    expect(await startConfigCommand(["check"], check)).toBe(0);
    const { value } = await json(["view"], testIo(io.env as Record<string, string>));
    expect(value).toMatchObject({ settings: {}, sources: {}, profile: null });
  });

  test("its examples are valid when the comments are taken away", async () => {
    const { path, io } = setUp();
    await startConfigCommand(["init"], io);
    const text = readFileSync(path, "utf8");
    const examples = text.split("\n").filter((line) => /^# +[\w-]+:( |$)/.test(line) || !line.startsWith("#"));
    writeFileSync(path, examples.map((line) => line.replace(/^# /, "")).join("\n"));
    const check = testIo(io.env as Record<string, string>);
    expect([await startConfigCommand(["check"], check), check.printed()]).toEqual([0, `${path} is valid\n`]);
  });

  test("overwrites only with --force, and keeps the old file", async () => {
    const { path, io } = setUp("tail: 7\n");
    await expect(startConfigCommand(["init"], io)).rejects.toMatchObject({ message: `${path} is there already` });
    expect(await startConfigCommand(["init", "--force"], io)).toBe(0);
    expect(readFileSync(`${path}.old`, "utf8")).toBe("tail: 7\n");
  });

  test("a stern user's settings go on to hold", async () => {
    const { home, io } = setUp();
    const stern = join(home, "stern.yaml");
    writeFileSync(stern, "tail: 9\n");
    const env = { ...(io.env as Record<string, string>), STERNCONFIG: stern };
    await startConfigCommand(["init"], testIo(env));
    expect((await json(["view"], testIo(env))).value.settings.tail.value).toBe("9");
  });

  test("the contexts of the kubeconfig are named", async () => {
    const { home, path, io } = setUp();
    const before = process.env["KUBECONFIG"];
    process.env["KUBECONFIG"] = join(home, "kubeconfig");
    const contexts = ["dev", "live"].map((name) => ({ name, context: { cluster: "c", user: "u" } }));
    const clusters = [{ name: "c", cluster: { server: "https://x" } }];
    const users = [{ name: "u", user: {} }];
    writeFileSync(process.env["KUBECONFIG"], JSON.stringify({ contexts, clusters, users, "current-context": "live" }));
    try {
      await startConfigCommand(["init"], io);
    } finally {
      if (before === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = before;
    }
    expect(readFileSync(path, "utf8")).toContain("context: live  # known: live, dev");
  });
});

describe("klog config edit", () => {
  const edit = (io: TestIo, editor: RunEditor) => editConfig(scanSetup("config edit", [], 0), io, editor);
  const writing =
    (...texts: string[]): RunEditor =>
    async (_, path) => {
      writeFileSync(path, texts.shift() ?? "tail: 0\n");
      return 0;
    };

  test("what is right takes the file's place, with its mode, behind its link", async () => {
    const { home, path, io } = setUp("tail: 1\n");
    const link = join(home, "link.yaml");
    symlinkSync(path, link);
    const linked = testIo({ ...(io.env as Record<string, string>), KLOG_CONFIG: link });
    expect(await edit(linked, writing("tail: 2\n"))).toBe(0);
    expect(readFileSync(path, "utf8")).toBe("tail: 2\n");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path))).toEqual(["config.yaml"]);
  });

  test("without a file it begins with the one that init writes", async () => {
    const { path, io } = setUp();
    let seen = "";
    const editor: RunEditor = async (_, copy) => {
      seen = readFileSync(copy, "utf8");
      return 0;
    };
    expect(await edit(io, editor)).toBe(0);
    expect(seen).toContain("# klog's config file");
    expect(readFileSync(path, "utf8")).toBe(seen);
  });

  test("where nobody can be asked, mistakes do not get into the file, and the work is not lost", async () => {
    const { path, io } = setUp("tail: 1\n");
    expect(await edit(io, writing("tail: many\n"))).toBe(2);
    expect(readFileSync(path, "utf8")).toBe("tail: 1\n");
    expect(io.told()).toMatch(/config\.yaml:1: tail: "many" is not a whole number/);
    const kept = /what was edited is in (\S+)/.exec(io.told())![1]!;
    expect(readFileSync(kept, "utf8")).toBe("tail: many\n");
  });

  test("on a terminal the person edits again, drops the changes or insists", async () => {
    for (const [answer, content, status] of [
      ["e\n", "tail: 3\n", 0],
      ["d\n", "tail: 1\n", 2],
      ["x\ns\n", "tail: many\n", 2],
    ] as const) {
      const { path, io } = setUp("tail: 1\n");
      io.stdin.isTTY = true;
      io.stdin.write(answer);
      expect(await edit(io, writing("tail: many\n", "tail: 3\n"))).toBe(status);
      expect(readFileSync(path, "utf8")).toBe(content);
      expect(readdirSync(dirname(path))).toEqual(["config.yaml"]);
    }
  });

  test("an editor that fails changes nothing", async () => {
    const { path, io } = setUp("tail: 1\n");
    await expect(edit(io, async () => 127)).rejects.toMatchObject({ message: "the editor vi ended with 127" });
    expect(readdirSync(dirname(path))).toEqual(["config.yaml"]);
    expect(await edit(io, async () => 0)).toBe(0);
    expect(io.told()).toContain("nothing was changed");
  });

  test("EDITOR may have arguments", async () => {
    const { path, io } = setUp("tail: 1\n", { EDITOR: "sed -i s/1/4/" });
    expect(await startConfigCommand(["edit"], io)).toBe(0);
    expect(readFileSync(path, "utf8")).toBe("tail: 4\n");
  });
});

describe("klog config queries", () => {
  test("lists, shows and forgets", async () => {
    const { home, io } = setUp("queries: {errors: 'level:error'}\n");
    const env = io.env as Record<string, string>;
    await saveQuery("slow", "took:>9", { env, home, platform: "linux" }, 1);
    const run = async (...words: string[]) => {
      const own = testIo(env);
      return { status: await startConfigCommand(["queries", ...words], own), text: own.printed() };
    };
    expect((await run()).text).toMatch(/errors +level:error .*config\.yaml:1\n *slow +took:>9/);
    expect((await run("slow")).text).toBe("took:>9\n");
    await rememberQuery({ at: 1_763_737_752_000, query: "refused", hits: 1234 }, { env, home, platform: "linux" });
    expect((await run("--history")).text).toBe("2025-11-21T15:09:12Z      1,234  refused\n");
    expect((await run("--delete", "slow")).status).toBe(0);
    await expect(run("slow")).rejects.toMatchObject({ code: "USAGE", hint: "there are errors" });
    expect(existsSync(join(home, "klog", "queries.json"))).toBe(true);
  });
});

test("a word too many, an unknown subcommand and a slip in a flag are named", async () => {
  const { io } = setUp();
  await expect(startConfigCommand(["path", "x"], io)).rejects.toMatchObject({
    message: expect.stringContaining('"x"'),
  });
  await expect(startConfigCommand(["show"], io)).rejects.toMatchObject({ code: "USAGE" });
  await expect(startConfigCommand(["init", "--forec"], io)).rejects.toMatchObject({ hint: "did you mean --force?" });
  expect(await startConfigCommand([], io)).toBe(2);
  expect(io.told()).toContain("klog config path|view");
});

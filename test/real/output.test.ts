// What the lines look like: every preset as a program reads it, stern's templates and settings, copies on disk, colours.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "./support/lab.ts";
import { scriptPod, writes } from "./support/pods.ts";

let lab: Lab;
let folder: string;
let node: string;

const JSON_LINE = '{"level":"info","msg":"served","status":200,"nested":{"a":[1,2]}}';
const TEXT_LINE = 'plain, with "quotes" and a comma';
const LOGFMT_LINE = 'level=warn msg="low disk" free=3%';

beforeAll(async () => {
  lab = await Lab.open("output");
  folder = await mkdtemp(join(tmpdir(), "klog-output-"));
  await lab.apply(
    scriptPod("talker", {
      run: writes([JSON_LINE, TEXT_LINE, LOGFMT_LINE].join("\n"), 0.02),
      labels: { app: "talker", tier: "back" },
      annotations: { note: "hi" },
    }),
    scriptPod("errors", { run: writes("[ERROR] red alert\n[INFO] all clear", 0.02) }),
  );
  await lab.applyMix("strange", "web", "db");
  await lab.finished("talker", "errors", "strange");
  await lab.kubectl(["rollout", "status", "deployment/web", "--timeout=60s"]);
  await lab.kubectl(["rollout", "status", "statefulset/db", "--timeout=60s"]);
  node = await lab.kubectl(["get", "pod", "talker", "-o", "jsonpath={.spec.nodeName}"]);
});

afterEach(() => lab.stopAll());

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await lab?.close();
});

async function talker(...args: string[]): Promise<string[]> {
  const process = await lab.tail(["pod/talker", "--tail", "-1", ...args]);
  expect(process.stderr).not.toMatch(/warning/);
  expect(process.code).toBe(0);
  return process.lines;
}

async function objects(...args: string[]): Promise<Record<string, unknown>[]> {
  return (await talker(...args)).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Time stamps as kubectl shows them. */
async function stamps(): Promise<string[]> {
  const text = await lab.kubectl(["logs", "talker", "--timestamps"]);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ")[0]!);
}

describe("the preset", () => {
  test("default puts pod and container before the message, and the namespace when there are several", async () => {
    expect(await talker()).toEqual([JSON_LINE, TEXT_LINE, LOGFMT_LINE].map((line) => `talker main ${line}`));
  });

  test("raw is the message alone", async () => {
    expect(await talker("-o", "raw")).toEqual([JSON_LINE, TEXT_LINE, LOGFMT_LINE]);
  });

  test("json is stern's object", async () => {
    const [first, second] = await objects("-o", "json");
    expect(first).toMatchObject({
      message: JSON_LINE,
      nodeName: node,
      namespace: lab.namespace,
      podName: "talker",
      containerName: "main",
      labels: { app: "talker", tier: "back" },
      annotations: { note: "hi" },
    });
    expect(first).not.toHaveProperty("timestamp");
    expect(second!["message"]).toBe(TEXT_LINE);
    const timed = await objects("-o", "json", "-t", "--timezone", "UTC");
    expect(timed.map(({ timestamp }) => timestamp)).toEqual(await stamps());
  });

  test.each(["jsonl", "ndjson"])("%s is klog's own record, with time, level and fields", async (format) => {
    const [first, second, third] = await objects("-o", format);
    const pod = await lab.pod("talker");
    expect(first).toMatchObject({
      "@timestamp": (await stamps())[0],
      message: JSON_LINE,
      level: "info",
      k8s_pod_namespace: lab.namespace,
      k8s_pod: "talker",
      k8s_pod_uid: pod.metadata.uid,
      k8s_container_name: "main",
      k8s_node_name: node,
      restart: 0,
      source: "pod",
      attrs: { level: "info", msg: "served", status: 200, nested: { a: [1, 2] } },
    });
    expect(second).not.toHaveProperty("attrs");
    expect(third).toMatchObject({ level: "warn", attrs: { msg: "low disk", free: "3%" } });
  });

  test("extjson has the message as JSON where it is JSON", async () => {
    expect(await objects("-o", "extjson")).toEqual([
      { pod: "talker", container: "main", message: JSON.parse(JSON_LINE) },
      { pod: "talker", container: "main", message: TEXT_LINE },
      { pod: "talker", container: "main", message: LOGFMT_LINE },
    ]);
  });

  test("ppextjson is the same over several lines", async () => {
    const text = (await talker("-o", "ppextjson")).join("\n");
    const parts = text.split(/^(?=\{)/m).map((part) => JSON.parse(part) as Record<string, unknown>);
    expect(parts.map(({ message }) => message)).toEqual([JSON.parse(JSON_LINE), TEXT_LINE, LOGFMT_LINE]);
  });

  test("logfmt has the line's own fields beside where it comes from", async () => {
    const [first, second, third] = await talker("-o", "logfmt");
    expect(first).toContain(`ts=${(await stamps())[0]}`);
    expect(first).toMatch(/ level=info .*pod=talker .*container=main .*msg=served\b.* status=200/);
    expect(second).toContain('msg="plain, with \\"quotes\\" and a comma"');
    expect(third).toMatch(/ level=warn .*msg="low disk".* free=3%/);
  });

  test("csv has a header and quotes what needs it", async () => {
    const process = await lab.tail(["pod/talker", "--tail", "-1", "-o", "csv"]);
    const [header, first, second] = process.bytes.toString().split("\r\n");
    expect(header).toBe("timestamp,namespace,pod,container,message");
    const [time] = await stamps();
    expect(first).toBe(`${time},${lab.namespace},talker,main,"${JSON_LINE.replaceAll('"', '""')}"`);
    expect(second).toMatch(/,talker,main,"plain, with ""quotes"" and a comma"$/);
  });

  test("pretty shows time, level, message and fields", async () => {
    const lines = await talker("-o", "pretty", "--timezone", "UTC");
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO +talker .*served/);
    expect(lines.join("\n")).toContain("status=200");
    expect(lines.join("\n")).toMatch(/WARN .*low disk/);
  });

  test("that does not exist is an error that lists those that do", async () => {
    const process = await lab.tail(["pod/talker", "-o", "yaml"]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toMatch(/"yaml" is not one of default, raw, json/);
  });
});

describe("a stern user's", () => {
  const TEMPLATE =
    '{{$m := tryParseJSON .Message}}{{if $m}}{{with $m}}{{levelColor .level}} {{.msg}} {{toTimestamp "2026-01-02T03:04:05Z" "15:04" "UTC"}}{{end}}' +
    '{{else}}{{color .PodColor .PodName}}/{{.ContainerName}}: {{printf "%q" .Message}}{{end}}{{"\\n"}}';

  test("template works on the command line and from a file", async () => {
    const file = join(folder, "stern.tpl");
    await writeFile(file, TEMPLATE);
    const expected = [
      "info served 03:04",
      `talker/main: ${JSON.stringify(TEXT_LINE)}`,
      `talker/main: ${JSON.stringify(LOGFMT_LINE)}`,
    ];
    expect(await talker("--template", TEMPLATE)).toEqual(expected);
    expect(await talker("-T", file)).toEqual(expected);
    expect(await talker("-T", file, "--template", "ignored")).toEqual(expected);
  });

  test("template that is wrong is an error with its place", async () => {
    const process = await lab.tail(["pod/talker", "--template", "{{.PodName}} {{nosuch .Message}}"]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toMatch(/line 1, column 16/);
    expect(process.stderr).toContain("nosuch");
    const missing = await lab.tail(["pod/talker", "-T", join(folder, "absent.tpl")]);
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toContain("absent.tpl");
  });

  test("config file holds unchanged, from its usual place and from STERNCONFIG; flags win over it", async () => {
    const home = join(folder, "home");
    await mkdir(join(home, ".config", "stern"), { recursive: true });
    const text =
      "# <https://github.com/stern/stern>\ntail: 1\nmax-log-requests: 999\ntimestamps: short\noutput: json\ncolor: never\n";
    await writeFile(join(home, ".config", "stern", "config.yaml"), text);
    const usual = { env: { HOME: home } };
    const one = await lab.tail(["pod/talker"], usual);
    expect(one.lines).toHaveLength(1);
    expect(JSON.parse(one.lines[0]!)).toMatchObject({
      message: LOGFMT_LINE,
      timestamp: expect.stringMatching(/^\d\d-\d\d \d\d:\d\d:\d\d$/),
    });
    const two = await lab.tail(["pod/talker", "--tail", "2", "-o", "raw"], usual);
    expect(two.lines).toHaveLength(2);
    const named = await lab.tail(["pod/talker", "-o", "raw"], {
      env: { STERNCONFIG: join(home, ".config", "stern", "config.yaml") },
    });
    expect(named.lines).toHaveLength(1);
  });

  test("config file with an unknown key is used all the same, and the key is named", async () => {
    const file = join(folder, "odd.yaml");
    await writeFile(file, "tail: 1\ntial: 3\n");
    const process = await lab.tail(["pod/talker", "-o", "raw"], { env: { STERNCONFIG: file } });
    expect(process.lines).toHaveLength(1);
    expect(process.stderr).toMatch(/odd\.yaml:2: unknown key tial is ignored; did you mean tail\?/);
  });

  test("colours of pods and containers are taken as SGR codes", async () => {
    const [line] = await talker("--color", "always", "--pod-colors", "38;5;201", "--container-colors", "38;5;202");
    expect(line).toContain("\u001b[38;5;201mtalker\u001b[");
    expect(line).toContain("\u001b[38;5;202mmain\u001b[");
  });
});

describe("prefixes and columns", () => {
  test("can be short, full or none", async () => {
    expect((await talker("--prefix=none"))[1]).toBe(TEXT_LINE);
    expect((await talker("--prefix=full"))[1]).toMatch(
      new RegExp(`^\\S+ ${node} ${lab.namespace} talker main ${TEXT_LINE}$`),
    );
    const short = (await talker("--prefix=short"))[1]!;
    expect(short).toMatch(/talker/);
    expect(short.length).toBeLessThanOrEqual(`talker main ${TEXT_LINE}`.length);
  });

  test("can be named, added and taken away, fields of lines among them", async () => {
    expect((await talker("--columns", "node,pod,message"))[1]).toBe(`${node} talker ${TEXT_LINE}`);
    expect((await talker("--columns", "+node,-container"))[1]).toBe(`talker ${node} ${TEXT_LINE}`);
    expect((await talker("--columns", "pod,status,msg"))[0]).toBe("talker 200 served ");
    expect((await talker("--columns", "level,message"))[2]).toMatch(/^warn +level=warn/);
  });
});

describe("--save", () => {
  test("writes a file for each container with its bytes, beside what is printed", async () => {
    const save = join(folder, "saved");
    const process = await lab.tail([
      "talker|strange",
      "--tail",
      "-1",
      "--save",
      save,
      "-o",
      "json",
      "--multiline",
      "off",
    ]);
    expect(process.lines).toHaveLength(3 + 8);
    expect((await readdir(save)).filter((name) => !name.includes("markers")).sort()).toEqual([
      `${lab.namespace}_strange_main.log`,
      `${lab.namespace}_talker_main.log`,
    ]);
    const saved = await readFile(join(save, `${lab.namespace}_strange_main.log`));
    const raw = await lab.tail(["pod/strange", "--tail", "-1", "-o", "raw"]);
    expect(saved.equals(raw.bytes)).toBe(true);
    expect(saved.includes(Buffer.from([0xff, 0xfe]))).toBe(true);
    expect(await readFile(join(save, `${lab.namespace}_talker_main.log`), "utf8")).toBe(
      `${[JSON_LINE, TEXT_LINE, LOGFMT_LINE].join("\n")}\n`,
    );
  });

  test("into a place where nothing can be written is one clear error", async () => {
    const file = join(folder, "a-file");
    await writeFile(file, "");
    const process = await lab.tail(["pod/talker", "--save", join(file, "below")]);
    expect(process.code).toBe(2);
    expect(process.stderr).toContain(join(file, "below"));
    expect(process.stderr).toContain("--save");
    expect(process.stderr).not.toMatch(/^\s+at /m);
  });
});

describe("colours", () => {
  const SGR = "\u001b[";
  /** The codes in front of a name, over all lines that begin with a pod's name. */
  function colourOf(lines: readonly string[], pod: RegExp): Set<string> {
    const found = new Set<string>();
    for (const line of lines) {
      const match = /^((?:\u001b\[[\d;]*m)+)([^\u001b ]+)/.exec(line);
      if (match !== null && pod.test(match[2]!)) found.add(match[1]!);
    }
    return found;
  }

  test("are not in a pipe, unless they are asked for", async () => {
    expect((await talker()).join("")).not.toContain(SGR);
    expect((await talker("--color", "always")).join("")).toContain(SGR);
    const forced = await lab.tail(["pod/talker"], { env: { FORCE_COLOR: "1" } });
    expect(forced.stdout).toContain(SGR);
    const never = await lab.tail(["pod/talker", "--color", "never"], { env: { FORCE_COLOR: "1" } });
    expect(never.stdout).not.toContain(SGR);
    const plain = await lab.tail(["pod/talker", "--color", "always", "--theme", "none"]);
    expect(plain.stdout).not.toContain(SGR);
  });

  test("of two workloads differ", async () => {
    const process = await lab.tail(["deploy/web", "sts/db", "pod/talker", "--color", "always", "--tail", "2"], {
      env: { TERM: "xterm-256color" },
    });
    const web = colourOf(process.lines, /^web-/);
    const db = colourOf(process.lines, /^db-/);
    const talkers = colourOf(process.lines, /^talker/);
    for (const colours of [web, db, talkers]) expect(colours.size).toBeGreaterThan(0);
    for (const colour of web) expect(db.has(colour) || talkers.has(colour)).toBe(false);
    for (const colour of db) expect(talkers.has(colour)).toBe(false);
  });
});

describe("standard output and standard error", () => {
  test("a reader that has enough ends klog quietly", async () => {
    for (const args of [
      ["web|db"],
      ["web|db", "--no-follow", "--tail", "-1"],
      ["pod/strange", "--no-follow", "--tail", "-1"],
    ]) {
      const process = lab.follow([...args, "--only-log-lines"]);
      process.child.stdout!.once("data", () => process.child.stdout!.destroy());
      expect(await process.exited).toBe(0);
      expect(process.stderr).toBe("");
    }
  });

  test("with a format for programs the pipe gets log lines only: gap marks, cards and notes go beside it", async () => {
    const process = lab.follow(["^short$", "--tail", "-1", "-o", "raw"]);
    await lab.apply(scriptPod("short", { run: "echo only line; sleep 0.5; exit 4" }));
    await process.until("the end of the container", () => /exit code 4/.test(process.stderr + process.stdout));
    expect(process.lines).toEqual(["only line"]);
    expect(process.stderr).toMatch(/=== .*short\/main.*exit code 4/);
  });

  test("--only-log-lines says nothing else, --markers off no cards", async () => {
    const process = await lab.tail(["talker|errors", "--only-log-lines"]);
    expect(process.stderr).toBe("");
    const off = await lab.tail(["talker|errors", "--markers", "off"]);
    expect(off.stderr + off.stdout).not.toContain("===");
  });

  test("Ctrl-C ends a follower with 130 and no noise", async () => {
    const process = lab.follow(["web|db", "--tail", "1"]);
    await process.line(/^db-0 main/);
    expect(await process.interrupt()).toBe(130);
    expect(process.stderr).not.toMatch(/warning|error/i);
  });
});

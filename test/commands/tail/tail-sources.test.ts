import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { startTail } from "../../../src/commands/start-tail.ts";
import { run } from "../../../src/commands/tail.ts";
import { KlogError } from "../../../src/errors.ts";
import { fromMillis } from "../../../src/record/timestamp.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { temporaryDirectory } from "../../store/support/directory.ts";
import { ORIGIN, row, storeRows } from "../../store/support/rows.ts";
import { testIo } from "../../support/command-io.ts";
import { freshHome } from "../search/search-rig.ts";

interface Stored {
  readonly pod: string;
  readonly text: string;
  /** Seconds before now. */
  readonly ago: number;
  readonly namespace?: string;
  readonly container?: string;
  readonly restart?: number;
  readonly stream?: 1 | 2;
}

/** A store with one line each. */
async function storeOf(lines: readonly Stored[]): Promise<string> {
  const directory = temporaryDirectory();
  const writer = await StoreWriter.open(directory, { fsync: "never" });
  store(writer, lines);
  await writer.close();
  return directory;
}

let serial = 0;

function store(writer: StoreWriter, lines: readonly Stored[]): void {
  for (const { pod, text, ago, namespace = "shop", container = "app", restart = 0, stream = 1 } of lines) {
    const origin = { ...ORIGIN, pod, podUid: `uid-${pod}`, namespace, container, restart, labels: { app: pod } };
    const time = fromMillis(Date.now() - ago * 1000);
    serial++;
    const rows = [row(text, { ...time, offset: serial, checksum: serial, stream })];
    writer.append(storeRows({ id: serial.toString(16).padStart(16, "0"), epoch: 0, origin }, rows));
  }
}

const SHOP: readonly Stored[] = [
  { pod: "web-6d8f7c9b54-k2x9p", text: "web old", ago: 7200 },
  { pod: "web-6d8f7c9b54-k2x9p", text: "web one", ago: 30, container: "proxy" },
  { pod: "web-6d8f7c9b54-k2x9p", text: "web two", ago: 20 },
  { pod: "postgres-0", text: "db one", ago: 25, namespace: "data" },
  { pod: "agent-x2k9p", text: "agent one", ago: 15 },
  { pod: "long-gone", text: "gone", ago: 90_000 },
];

async function tail(words: readonly string[], signal = new AbortController().signal) {
  const io = { ...testIo({ ...freshHome(), KUBECONFIG: "/nowhere/config" }), signal };
  const code = await startTail(words, io, async () => run).catch((error: unknown) => {
    if (!(error instanceof KlogError)) throw error;
    io.stderr.write(`klog: ${error.message}\n  ${error.hint}\n`);
    return 2;
  });
  return { code, lines: io.printed().split("\n").slice(0, -1), told: io.told() };
}

const RAW = ["--no-follow", "-o", "raw"];

describe("klog tail --source store", () => {
  test("needs no cluster, and gives what was said lately, in order", async () => {
    const directory = await storeOf(SHOP);
    const { code, lines } = await tail([".", "--source", `store:${directory}`, ...RAW]);
    expect(lines).toEqual(["web old", "web one", "db one", "web two", "agent one"]);
    expect(code).toBe(0);
  });

  test("begins with the last lines of each container over all of its instances, or as --tail and --since say", async () => {
    const of = (pod: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ pod, text: `${pod} ${i}`, ago: 400 - i, restart: i >> 2 }));
    const directory = await storeOf([...of("a", 15), ...of("b", 3)]);
    const source = ["--source", `store:${directory}`];
    const usual = await tail([".", ...source, ...RAW]);
    expect(usual.lines).toHaveLength(13);
    expect(usual.lines.filter((line) => line.startsWith("a"))[0]).toBe("a 5");
    expect(usual.told).toContain("the last 10 lines of each container");
    expect((await tail([".", ...source, ...RAW, "--tail", "2"])).lines.toSorted()).toEqual([
      "a 13",
      "a 14",
      "b 1",
      "b 2",
    ]);
    expect((await tail([".", ...source, ...RAW, "--tail=-1"])).lines).toHaveLength(18);
    expect((await tail([".", ...source, ...RAW, "--since", "390s"])).lines).toHaveLength(4);
    expect((await tail(["a", ...source, ...RAW, "--since", "1h", "--head", "2"])).lines).toEqual(["a 0", "a 1"]);
  });

  test.each([
    [["web"], ["web old", "web one", "web two"]],
    [["deploy/web"], ["web old", "web one", "web two"]],
    [["deploy/web/proxy"], ["web one"]],
    [["data:"], ["db one"]],
    [["data:web"], []],
    [["sts/postgres"], ["db one"]],
    [
      ["ds/agent", "data:post"],
      ["db one", "agent one"],
    ],
    [["deploy/agent"], []],
    [["pod/postgres-0"], ["db one"]],
    [["node/node-1", "-n", "data"], ["db one"]],
    [[".", "-n", "shop", "-c", "proxy"], ["web one"]],
    [[".", "-E", "^app$"], ["web one"]],
    [[".", "-l", "app=postgres-0"], ["db one"]],
    [
      [".", "--exclude-pod", "^web"],
      ["db one", "agent one"],
    ],
    [
      [".", "-i", "one", "-e", "web"],
      ["db one", "agent one"],
    ],
    [
      [".", "-q", "pod:web*", "--since", "1h"],
      ["web one", "web two"],
    ],
  ])("%j selects by what the records say", async (words, expected) => {
    const { lines, code } = await tail([...words, "--source", `store:${await storeOf(SHOP)}`, ...RAW]);
    expect(lines).toEqual(expected);
    expect(code).toBe(expected.length === 0 ? 1 : 0);
  });

  test("names, formats and --stats are those of tail", async () => {
    const source = ["--source", `store:${await storeOf(SHOP)}`];
    const { lines, told } = await tail(["sts/postgres", ...source, "--no-follow", "--stats"]);
    expect(lines).toEqual(["data postgres-0 app db one"]);
    expect(told).toContain("+ data postgres-0 › app");
    expect(told).toMatch(/klog: shown +1\n/);
    const json = await tail(["sts/postgres", ...source, "--no-follow", "-o", "jsonl"]);
    expect(JSON.parse(json.lines[0]!)).toMatchObject({
      message: "db one",
      k8s_pod: "postgres-0",
      source: [expect.stringMatching(/^klog-store-/)],
    });
  });

  test("goes on with what is stored from now on, each line once", async () => {
    const directory = await storeOf(SHOP);
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    const ended = new AbortController();
    let out = "";
    const io = {
      ...testIo({ ...freshHome(), KUBECONFIG: "/nowhere/config" }),
      signal: ended.signal,
      stdout: new Writable({
        write(chunk, _encoding, done) {
          out += chunk;
          if (out.includes("agent one") && !out.includes("new")) {
            store(writer, [{ pod: "web-6d8f7c9b54-k2x9p", text: "new 1", ago: 0 }]);
            void writer.flush();
          }
          if (out.includes("new 1")) ended.abort();
          done();
        },
      }),
    };
    const code = await startTail(
      [".", "--source", `store:${directory}`, "-o", "raw", "--tail", "1"],
      io,
      async () => run,
    );
    await writer.close();
    expect(code).toBe(130);
    expect(
      out
        .split("\n")
        .filter((line) => line !== "")
        .toSorted(),
    ).toEqual(["agent one", "db one", "new 1", "web one", "web two"]);
  });

  test("--wait-for ends it", async () => {
    const source = ["--source", `store:${await storeOf(SHOP)}`];
    expect((await tail([".", ...source, "-o", "raw", "--wait-for", "two"])).code).toBe(0);
    const late = await tail([".", ...source, "-o", "raw", "--wait-for", "absent", "--timeout", "50ms"]);
    expect(late).toMatchObject({ code: 1 });
  });

  test.each([
    [["--previous"], "--previous cannot be held to"],
    [["--events"], "--events cannot be held to"],
    [["--condition", "ready"], "--condition cannot be held to"],
    [["--no-ephemeral-containers"], "--no-ephemeral-containers cannot be held to"],
    [["svc/web"], "svc/web: records do not say which pods belong to it"],
    [["prod@web"], 'no context "prod"'],
  ])("refuses %j with a way that works", async (words, message) => {
    const { code, told } = await tail([".", ...words, "--source", `store:${await storeOf(SHOP)}`, "--no-follow"]);
    expect(code).toBe(2);
    expect(told).toContain(message);
    expect(told.split("\n")[1]).toMatch(/^ {2}\S/);
  });

  test("says where it looked when there is nothing, and when there is no store", async () => {
    const nothing = await tail(["absent", "--source", `store:${await storeOf(SHOP)}`, "--no-follow"]);
    expect(nothing.code).toBe(1);
    expect(nothing.told).toContain("there is no line for absent");
    const { code, told } = await tail([".", "--source", "store:/nowhere/store", "--no-follow"]);
    expect(code).toBe(2);
    expect(told).toContain("there is no store /nowhere/store");
  });
});

describe("klog tail --source files", () => {
  test("a file without times shows its last lines, and one that is only old does not", async () => {
    const folder = temporaryDirectory();
    const now = new Date().toISOString();
    const old = new Date(Date.now() - 86_400_000).toISOString();
    const plain = Array.from({ length: 15 }, (_, i) => `plain ${i}`);
    writeFileSync(join(folder, "plain.log"), `${plain.join("\n")}\n`);
    writeFileSync(join(folder, "old.log"), `banner\n${old} old\n`);
    writeFileSync(join(folder, "new.log"), `${now} new\n`);
    const { code, lines, told } = await tail([".", "--source", `files:${folder}/*.log`, ...RAW]);
    expect(lines).toEqual([...plain.slice(5), expect.stringContaining("new")]);
    expect(code).toBe(0);
    expect(told).not.toContain("time range");
    const since = await tail([".", "--source", `files:${folder}/*.log`, "--since", "1h", ...RAW]);
    expect(since.lines).toHaveLength(1);
  });

  test("merges with a store, tags the lines, and a selector goes by the file's name", async () => {
    const folder = temporaryDirectory();
    const stamp = (ago: number) => new Date(Date.now() - ago * 1000).toISOString();
    writeFileSync(join(folder, "nginx.log"), `${stamp(28)} GET /\n`);
    appendFileSync(join(folder, "nginx.log"), `${stamp(18)} GET /cart\n`);
    const words = ["--source", `files:${folder}/*.log`, "--source", `store:${await storeOf(SHOP)}`, "--no-follow"];
    const { lines } = await tail([".", ...words, "--since", "1h"]);
    expect(lines.map((line) => line.split(" ")[0]!.slice(0, 6))).toHaveLength(6);
    expect(lines.filter((line) => line.includes("GET"))).toHaveLength(2);
    expect(lines.every((line) => line.startsWith("["))).toBe(true);
    expect((await tail(["nginx", ...words])).lines).toHaveLength(2);
  });
});

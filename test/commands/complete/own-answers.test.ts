import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { liveCandidates } from "../../../src/commands/complete/live.ts";
import { type OwnKnowledge, ownAnswer } from "../../../src/commands/complete/own-answers.ts";
import { completeWords } from "../../../src/commands/complete/request.ts";
import type { Seen } from "../../../src/commands/complete/seen-in-stores.ts";
import { namesOf, storeOrigins } from "../../../src/commands/complete/store-names.ts";
import { parseConfig } from "../../../src/config/config-document.ts";
import { rememberQuery } from "../../../src/config/query-history.ts";
import { saveQuery } from "../../../src/config/saved-queries.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { generation, ORIGIN, row, storeRows } from "../../store/support/rows.ts";
import { testFolder } from "../../support/command-io.ts";

const CONFIG = `profiles: {base: {since: 1h}, prod: {extends: base}}
sources: {nginx: {files: /x}, live: {pods: }}
queries: {errors: 'level:error'}
`;

async function knowledge(): Promise<OwnKnowledge> {
  const { document } = await parseConfig(CONFIG, "c.yaml", "klog");
  return {
    place: { env: { XDG_STATE_HOME: testFolder() }, home: "/nowhere", platform: "linux" },
    config: { path: "c.yaml", writtenFor: "klog", ...document },
    seen: SEEN,
  };
}

const NAMES: Readonly<Record<string, readonly string[]>> = { ns: ["shop", "pay"], pod: ["web-1"] };

const SEEN: Seen = {
  names: (field) => NAMES[field] ?? [],
  originFields: () => ["labels.app"],
  lineFields: async () => [
    { name: "status", values: ["200", "404"] },
    { name: "user name", values: ["Ann Lee"] },
    { name: "trace", values: [] },
  ],
};

describe("what klog itself knows", () => {
  test("profiles, sources and saved queries are offered with what they are", async () => {
    const known = await knowledge();
    await saveQuery("slow", "took:>9", known.place, 1);
    expect(await ownAnswer({ what: "profiles" }, known)).toEqual([
      { value: "base" },
      { value: "prod", description: "extends base" },
    ]);
    expect(await ownAnswer({ what: "sources" }, known)).toEqual([
      { value: "nginx", description: "files" },
      { value: "live", description: "pods" },
    ]);
    expect(await ownAnswer({ what: "saved-queries" }, known)).toEqual([
      { value: "errors", description: "level:error" },
      { value: "slow", description: "took:>9" },
    ]);
  });

  test("a query is completed with fields, levels and names that the store has", async () => {
    const known = await knowledge();
    const values = async (of: string) => (await ownAnswer({ what: "query", of }, known)).map(({ value }) => value);
    await rememberQuery({ at: 1, query: "old", hits: 1 }, known.place);
    await rememberQuery({ at: 2, query: "new", hits: 1 }, known.place);
    expect((await values("")).slice(0, 2)).toEqual(["new", "old"]);
    expect(await values("lev")).toContainEqual(expect.stringMatching(/^level:?$/));
    expect(await values("ns:s")).toEqual(["ns:shop"]);
    expect(await values("timeout ns:shop pod:")).toContain("timeout ns:shop pod:web-1");
    expect(await values("level:wa")).toContain("level:warn");
    expect((await values("x | to")).some((value) => value.startsWith("x | top"))).toBe(true);
  });

  test("fields that lines have are offered with examples, and then with their values", async () => {
    const known = await knowledge();
    const answers = (of: string) => ownAnswer({ what: "query", of }, known);
    expect(await answers("sta")).toEqual([{ value: "status:", description: "200, 404", open: true }]);
    expect(await answers("tra")).toEqual([{ value: "trace:", open: true }]);
    expect(await answers("level:error status:")).toContainEqual({ value: "level:error status:404", open: false });
    expect(await answers("attrs.status:2")).toContainEqual({ value: "attrs.status:200", open: false });
    expect(await answers("x | top 5 by sta")).toContainEqual({
      value: "x | top 5 by status",
      description: "200, 404",
      open: true,
    });
    expect((await answers("lab")).map(({ value }) => value)).toEqual(["labels.app:"]);
    expect((await answers('"user name":')).map(({ value }) => value)).toContain('"user name":"Ann Lee"');
  });

  test("no line is looked at for what klog knows of every record", async () => {
    const known = await knowledge();
    const lineFields = () => Promise.reject(new Error("asked"));
    const values = (of: string) => ownAnswer({ what: "query", of }, { ...known, seen: { ...SEEN, lineFields } });
    expect((await values("ns:")).map(({ value }) => value)).toEqual(["ns:shop", "ns:pay"]);
    expect((await values("level:f")).map(({ value }) => value)).toEqual(["level:fatal"]);
    await expect(values("sta")).rejects.toThrow("asked");
  });

  test("names of fields alone are offered where a list of them is asked for", async () => {
    const known = await knowledge();
    expect(await ownAnswer({ what: "fields", of: "sta" }, known)).toEqual([
      { value: "status", description: "200, 404" },
    ]);
    expect((await ownAnswer({ what: "fields", of: "" }, known)).map(({ value }) => value)).toContain("level");
  });
});

describe("names in the store", () => {
  async function stored(): Promise<string> {
    const directory = join(testFolder(), "store");
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    writer.append(storeRows(generation(1), [row("one")]));
    await writer.close();
    const again = await StoreWriter.open(directory, { fsync: "never" });
    again.append(storeRows({ id: "7".repeat(16), epoch: 0, origin: { ...ORIGIN, namespace: "pay" } }, [row("two")]));
    await again.flush();
    return directory;
  }

  test("are those of its newest segments and of what is being written", async () => {
    const directory = await stored();
    const origins = storeOrigins([directory]);
    expect(namesOf(origins, "ns")).toEqual(["pay", "shop"]);
    expect(namesOf(origins, "pod")).toEqual(["web-0", "web-1"]);
    expect(namesOf(origins, "container")).toEqual(["app"]);
    expect(namesOf(origins, "node")).toEqual(["node-1"]);
    expect(namesOf(origins, "status")).toEqual([]);
    expect(storeOrigins([join(directory, "gone")])).toEqual([]);
  });

  test("are offered to klog search beside the cluster's, also where there is none", async () => {
    const directory = await stored();
    const env = { KLOG_STORE: directory, XDG_CONFIG_HOME: testFolder(), XDG_CACHE_HOME: testFolder() };
    const offered = async (...words: string[]) =>
      (await liveCandidates(completeWords(words), env)).map(({ value }) => value);
    expect(await offered("search", "--kubeconfig", "/gone", "-n", "")).toEqual(["pay", "shop"]);
    expect(await offered("search", "ns:p")).toEqual(["ns:pay"]);
    expect(await offered("tail", "--kubeconfig", "/gone", "-n", "")).toEqual([]);
    expect(await offered("search", "--source", "files:/x", "ns:p")).toEqual([]);
    expect(await offered("search", "--source", `store:${directory}`, "ns:p")).toEqual(["ns:pay"]);
  });

  test("fields of its lines are offered, and remembered for a while", async () => {
    const directory = join(testFolder(), "store");
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    writer.append(storeRows(generation(1), [row('{"status":502,"method":"GET"}', { offset: 0 })]));
    await writer.close();
    const env = { KLOG_STORE: directory, XDG_CONFIG_HOME: testFolder(), XDG_CACHE_HOME: testFolder() };
    const offered = async (...words: string[]) =>
      (await liveCandidates(completeWords(words), env)).map(({ value }) => value);
    expect(await offered("search", "sta")).toEqual(["status:"]);
    expect(await offered("search", "status:")).toContain("status:502");
    expect(await offered("search", "--top", "level,me")).toEqual(["level,message", "level,method"]);
    expect(await offered("tail", "-q", "met")).toEqual(["method:"]);
    rmSync(directory, { recursive: true });
    expect(await offered("search", "sta")).toEqual(["status:"]);
  });
});

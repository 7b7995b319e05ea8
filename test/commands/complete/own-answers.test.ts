import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { liveCandidates } from "../../../src/commands/complete/live.ts";
import { type OwnKnowledge, ownAnswer } from "../../../src/commands/complete/own-answers.ts";
import { completeWords } from "../../../src/commands/complete/request.ts";
import { storeNames } from "../../../src/commands/complete/store-names.ts";
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
    storeNames: () => ({ namespaces: ["shop", "pay"], pods: ["web-1"], containers: ["app"], nodes: [] }),
  };
}

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
    expect(storeNames(directory)).toEqual({
      namespaces: ["pay", "shop"],
      pods: ["web-0", "web-1"],
      containers: ["app"],
      nodes: ["node-1"],
    });
    expect(storeNames(join(directory, "gone"))).toMatchObject({ namespaces: [] });
  });

  test("are offered to klog search beside the cluster's, also where there is none", async () => {
    const directory = await stored();
    const env = { KLOG_STORE: directory, XDG_CONFIG_HOME: testFolder(), XDG_CACHE_HOME: testFolder() };
    const offered = async (...words: string[]) =>
      (await liveCandidates(completeWords(words), env)).map(({ value }) => value);
    expect(await offered("search", "--kubeconfig", "/gone", "-n", "")).toEqual(["pay", "shop"]);
    expect(await offered("search", "ns:p")).toEqual(["ns:pay"]);
    expect(await offered("tail", "--kubeconfig", "/gone", "-n", "")).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { startTail } from "../../../src/commands/start-tail.ts";
import { run } from "../../../src/commands/tail.ts";
import { fromMillis, type Timestamp, toRfc3339Nano } from "../../../src/record/timestamp.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { temporaryDirectory } from "../../store/support/directory.ts";
import { ORIGIN, row, storeRows } from "../../store/support/rows.ts";
import { testIo } from "../../support/command-io.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { freshHome } from "../search/search-rig.ts";

const POD = {
  metadata: { name: "web-1", namespace: "shop", uid: "uid-1", labels: { app: "web" } },
  spec: { nodeName: "node-1", containers: [{ name: "app" }] },
  status: {
    phase: "Running",
    containerStatuses: [
      {
        name: "app",
        containerID: "containerd://c0",
        restartCount: 0,
        state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
      },
    ],
  },
};

interface Line extends Timestamp {
  readonly text: string;
}

/** Lines a minute apart, up to now. */
function linesUpToNow(count: number): Line[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) => ({ ...fromMillis(now - (count - i) * 60_000), text: `line ${i}` }));
}

/** One pod whose kubelet has these lines of its log. */
function serverOf(lines: readonly Line[]): Promise<ScriptedServer> {
  return startScriptedServer(({ path, query }, reply) => {
    if (path.endsWith("/log")) {
      const seconds = query.get("sinceSeconds");
      const time = query.get("sinceTime");
      const from = seconds === null ? Date.parse(time ?? "1970-01-01") : Date.now() - Number(seconds) * 1000;
      const given = lines.filter((line) => line.sec * 1000 + line.nsec / 1e6 >= from);
      reply.write(given.map((line) => `${toRfc3339Nano(line)} ${line.text}\n`).join(""));
      reply.end();
    } else if (path === "/api/v1/namespaces/shop/pods") {
      reply.json(200, { kind: "PodList", metadata: { resourceVersion: "1" }, items: [POD] });
    } else if (path.endsWith("/pods/web-1")) reply.json(200, POD);
    else reply.json(404, { kind: "Status", status: "Failure", reason: "NotFound", code: 404 });
  });
}

async function storeOf(lines: readonly Line[]): Promise<string> {
  const directory = temporaryDirectory();
  const writer = await StoreWriter.open(directory, { fsync: "never" });
  const origin = { ...ORIGIN, namespace: "shop", pod: "web-1", podUid: "uid-1", container: "app", restart: 0 };
  const rows = lines.map(({ sec, nsec, text }, i) => row(text, { sec, nsec, offset: i, checksum: i }));
  writer.append(storeRows({ id: "0".repeat(16), epoch: 0, origin }, rows));
  await writer.close();
  return directory;
}

async function tail(lines: readonly Line[], words: readonly string[], env: Record<string, string> = {}) {
  const server = await serverOf(lines);
  const io = testIo({ ...freshHome(), KLOG_STORE: "/nowhere/store", ...env });
  try {
    const connection = ["--kubeconfig", server.kubeconfig(), "-n", "shop", "--no-follow"];
    const code = await startTail(["web", ...connection, ...words], io, async () => run);
    return { code, lines: io.printed().split("\n").slice(0, -1), told: io.told(), requests: server.requests.length };
  } finally {
    await server.close();
  }
}

describe("klog tail with an agent's store on the machine", () => {
  test("--since goes on where the kubelet's file begins, and marks what is from the store", async () => {
    const all = linesUpToNow(20);
    const store = await storeOf(all);
    const { lines, told, code } = await tail(all.slice(12), ["--since", "15m30s", "--stats"], { KLOG_STORE: store });
    expect(code).toBe(0);
    expect(lines).toEqual(all.slice(5).map(({ text }, i) => `${i < 7 ? "[store] " : ""}web-1 app ${text}`));
    expect(told).toMatch(/klog: from the store +7 lines; 0 gaps filled\n/);
  });

  test("--history names another store, or none", async () => {
    const all = linesUpToNow(20);
    const store = await storeOf(all);
    const since = ["--since", "15m30s", "-o", "raw"];
    expect((await tail(all.slice(12), [...since, "--history", `store:${store}`])).lines).toHaveLength(15);
    expect((await tail(all.slice(12), [...since, "--history", "off"], { KLOG_STORE: store })).lines).toHaveLength(8);
    await expect(tail(all, ["--history", "kafka"])).rejects.toThrow('"kafka" is no history');
  });

  test("filters hold for the store's lines too", async () => {
    const all = linesUpToNow(20);
    const words = ["--since", "15m30s", "-o", "raw", "-i", "[579]$"];
    const { lines } = await tail(all.slice(12), words, { KLOG_STORE: await storeOf(all) });
    expect(lines).toEqual(["line 5", "line 7", "line 9", "line 15", "line 17", "line 19"]);
  });

  test("a store that is not there is said once, where somebody named it", async () => {
    const all = linesUpToNow(20);
    const named = await tail(all.slice(12), ["--since", "15m30s", "--history", "store:/nowhere/else"]);
    expect(named.lines).toHaveLength(8);
    expect(named.told.match(/without history: there is no store \/nowhere\/else/g)).toHaveLength(1);
    expect((await tail(all.slice(12), ["--since", "15m30s"])).told).not.toContain("history");
  });

  test("without lines to be filled in it costs no request", async () => {
    const all = linesUpToNow(20);
    const without = await tail(all, ["--tail", "5"]);
    const beside = await tail(all, ["--tail", "5"], { KLOG_STORE: await storeOf(all) });
    expect(beside.requests).toBe(without.requests);
    expect(beside.lines).toEqual(without.lines);
  });
});

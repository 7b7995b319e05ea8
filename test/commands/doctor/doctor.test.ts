import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { checkAgent } from "../../../src/commands/doctor/agent-checks.ts";
import { checkCluster, clock } from "../../../src/commands/doctor/cluster-checks.ts";
import { checkProgram } from "../../../src/commands/doctor/program-checks.ts";
import { startDoctorCommand } from "../../../src/commands/doctor/start-doctor-command.ts";
import { checkTerminal } from "../../../src/commands/doctor/terminal-checks.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { scriptedServer } from "../../clients/kubernetes/scripted-client.ts";
import { agentStatus, NOW } from "../../collector/operation/statuses.ts";
import { generation, row, storeRows } from "../../store/support/rows.ts";
import { testFolder, testIo } from "../../support/command-io.ts";
import type { Script } from "../../support/scripted-server.ts";

interface Review {
  readonly spec: { readonly resourceAttributes: Record<string, string | undefined> };
}

/** A server that says no to what `refuses` is true of. */
function reviewing(refuses: (attributes: Record<string, string | undefined>) => boolean, date = new Date()): Script {
  return ({ path, method, body }, reply) => {
    if (path === "/version") return reply.json(200, { gitVersion: "v1.34.2" }, { date: date.toUTCString() });
    if (method !== "POST") return reply.json(404, {});
    const { resourceAttributes } = (JSON.parse(body) as Review).spec;
    reply.json(201, { status: { allowed: !refuses(resourceAttributes) } });
  };
}

const facts = (kubeconfig: string, namespaces: string[] = []) => ({
  connection: { kubeconfig },
  context: undefined,
  namespaces,
  timeoutMs: 2000,
  now: Date.now,
  signal: new AbortController().signal,
});

describe("the cluster", () => {
  test("that allows everything is well, with its version", async () => {
    const server = await scriptedServer(reviewing(() => false));
    const findings = await checkCluster(facts(server.kubeconfig({ context: { namespace: "shop" } })));
    expect(findings.every(({ verdict }) => verdict === "ok")).toBe(true);
    expect(findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["kubeconfig", "server", "clock", "find pods", "read logs", "events"]),
    );
    expect(findings.find(({ what }) => what === "server")?.detail).toContain("v1.34.2");
    const asked = server.requests.filter(({ method }) => method === "POST");
    expect(asked.map(({ body }) => (JSON.parse(body) as Review).spec.resourceAttributes)).toContainEqual({
      verb: "get",
      group: "",
      resource: "pods",
      subresource: "log",
      namespace: "shop",
    });
  });

  test("a right that is needed fails where it is missing, others are warned of", async () => {
    const script = reviewing(
      ({ resource, subresource, namespace, verb }) =>
        (subresource === "log" && namespace === "b") || (resource === "nodes" && verb === "watch"),
    );
    const server = await scriptedServer(script);
    const findings = await checkCluster(facts(server.kubeconfig(), ["a", "b"]));
    const unwell = findings.filter(({ verdict }) => verdict !== "ok");
    expect(unwell).toMatchObject([
      {
        what: "read logs",
        verdict: "fail",
        detail: expect.stringMatching(/^you may not get pods\/log in namespace b: /),
      },
      { what: "nodes", verdict: "warn", detail: expect.stringMatching(/^you may not watch nodes: node\/NAME/) },
    ]);
    expect(unwell[0]?.advice).toContain("Role");
  });

  test("a server that cannot be reached, refuses the token or hangs is one finding, and ends the checks there", async () => {
    const refusing = await scriptedServer((_, reply) => reply.json(401, { kind: "Status", message: "Unauthorized" }));
    const hanging = await scriptedServer((_, reply) => reply.stall());
    for (const [server, message] of [
      [refusing, /did not accept the credentials/],
      [hanging, /did not answer within 0\.05 s/],
    ] as const) {
      const findings = await checkCluster({ ...facts(server.kubeconfig()), timeoutMs: server === hanging ? 50 : 2000 });
      expect(findings).toMatchObject([
        { what: "kubeconfig", verdict: "ok" },
        { what: "server", verdict: "fail", detail: expect.stringMatching(message) },
      ]);
    }
  });

  test("a server that answers no reviews is warned of", async () => {
    const server = await scriptedServer(({ path }, reply) =>
      path === "/version" ? reply.json(200, {}) : reply.json(403, { kind: "Status", message: "no" }),
    );
    expect((await checkCluster(facts(server.kubeconfig()))).at(-1)).toMatchObject({ what: "rights", verdict: "warn" });
  });

  test("a kubeconfig that is broken fails with where and what", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "kc"), "contexts: [\n");
    expect(await checkCluster(facts(join(folder, "kc")))).toMatchObject([
      { what: "kubeconfig", verdict: "fail", detail: expect.stringContaining("is not valid YAML") },
    ]);
  });

  test.each([
    [0, "ok"],
    [4, "ok"],
    [-20, "warn"],
    [20, "warn"],
    [3600, "fail"],
  ])("a clock that is off by %d s is %s", (seconds, verdict) => {
    const there = Date.UTC(2026, 10, 21);
    const [finding] = clock(new Date(there).toUTCString(), there + seconds * 1000 + 500);
    expect(finding?.verdict).toBe(verdict);
    expect(clock(undefined, 0)).toEqual([]);
  });
});

describe("the agent and its store", () => {
  function agent(status: object | undefined) {
    const folder = testFolder();
    if (status !== undefined) writeFileSync(join(folder, "status.json"), JSON.stringify(status));
    return checkAgent({ stateDirectory: folder, storeDirectory: join(folder, "store"), now: NOW });
  }
  const verdicts = (findings: ReturnType<typeof agent>) => findings.map(({ what, verdict }) => `${what} ${verdict}`);

  test("an agent that runs is well; one that hangs, was killed or is blocked is not", () => {
    expect(verdicts(agent(agentStatus()))).toEqual(["agent ok", "store ok"]);
    const status = agentStatus();
    const old = { ...status, agent: { ...status.agent, writtenAt: NOW - 60_000 } };
    expect(verdicts(agent(old))).toEqual(["agent fail", "store ok"]);
    const killed = {
      ...status,
      agent: { ...status.agent, pid: 2 ** 30, pidNamespace: undefined, writtenAt: NOW - 9e9 },
    };
    expect(agent(killed)[0]).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("ended without a drain"),
    });
    const [pipeline] = status.pipelines;
    const sinks = [{ ...pipeline!.sinks[0]!, state: "blocked", reason: "the disk is full" }];
    expect(agent({ ...status, pipelines: [{ ...pipeline!, sinks }] })[1]).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("the disk is full"),
    });
  });

  test("no agent and no store are no mistake, a broken status is", () => {
    expect(verdicts(agent(undefined))).toEqual(["agent ok", "store ok"]);
    expect(verdicts(agent({ format: 0 }))).toEqual(["agent warn", "store ok"]);
  });

  test("a store tells its records, a damaged one which file", async () => {
    const folder = testFolder();
    const directory = join(folder, "store");
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    writer.append(storeRows(generation(1), [row("one"), row("two")]));
    await writer.close();
    const check = () => checkAgent({ stateDirectory: folder, storeDirectory: directory, now: NOW });
    expect(check().find(({ what }) => what === "store")).toMatchObject({
      verdict: "ok",
      detail: expect.stringMatching(/: 2 records, newest .* ago$/),
    });
    const index = readdirSync(directory).find((name) => name.endsWith(".kidx"))!;
    truncateSync(join(directory, index), 0);
    writeFileSync(join(directory, index), "x".repeat(64));
    expect(check().find(({ verdict }) => verdict === "fail")).toMatchObject({
      what: "store",
      detail: expect.stringContaining(index),
      advice: expect.stringContaining("klog store verify"),
    });
  });

  test("a store whose first block is still open is not empty", async () => {
    const folder = testFolder();
    const directory = join(folder, "store");
    const check = () => checkAgent({ stateDirectory: folder, storeDirectory: directory, now: NOW });
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    expect(check().find(({ what }) => what === "store")).toMatchObject({ detail: `${directory} is empty` });
    writer.append(storeRows(generation(1), [row("one"), row("two")]));
    await vi.waitFor(() =>
      expect(check().find(({ what }) => what === "store")).toMatchObject({
        detail: expect.stringMatching(/: 2 records, newest .* ago$/),
      }),
    );
    await writer.close();
  });

  test("a store that is a file is said", () => {
    const folder = testFolder();
    writeFileSync(join(folder, "store"), "");
    const [, store] = checkAgent({ stateDirectory: folder, storeDirectory: join(folder, "store"), now: NOW });
    expect(store).toMatchObject({ what: "store", verdict: "fail" });
  });
});

describe("the terminal", () => {
  const terminal = (more: object) =>
    checkTerminal({
      env: { TERM: "xterm-256color", LANG: "C.UTF-8" },
      platform: "linux",
      isTerminal: true,
      columns: 120,
      rows: 40,
      detected: 2,
      ...more,
    }).filter(({ verdict }) => verdict !== "ok");

  test("a good one is well, and a pipe needs none of it", () => {
    expect(terminal({})).toEqual([]);
    expect(terminal({ isTerminal: false, env: { LANG: "C.UTF-8" } })).toEqual([]);
  });

  test.each([
    [{ columns: 40 }, "size", /40 × 40/],
    [{ env: { TERM: "dumb", LANG: "C.UTF-8" }, detected: 2 }, "TERM", /dumb/],
    [{ env: { TERM: "xterm", LANG: "C.UTF-8", NO_COLOR: "1" } }, "colours", /NO_COLOR/],
    [{ env: { TERM: "xterm", LC_ALL: "C", LANG: "C.UTF-8" } }, "letters", /LC_ALL=C is not UTF-8/],
    [{ env: { TERM: "xterm" } }, "letters", /no locale/],
  ])("%j is said", (more, what, detail) => {
    expect(terminal(more)).toMatchObject([{ what, detail: expect.stringMatching(detail), advice: expect.any(String) }]);
  });
});

describe("klog itself", () => {
  test("few open files, slow twins and a missing completion are warned of", () => {
    const home = testFolder();
    const findings = checkProgram({
      env: { KLOG_WASM: "off", SHELL: "/bin/bash" },
      home,
      limits: "Max open files            256                  4096                 files\n",
    });
    expect(findings.filter(({ verdict }) => verdict === "warn").map(({ what }) => what)).toEqual([
      "fast paths",
      "open files",
      "completion",
    ]);
    writeFileSync(join(home, ".bashrc"), "source <(klog completion bash)\n");
    const again = checkProgram({ env: { SHELL: "/bin/bash" }, home, limits: undefined });
    expect(again.find(({ what }) => what === "completion")?.verdict).toBe("ok");
  });
});

describe("klog doctor", () => {
  test("goes through all of it, and a broken config file keeps it from nothing", async () => {
    const server = await scriptedServer(reviewing(() => false));
    const home = testFolder();
    mkdirSync(join(home, "klog"));
    writeFileSync(join(home, "klog", "config.yaml"), "sources: {a: {fils: x}}\n");
    const io = testIo({ XDG_CONFIG_HOME: home, KLOG_STORE: join(home, "store"), LANG: "C.UTF-8" });
    const words = ["--kubeconfig", server.kubeconfig(), "--state-dir", home];
    expect(await startDoctorCommand(words, io)).toBe(3);
    expect(io.printed()).toMatch(/^ {2}fail {2}config file +.*config\.yaml:1: sources\.a\.fils is no kind of source/m);
    expect(io.printed()).toMatch(/^ {2}ok {4}find pods/m);
    expect(io.printed()).toMatch(/\n1 failure, \d+ warnings?\n$/);
  });

  test("its JSON has every finding, and 0 means that nothing fails", async () => {
    const server = await scriptedServer(reviewing(() => false));
    const home = testFolder();
    const io = testIo({ XDG_CONFIG_HOME: home, KLOG_STORE: join(home, "store"), LANG: "C.UTF-8" });
    const words = ["--kubeconfig", server.kubeconfig(), "--state-dir", home, "-o", "json"];
    expect(await startDoctorCommand(words, io)).toBe(0);
    const { well, findings } = JSON.parse(io.printed());
    expect(well).toBe(true);
    expect(new Set(findings.map(({ area }: { area: string }) => area)).size).toBe(5);
  });
});

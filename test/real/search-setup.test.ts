// `klog sources`, `klog doctor` and `klog config view` with a real cluster: right answers for every kind of access, and no secret.
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubeconfigWithServer, waitFor } from "../services/cluster.ts";
import { AgentRig, collecting } from "./support/agent.ts";
import { criLines, podLog } from "./support/agent-logs.ts";
import { deliveredTexts } from "./support/agent-store.ts";
import type { KlogProcess } from "./support/klog.ts";
import { KubeconfigFolder } from "./support/kubeconfig.ts";
import { Lab } from "./support/lab.ts";
import { STAY, scriptPod } from "./support/pods.ts";

let lab: Lab;
let configs: KubeconfigFolder;
let rig: AgentRig;
/** Never to be seen in what klog prints. */
const secrets: string[] = [];

interface Asked {
  readonly kubeconfig: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface SourceRow {
  readonly name: string;
  readonly isReachable: boolean;
  readonly problem?: string;
  readonly records?: number;
  readonly bytes?: number;
  readonly detail: string;
}

interface Finding {
  readonly area: string;
  readonly what: string;
  readonly verdict: "ok" | "warn" | "fail";
  readonly detail: string;
}

beforeAll(async () => {
  lab = await Lab.open("setup");
  configs = await KubeconfigFolder.make(lab.cluster);
  rig = new AgentRig("setup");
  writeFileSync(podLog(rig.pods, "one", { namespace: lab.namespace }), criLines(1, 3));
  await collecting(rig.start());
  await waitFor("three lines in the store", async () => (deliveredTexts(rig.store).length === 3 ? true : undefined));
  await lab.apply(
    scriptPod("one", { run: { main: `echo hello; ${STAY}`, side: STAY } }),
    ...["nobody", "gone"].map((name) => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } })),
  );
  await lab.runs("one");
}, 120_000);

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await configs?.remove();
  await lab?.close();
});

async function good(): Promise<Asked> {
  const context = { cluster: configs.cluster, user: configs.admin, namespace: lab.namespace };
  return { kubeconfig: await configs.config("good", { good: context }) };
}

async function withToken(account: string): Promise<Asked> {
  const token = (await lab.kubectl(["create", "token", account])).trim();
  secrets.push(token);
  const context = { cluster: configs.cluster, user: { token }, namespace: lab.namespace };
  return { kubeconfig: await configs.config(account, { [`as-${account}`]: context }) };
}

/** The token of an account that is no more: the server does not take it, as with one that has expired. */
async function withDeadToken(): Promise<Asked> {
  const asked = await withToken("gone");
  await lab.kubectl(["delete", "serviceaccount", "gone", "--ignore-not-found"]);
  return asked;
}

async function unreachable(): Promise<Asked> {
  return { kubeconfig: await kubeconfigWithServer(lab.cluster.kubeconfig, "https://127.0.0.1:1") };
}

async function klog(words: readonly string[], { kubeconfig, env }: Asked): Promise<KlogProcess> {
  const process = await lab.klog(words, { kubeconfig, env: { KLOG_STORE: rig.store, KLOG_HISTORY: "off", ...env } });
  for (const secret of secrets) expect(process.stdout + process.stderr).not.toContain(secret);
  expect(process.stdout + process.stderr).not.toMatch(/PRIVATE KEY|LS0tLS1CRUdJTiB|^\s+at .*:\d+|node:internal/m);
  return process;
}

async function sources(asked: Asked): Promise<{ code: number | null | undefined; rows: Map<string, SourceRow> }> {
  const { code, stdout } = await klog(["sources", "-o", "json"], asked);
  return { code, rows: new Map((JSON.parse(stdout) as SourceRow[]).map((row) => [row.name, row])) };
}

async function doctor(
  asked: Asked,
): Promise<{ code: number | null | undefined; cluster: Map<string, Finding>; all: Finding[] }> {
  const { code, stdout } = await klog(["doctor", "-o", "json"], asked);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return {
    code,
    cluster: new Map(findings.filter(({ area }) => area === "cluster").map((one) => [one.what, one])),
    all: findings,
  };
}

describe("a context with all rights", () => {
  test("has its pods counted, and the store its records, though no block of it is closed yet", async () => {
    const { code, rows } = await sources(await good());
    expect(rows.get("pods")).toMatchObject({ isReachable: true, detail: "1 namespace, 1 pod, 2 containers" });
    expect(rows.get("store")).toMatchObject({ isReachable: true, records: 3, detail: "1 namespace, 1 pod" });
    expect(rows.get("store")!.bytes).toBeGreaterThan(0);
    expect(code).toBe(0);
    const { lines } = await klog(["sources"], await good());
    expect(lines.find((line) => line.startsWith("pods"))).toMatch(/ ready .* 1 pod, 2 containers$/);
  });

  test("is well", async () => {
    const { code, cluster, all } = await doctor(await good());
    expect([...cluster.values()].filter(({ verdict }) => verdict !== "ok")).toEqual([]);
    expect(cluster.get("server")!.detail).toContain(configs.cluster.server);
    expect(cluster.get("clock")!.detail).toContain("agrees");
    expect(all.find(({ what }) => what === "store")!.detail).toContain("3 records");
    expect(code).toBe(0);
  });
});

describe("an account without any rights", () => {
  test("is told the verbs that it lacks", async () => {
    const asked = await withToken("nobody");
    const { code, rows } = await sources(asked);
    expect(rows.get("pods")).toMatchObject({
      isReachable: false,
      problem: expect.stringContaining(`you may not list pods in namespace "${lab.namespace}"`),
    });
    expect(rows.get("store")).toMatchObject({ isReachable: true });
    expect(code).toBe(3);
    const found = await doctor(asked);
    expect(found.cluster.get("find pods")).toMatchObject({ verdict: "fail", detail: expect.stringContaining("list") });
    expect(found.cluster.get("read logs")).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("pods/log"),
    });
    expect(found.cluster.get("all namespaces")).toMatchObject({ verdict: "warn" });
    expect(found.code).toBe(3);
  });
});

describe("a token that is not taken any more", () => {
  test("is said, with the server's address and without the token", async () => {
    const asked = await withDeadToken();
    const { code, rows } = await sources(asked);
    expect(rows.get("pods")!.problem).toContain("did not accept the credentials");
    expect(code).toBe(3);
    const found = await doctor(asked);
    expect(found.cluster.get("server")).toMatchObject({ verdict: "fail" });
    expect(found.cluster.get("server")!.detail).toContain(`${configs.cluster.server} did not accept the credentials`);
    expect(found.cluster.has("find pods")).toBe(false);
    expect(found.code).toBe(3);
  });
});

describe("a server that is not there", () => {
  test("is said once, and the rest is looked at all the same", async () => {
    const asked = await unreachable();
    const { code, rows } = await sources(asked);
    expect(rows.get("pods")!.problem).toContain("https://127.0.0.1:1 refused the connection");
    expect(rows.get("store")).toMatchObject({ isReachable: true, records: 3 });
    expect(code).toBe(3);
    const found = await doctor(asked);
    expect([...found.cluster.keys()]).toEqual(["kubeconfig", "server"]);
    expect(found.all.find(({ what }) => what === "store")).toMatchObject({ verdict: "ok" });
    expect(found.code).toBe(3);
  });

  test("a kubeconfig that is broken is said with its path", async () => {
    const kubeconfig = await configs.file("broken", "clusters: [unclosed");
    const found = await doctor({ kubeconfig });
    expect(found.cluster.get("kubeconfig")).toMatchObject({ verdict: "fail" });
    expect(found.cluster.get("kubeconfig")!.detail).toContain(kubeconfig);
    const { code, stderr } = await klog(["search", "x", "--since", "0"], { kubeconfig });
    expect(code).toBe(3);
    expect(stderr).toContain(kubeconfig);
  });
});

describe("the config file", () => {
  test("names what is searched, and its view shows whence each setting comes, and no secret", async () => {
    const { kubeconfig } = await good();
    secrets.push("tok-5f3a-secret");
    const file = await configs.file(
      "klog.yaml",
      [
        "token: tok-5f3a-secret",
        "timestamps: short",
        "sources:",
        `  history: { store: ${rig.store} }`,
        `  shop: { pods: { namespace: ${lab.namespace} } }`,
      ].join("\n"),
    );
    const env = { KLOG_CONFIG: file };
    const view = await klog(["config", "view"], { kubeconfig, env });
    expect(view.code, view.stderr).toBe(0);
    expect(view.stdout).toContain("timestamps: short");
    expect(view.stdout).toMatch(/^token: .*\*\*\*/m);
    // --token of the file would be taken in place of the certificate.
    const { rows } = await sources({ kubeconfig, env: { ...env, KLOG_TOKEN: "" } });
    expect([...rows.keys()].toSorted()).toEqual(["history", "shop"]);
    expect(rows.get("history")).toMatchObject({ isReachable: true, records: 3 });
    expect(rows.get("shop")!.problem ?? "").toMatch(/did not accept the credentials|^$/);
  });
});

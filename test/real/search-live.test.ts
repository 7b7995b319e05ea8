// klog search while pods write, and with a cluster that refuses, stalls or is not there: what can be read is read, in time.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { kubeconfigWithServer, manifest, serverPort } from "../services/cluster.ts";
import { startTcpProxy, type TcpProxy } from "../services/tcp-proxy.ts";
import type { KlogProcess } from "./support/klog.ts";
import { KubeconfigFolder } from "./support/kubeconfig.ts";
import { Lab } from "./support/lab.ts";
import { STAY, scriptPod } from "./support/pods.ts";
import { type Found, numbered, SearchLab, texts } from "./support/search-lab.ts";

let lab: SearchLab;
/** A namespace in which the account of the first has no rights. */
let closed: Lab;
let configs: KubeconfigFolder;
let proxy: TcpProxy;

beforeAll(async () => {
  lab = await SearchLab.begin();
  closed = new Lab(lab.cluster, await lab.cluster.namespace("closed"));
  configs = await KubeconfigFolder.make(lab.cluster);
  proxy = await startTcpProxy({ targetPort: await serverPort(lab.cluster.kubeconfig) });
  await lab.apply(
    scriptPod("still", { run: `seq 1 20 | sed 's/^/line /'; ${STAY}` }),
    ...account("reader", [rule(["get", "list", "watch"], "pods"), rule(["get"], "pods/log")]),
    ...account("blind", [rule(["get", "list", "watch"], "pods")]),
  );
  await closed.apply(scriptPod("secret", { run: `echo not for you; ${STAY}` }));
  await lab.runs("still");
  await closed.runs("secret");
  await lab.stored(20);
});

afterEach(async () => {
  proxy.resume();
  await lab.stopAll();
});

afterAll(async () => {
  await proxy?.close();
  await configs?.remove();
  await closed?.close();
  await lab?.end();
});

function rule(verbs: readonly string[], resource: string): object {
  return { apiGroups: [""], resources: [resource], verbs };
}

function account(name: string, rules: readonly object[]): object[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name }, rules },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: lab.namespace }],
    },
  ];
}

/** A kubeconfig with the token of an account. */
async function as(name: string): Promise<{ kubeconfig: string }> {
  const token = (await lab.kubectl(["create", "token", name])).trim();
  const context = { cluster: configs.cluster, user: { token }, namespace: lab.namespace };
  return { kubeconfig: await configs.config(name, { [`as-${name}`]: context }) };
}

async function throughProxy(): Promise<{ kubeconfig: string }> {
  return { kubeconfig: await kubeconfigWithServer(lab.cluster.kubeconfig, `https://127.0.0.1:${proxy.port}`) };
}

function foundSoFar({ lines }: KlogProcess): Found[] {
  return lines.map((line) => JSON.parse(line) as Found);
}

const both = () => [lab.pods, lab.store];

describe("followed", () => {
  test("each line comes once and in order while the kubelet rotates, from both", async () => {
    const LINES = 8000;
    const process = lab.searching(both(), ["-f", "pod:grows", "-o", "jsonl"]);
    await lab.apply(await manifest("numbered.yaml", { name: "grows", env: { RATE: 1000, TOTAL: LINES } }));
    await process.line(new RegExp(`"line ${LINES}"`));
    expect(lab.logFiles(/grows.*\/0\.log\./).length).toBeGreaterThan(0);
    // A copy that came late would be printed by now.
    await lab.stored(20 + LINES);
    await lab.apply(scriptPod("last", { run: `echo the end; ${STAY}` }));
    const end = lab.searching(both(), ["--wait-for", '"the end" pod:last', "-o", "none"]);
    expect(await end.exited).toBe(0);
    expect(await process.interrupt()).toBe(130);
    const found = foundSoFar(process);
    expect(texts(found)).toEqual(numbered(LINES));
    expect(found.filter(({ source }) => source.length === 2).length).toBeGreaterThan(0);
    expect(process.stderr).not.toContain("are missing");
  });

  test("a restart is followed into the next life", async () => {
    const process = lab.searching(both(), ["-f", "pod:again", "-o", "jsonl"]);
    await lab.apply(
      scriptPod("again", { run: "seq 1 30 | sed 's/^/line /'; sleep 1; exit 1", restartPolicy: "Always" }),
    );
    await process.until("two lives", () => foundSoFar(process).filter(({ restart }) => restart === 1).length === 30);
    await lab.kubectl(["delete", "pod", "again", "--force", "--grace-period=0"]);
    await process.interrupt();
    const lives = Map.groupBy(foundSoFar(process), ({ restart }) => restart);
    for (const life of [0, 1]) expect(texts(lives.get(life)!), `life ${life}`).toEqual(numbered(30));
  });

  test("goes on with the store while the cluster says nothing any more, and repeats nothing when it is back", async () => {
    const process = lab.searching(
      both(),
      ["-f", "pod:ticks", "-o", "jsonl", "--source-timeout", "2s"],
      await throughProxy(),
    );
    await lab.apply(scriptPod("ticks", { run: `i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.1; done` }));
    await process.line(/"line 10"/);
    proxy.stall();
    const last = foundSoFar(process).length;
    await process.until("lines of the store alone", () => {
      const found = foundSoFar(process).slice(last);
      return found.length > 40 && found.at(-1)!.source.join() === "store";
    });
    proxy.resume();
    const stalled = foundSoFar(process).length;
    await process.until("lines of both again", () =>
      foundSoFar(process)
        .slice(stalled)
        .some(({ source }) => source.includes("pods")),
    );
    await process.interrupt();
    const found = foundSoFar(process);
    expect(texts(found)).toEqual(numbered(found.length));
  });
});

describe("--wait-for", () => {
  test("ends with 0 when the line comes, silently with -o none, in search and in tail", async () => {
    const searches = [
      lab.searching(both(), ["--wait-for", '"server started" pod:slow', "--timeout", "60s", "-o", "none"]),
      lab.searching([lab.store], ["--wait-for", '"server started" pod:slow', "--timeout", "60s", "-o", "none"]),
      lab.follow(["pod/slow", "--wait-for", '"server started"', "--timeout", "60s", "-o", "none"]),
    ];
    await lab.apply(scriptPod("slow", { run: `sleep 2; echo server started; ${STAY}` }));
    for (const process of searches) {
      expect(await process.exited, process.stderr).toBe(0);
      expect(process.stdout).toBe("");
    }
  });

  test("ends with 1 when the time is over, and says so", async () => {
    const waits = ["--wait-for", "never-to-come", "--timeout", "1s", "-o", "none"];
    for (const process of [
      await lab.search(both(), waits),
      await lab.klog(["tail", "-n", lab.namespace, ".", ...waits]),
    ]) {
      expect(process.code, process.stderr).toBe(1);
      expect(process.stderr).toContain("never-to-come");
    }
  });
});

describe("an account", () => {
  test("with rights in one namespace gets that one, a word about the other, and 3", async () => {
    const process = await lab.search(
      both(),
      ["-n", closed.namespace, "pod:(still OR secret)", "-o", "jsonl"],
      await as("reader"),
    );
    expect(process.code).toBe(3);
    // The store is not the cluster's to guard: its files' rights do that.
    expect(texts(foundSoFar(process)).toSorted()).toEqual([...numbered(20), "not for you"].toSorted());
    expect(process.stderr).toContain(`you may not list pods in namespace "${closed.namespace}"`);
    const alone = await lab.search(
      [lab.pods],
      ["-n", closed.namespace, "-o", "jsonl", "pod:(still OR secret)"],
      await as("reader"),
    );
    expect(alone.code).toBe(3);
    expect(texts(foundSoFar(alone))).toEqual(numbered(20));
  });

  test("that may not list pods gets 2 from pods alone, and the store's lines with 3 beside it", async () => {
    const words = ["search", "-n", closed.namespace, "--since", "0", "pod:secret"];
    const env = { KLOG_HISTORY: "off" };
    const alone = await lab.klog([...words, "--source", "pods"], { ...(await as("reader")), env });
    expect(alone).toMatchObject({ code: 2, stdout: "" });
    expect(alone.stderr).toContain("you may not list pods");
    const beside = await lab.klog([...words, "--source", "pods", "--source", lab.store], {
      ...(await as("reader")),
      env,
    });
    expect(beside.code).toBe(3);
    expect(beside.stdout).toContain("not for you");
    expect(beside.stderr).toContain("going on without it");
  });

  test("that may not read logs is told so", async () => {
    const process = await lab.search([lab.pods], ["pod:still"], await as("blind"));
    expect(process).toMatchObject({ code: 3, stdout: "" });
    expect(process.stderr).toContain(`you may not get pods/log in namespace "${lab.namespace}"`);
    expect(process.stderr).not.toContain("nothing found");
  });
});

describe("a cluster that", () => {
  test("does not answer holds the store up no longer than --source-timeout", async () => {
    const options = await throughProxy();
    proxy.stall();
    const process = await lab.search(both(), ["pod:still", "--source-timeout", "2s", "-o", "raw"], options);
    expect(process.code).toBe(3);
    expect(process.lines).toEqual(numbered(20));
    expect(process.stderr).toContain("pods gave nothing for 2 s (--source-timeout waits longer); going on without it");
  });

  test("is not there leaves the store, with its address and 3; alone it is 2", async () => {
    const kubeconfig = await kubeconfigWithServer(lab.cluster.kubeconfig, "https://127.0.0.1:1");
    const process = await lab.search(both(), ["pod:still", "-o", "raw"], { kubeconfig });
    expect(process.code).toBe(3);
    expect(process.lines).toEqual(numbered(20));
    expect(process.stderr).toContain("127.0.0.1:1");
    const alone = await lab.search([lab.pods], ["pod:still"], { kubeconfig });
    expect(alone).toMatchObject({ code: 2, stdout: "" });
    expect(alone.stderr).toContain("127.0.0.1:1");
  });
});

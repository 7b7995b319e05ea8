// Each numbered line is shown once or lies inside a gap marker, whatever happens between klog and the container.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type Cluster,
  kubeconfigWithServer,
  manifest,
  serverPort,
  startCluster,
  waitFor,
} from "../services/cluster.ts";
import { startTcpProxy, type TcpProxy } from "../services/tcp-proxy.ts";
import { checkNumbers, KlogProcess } from "./support/klog.ts";

let cluster: Cluster;
let namespace: string;
const running: KlogProcess[] = [];

beforeAll(async () => {
  cluster = await startCluster({ name: "node", logMax: "10Mi" });
  namespace = await cluster.namespace("exact");
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((p) => p.interrupt()));
});

afterAll(async () => {
  await cluster?.kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

function tail(args: readonly string[], kubeconfig = cluster.kubeconfig): KlogProcess {
  const process = new KlogProcess(["tail", "-n", namespace, "--markers", "stdout", ...args], { kubeconfig });
  running.push(process);
  return process;
}

async function numbered(name: string, env: Record<string, string | number> = {}): Promise<void> {
  await cluster.apply(await manifest("numbered.yaml", { name, env }), { namespace });
}

/** Waits until 50 more lines have come, so that what happened lies behind. */
async function goesOn(process: KlogProcess, pod: string): Promise<void> {
  const from = checkNumbers(process.lines, pod).last;
  await process.until(`50 more lines of ${pod}`, () => checkNumbers(process.lines, pod).last >= from + 50, 120_000);
}

describe("a followed pod", () => {
  test("born after klog started is read from its first line", async () => {
    const process = tail(["born-later"]);
    await process.until("klog to say that nothing is there yet", () => /klog: note/.test(process.stderr));
    await numbered("born-later", { RATE: 20 });
    await goesOn(process, "born-later");
    const report = checkNumbers(process.lines, "born-later");
    expect(report.gaps).toBe(0);
    expect(report.shown).toBe(report.last);
  });

  test("loses and doubles nothing when the API server is killed and comes back", async () => {
    await numbered("apiserver", { RATE: 20 });
    const process = tail(["pod/apiserver", "--tail", "-1"]);
    await process.line(/line 20$/);
    await cluster.bounce("kube-apiserver", { downSeconds: 4 });
    await goesOn(process, "apiserver");
    expect(checkNumbers(process.lines, "apiserver")).toMatchObject({ gaps: 0, missing: 0 });
  });

  test("goes on over a kubelet restart, which ends every stream as if it were complete", async () => {
    await numbered("kubelet", { RATE: 20 });
    const process = tail(["pod/kubelet", "--tail", "-1"]);
    await process.line(/line 20$/);
    await cluster.bounce("kubelet", { downSeconds: 3, signal: "TERM" });
    await goesOn(process, "kubelet");
    expect(checkNumbers(process.lines, "kubelet")).toMatchObject({ gaps: 0, missing: 0 });
  });

  test("goes on over cut and frozen connections", async () => {
    await numbered("network", { RATE: 20 });
    const proxy: TcpProxy = await startTcpProxy({ targetPort: await serverPort(cluster.kubeconfig) });
    try {
      const kubeconfig = await kubeconfigWithServer(cluster.kubeconfig, `https://127.0.0.1:${proxy.port}`);
      const process = tail(["pod/network", "--tail", "-1"], kubeconfig);
      await process.line(/line 20$/);
      for (let i = 0; i < 5; i++) {
        proxy.cutAll();
        await new Promise((resolve) => setTimeout(resolve, 150 * i));
      }
      await goesOn(process, "network");
      proxy.stall();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      proxy.cutAll();
      proxy.resume();
      await goesOn(process, "network");
      expect(checkNumbers(process.lines, "network")).toMatchObject({ gaps: 0, missing: 0 });
      await process.interrupt();
    } finally {
      await proxy.close();
    }
  });

  test("that crashes is drained, its end is told, and its next instance is read from the first line", async () => {
    await cluster.apply(
      (await manifest("numbered.yaml", { name: "crashing", env: { RATE: 50, TOTAL: 120, THEN: "crash" } })).replace(
        "restartPolicy: Never",
        "restartPolicy: Always",
      ),
      { namespace },
    );
    const process = tail(["pod/crashing", "--tail", "-1"]);
    await process.until("two restarts", () => process.lines.filter((l) => l.startsWith("===")).length >= 2, 120_000);
    const lives: string[][] = [[]];
    for (const line of process.lines) {
      if (line.startsWith("===")) lives.push([]);
      else lives.at(-1)!.push(line);
    }
    for (const life of lives.slice(0, 2)) {
      expect(checkNumbers(life, "crashing")).toEqual({ last: 120, shown: 120, missing: 0, gaps: 0 });
      expect(life.at(-1)).toContain("produce: crashing as asked");
    }
    expect(process.lines.find((l) => l.startsWith("==="))).toMatch(/exit code 3/);
  });

  test("that is deleted is shown to its last line", async () => {
    await numbered("deleted", { RATE: 20 });
    const process = tail(["pod/deleted", "--tail", "-1"]);
    await process.line(/line 40$/);
    await cluster.kubectl(["delete", "pod", "deleted", "-n", namespace]);
    await process.until("the end of the stream", () => /- \S*deleted/.test(process.stderr));
    expect(checkNumbers(process.lines, "deleted")).toMatchObject({ gaps: 0, missing: 0 });
  });

  test("loses and doubles nothing when it is read over a rotation", async () => {
    await startCluster({ name: "node", logMax: "1Mi" });
    try {
      await cluster.apply(await manifest("rotation.yaml", { name: "rotating", env: { TOTAL: 40_000, RATE: 4000 } }), {
        namespace,
      });
      const process = tail(["pod/rotating", "--tail", "-1"]);
      await process.line(/line 40000 /, 120_000);
      const report = checkNumbers(process.lines, "rotating");
      expect(report.last).toBe(40_000);
      expect(report.shown + report.missing).toBe(40_000);
    } finally {
      await startCluster({ name: "node", logMax: "10Mi" });
    }
  });

  test("has a gap marker where the file was rotated while klog was cut off", async () => {
    await startCluster({ name: "node", logMax: "1Mi" });
    const proxy = await startTcpProxy({ targetPort: await serverPort(cluster.kubeconfig) });
    try {
      await cluster.apply(
        await manifest("rotation.yaml", { name: "away", env: { TOTAL: 60_000, RATE: 4000, DELAY: 8 } }),
        { namespace },
      );
      const kubeconfig = await kubeconfigWithServer(cluster.kubeconfig, `https://127.0.0.1:${proxy.port}`);
      const process = tail(["pod/away", "--tail", "-1"], kubeconfig);
      await process.line(/line 2000 /, 120_000);
      proxy.stall();
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      proxy.cutAll();
      proxy.resume();
      await process.line(/line 60000 /, 120_000);
      const report = checkNumbers(process.lines, "away");
      expect(report.last).toBe(60_000);
      expect(report.gaps).toBeGreaterThan(0);
      expect(report.missing).toBeGreaterThan(0);
      expect(report.shown + report.missing).toBe(60_000);
      await process.interrupt();
    } finally {
      await proxy.close();
      await startCluster({ name: "node", logMax: "10Mi" });
    }
  });
});

describe("a followed deployment", () => {
  test("is followed through a rollout: old pods to their end, new ones from their first line", async () => {
    const deployment = (generation: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: rolling}
spec:
  replicas: 3
  selector: {matchLabels: {app: rolling}}
  template:
    metadata: {labels: {app: rolling}, annotations: {generation: "${generation}"}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {name: main, image: busybox:test, imagePullPolicy: Never, command: [produce], env: [{name: RATE, value: "20"}]}
`;
    await cluster.apply(deployment(1), { namespace });
    await cluster.kubectl(["rollout", "status", "deployment/rolling", "-n", namespace, "--timeout=60s"]);
    const process = tail(["deploy/rolling", "--tail", "-1"]);
    await process.until("three pods", () => new Set(process.lines.map((l) => l.split(" ")[0])).size >= 3);
    await cluster.apply(deployment(2), { namespace });
    await cluster.kubectl(["rollout", "status", "deployment/rolling", "-n", namespace, "--timeout=60s"]);
    await process.until("six pods", () => pods(process).length === 6);
    for (const pod of pods(process).slice(-1)) await goesOn(process, pod);
    for (const pod of pods(process)) expect(checkNumbers(process.lines, pod)).toMatchObject({ gaps: 0, missing: 0 });
  });
});

describe("the watch", () => {
  test("that comes back too late (410) lists anew: pods that went meanwhile end, pods that came are read whole", async () => {
    await numbered("went", { RATE: 10 });
    const proxy = await startTcpProxy({ targetPort: await serverPort(cluster.kubeconfig) });
    try {
      const kubeconfig = await kubeconfigWithServer(cluster.kubeconfig, `https://127.0.0.1:${proxy.port}`);
      const process = tail(["went|came", "--tail", "-1", "--verbosity", "6"], kubeconfig);
      await process.line(/^went main line 10$/);
      proxy.stall();
      await cluster.kubectl(["delete", "pod", "went", "-n", namespace]);
      await numbered("came", { RATE: 10 });
      // A new API server begins its watch cache at the present: what klog saw last is too old for it.
      await cluster.bounce("kube-apiserver", { downSeconds: 1 });
      await waitFor("the API server", () => cluster.kubectl(["get", "--raw", "/readyz"]));
      for (let i = 0; i < 20; i++)
        await cluster.kubectl(["annotate", "pod", "came", "-n", namespace, "--overwrite", `turn=${i}`]);
      proxy.cutAll();
      proxy.resume();
      await process.line(/^came main line 10$/, 120_000);
      await process.until("the end of the deleted pod", () => /- went/.test(process.stderr), 120_000);
      expect(checkNumbers(process.lines, "came")).toMatchObject({ gaps: 0, missing: 0 });
      // The server tells 410 inside a watch that it accepted; the second list shows that it was understood.
      expect(process.stderr.match(/\/pods\?limit=/g)!.length).toBeGreaterThan(1);
      await process.interrupt();
    } finally {
      await proxy.close();
    }
  });

  test("notices pods that came and went while the API server was away", async () => {
    await numbered("before", { RATE: 10 });
    const process = tail(["before|after", "--tail", "-1"]);
    await process.line(/^before main line 10$/);
    await cluster.bounce("kube-apiserver", { downSeconds: 1 });
    await waitFor("the API server", () => cluster.kubectl(["get", "--raw", "/readyz"]));
    await cluster.kubectl(["delete", "pod", "before", "-n", namespace]);
    await numbered("after", { RATE: 10 });
    await process.line(/^after main line 10$/, 120_000);
    await process.until("the end of the deleted pod", () => /- before/.test(process.stderr), 120_000);
    expect(checkNumbers(process.lines, "after")).toMatchObject({ gaps: 0, missing: 0 });
    expect(checkNumbers(process.lines, "before")).toMatchObject({ gaps: 0, missing: 0 });
  });
});

function pods(process: KlogProcess): string[] {
  return [...new Set(process.lines.filter((l) => / line \d+$/.test(l)).map((l) => l.split(" ")[0]!))];
}

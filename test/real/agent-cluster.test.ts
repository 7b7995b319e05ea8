// The logs of a real kubelet, collected while it rotates, compresses and deletes them: every numbered line once in the store.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, manifest, startCluster, waitFor } from "../services/cluster.ts";
import { AgentRig, collecting, killed, stopped } from "./support/agent.ts";
import { pause } from "./support/agent-logs.ts";
import { delivered, eachDelivered, numberIn } from "./support/agent-store.ts";
import { STAY, scriptPod } from "./support/pods.ts";

let cluster: Cluster;
let namespace: string;

beforeAll(async () => {
  cluster = await startCluster({ name: "node", logMax: "64Ki", logFiles: 5, backoffMax: "2s" });
  namespace = await cluster.namespace("agent");
});

afterAll(async () => {
  await cluster?.kubectl(["delete", "namespace", namespace, "--wait=false"]);
  // Other files of tests want logs that are not rotated.
  await startCluster({ name: "node", logMax: "10Mi" });
});

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

/** Rows of this test's pods: others share the kubelet's directory. */
function own(rig: AgentRig) {
  return delivered(rig.store).filter(({ origin }) => origin.namespace === namespace);
}

function countOf(rig: AgentRig, pod: string): number {
  let count = 0;
  eachDelivered(rig.store, ({ origin }) => {
    if (origin.namespace === namespace && origin.pod === pod) count++;
  });
  return count;
}

test("what pods write is in the store once and in order, over rotation, crashes, deletion and a kill of the agent", async () => {
  await using rig = new AgentRig("cluster");
  const start = { args: ["--pods-dir", "/var/log/pods", "--state-dir", rig.state, "--sink", `store:${rig.store}`] };
  let agent = rig.start(start);
  await collecting(agent);
  const LINES = 40_000;
  const both = "i=1; while [ $i -le 2000 ]; do echo line $i; echo line $i >&2; i=$((i + 1)); done";
  const long =
    "pad=$(head -c 40000 /dev/zero | tr '\\0' x); i=1; while [ $i -le 60 ]; do echo line $i $pad; i=$((i + 1)); done";
  const apply = (manifests: readonly (string | object)[]) =>
    cluster.apply(manifests.map((m) => (typeof m === "string" ? m : JSON.stringify(m))).join("\n---\n"), { namespace });
  await apply([
    await manifest("numbered.yaml", { name: "rotates", env: { RATE: 2500, TOTAL: LINES } }),
    scriptPod("both", { run: `${both}; ${STAY}` }),
    scriptPod("long", { run: `${long}; ${STAY}` }),
    scriptPod("crashes", { run: "seq 1 50 | sed 's/^/line /'; exit 1", restartPolicy: "Always" }),
    // Less than the kubelet rotates at: kubectl logs does not see what was rotated.
    scriptPod("deleted", { run: `seq 1 1000 | sed 's/^/line /'; ${STAY}` }),
  ]);
  await waitFor("the pod that is to be deleted", async () => {
    return (await cluster.kubectl(["-n", namespace, "logs", "deleted", "--tail=1"])).startsWith("line 1000")
      ? true
      : undefined;
  });
  await cluster.kubectl(["-n", namespace, "delete", "pod", "deleted", "--force", "--grace-period=0"]);
  await pause(3000);
  await killed(agent);
  await pause(2000);
  agent = rig.start(start);
  await waitFor("all that rotates", async () => (countOf(rig, "rotates") >= LINES ? true : undefined), {
    everyMs: 1000,
  });
  await waitFor("some crashes", async () => (countOf(rig, "crashes") >= 200 ? true : undefined), { everyMs: 1000 });
  await cluster.kubectl(["-n", namespace, "delete", "pod", "crashes", "--force", "--grace-period=0"]);
  await waitFor("long lines", async () => (countOf(rig, "long") >= 60 ? true : undefined));
  await pause(2000);
  expect((await stopped(agent)).code).toBe(0);
  const done = await rig.once(start);
  expect(done.code, done.stderr).toBe(0);

  const rows = own(rig);
  const numbers = (pod: string, stream = "stdout") =>
    rows
      .filter(({ origin, ...row }) => origin.pod === pod && row.stream === stream)
      .map(({ message }) => numberIn(message));
  expect(numbers("rotates")).toEqual(upTo(LINES));
  expect(numbers("deleted")).toEqual(upTo(1000));
  expect(numbers("both")).toEqual(upTo(2000));
  expect(numbers("both", "stderr")).toEqual(upTo(2000));
  expect(numbers("long")).toEqual(upTo(60));
  const longs = rows.filter(({ origin }) => origin.pod === "long").map(({ message }) => message.toString());
  expect(longs.every((text, i) => text === `line ${i + 1} ${"x".repeat(40_000)}`)).toBe(true);

  const lives = Map.groupBy(
    rows.filter(({ origin }) => origin.pod === "crashes"),
    ({ origin }) => origin.restart,
  );
  expect([...lives.keys()].toSorted((a, b) => a - b)).toEqual(upTo(lives.size).map((n) => n - 1));
  for (const [restart, life] of lives) {
    expect(
      life.map(({ message }) => numberIn(message)),
      `restart ${restart}`,
    ).toEqual(upTo(50));
  }

  const rotated = rows.filter(({ origin }) => origin.pod === "rotates");
  expect(new Set(rotated.map(({ generation: { id } }) => id)).size).toBeGreaterThan(3);
  const { uid } = (
    JSON.parse(await cluster.kubectl(["-n", namespace, "get", "pod", "rotates", "-o", "json"])) as {
      metadata: { uid: string };
    }
  ).metadata;
  expect(new Set(rotated.map(({ origin }) => `${origin.podUid} ${origin.container}`))).toEqual(
    new Set([`${uid} main`]),
  );
}, 200_000);

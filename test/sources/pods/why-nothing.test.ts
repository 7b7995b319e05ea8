import { describe, expect, test } from "vitest";
import type { Pod } from "../../../src/clients/kubernetes/resources.ts";
import { selectContainers } from "../../../src/sources/pods/containers.ts";
import { PodCensus, type Verdict } from "../../../src/sources/pods/pod-census.ts";
import { type Silence, whyNothing } from "../../../src/sources/pods/why-nothing.ts";
import { pod, selection } from "./pods.ts";

function census(...pods: readonly [Pod, Verdict][]): PodCensus {
  const counted = new PodCensus();
  for (const [of, verdict] of pods) {
    counted.note(of, verdict, verdict === "selected" ? selectContainers(of, selection()) : []);
  }
  return counted;
}

function explain(of: PodCensus, more: Partial<Silence> = {}): string[] {
  return whyNothing({
    pods: of.counts(),
    places: ['namespace "shop" (context dev)'],
    selectors: ["wbe"],
    serverFilters: [],
    lines: { received: 0, shown: 0, filters: [] },
    window: [],
    withoutPrevious: 0,
    ...more,
  });
}

const running = pod({ name: "web-1" });
const pulling = pod({
  name: "web-2",
  states: { app: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "web:9"' } } },
});

describe("why nothing is shown", () => {
  test("there are no pods at all", () => {
    expect(explain(census())[0]).toBe('there are no pods in namespace "shop" (context dev)');
    expect(explain(census(), { serverFilters: ["-l app=x"] })[0]).toContain("that match -l app=x in namespace");
  });

  test("there are pods, but no selector names them", () => {
    const far = pod({ name: "database-0" });
    expect(explain(census([far, "unnamed"], [running, "unnamed"]))).toEqual([
      "2 pods seen, none selected: 2 are not named by wbe",
      "pods that are there: web-1, database-0",
    ]);
  });

  test("each step that lost pods is counted", () => {
    const lost = (["excluded", "other-node", "condition", "unnamed"] as const).map((v): [Pod, Verdict] => [
      pod({ name: v }),
      v,
    ]);
    expect(explain(census(...lost))[0]).toBe(
      "4 pods seen, none selected: 1 is not named by wbe, 1 is excluded, 1 is on other nodes, 1 does not meet --condition",
    );
  });

  test("pods match, but have none of the containers", () => {
    const two = pod({ name: "web-1", containers: ["main", "istio-proxy"] });
    expect(explain(census([two, "no-container"]))).toEqual([
      "1 pod seen, none selected: 1 has none of the containers",
      "their containers are main, istio-proxy: see -c, -E, --init-containers and --container-state",
    ]);
  });

  test("every container waits, and for what", () => {
    expect(explain(census([pulling, "selected"]))).toEqual([
      'every selected container waits: shop/web-2/app ImagePullBackOff (Back-off pulling image "web:9")',
    ]);
  });

  test("a pod that cannot be scheduled says so", () => {
    const pending: Pod = {
      ...pod({ name: "big" }),
      status: {
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes" }],
      },
    };
    expect(explain(census([pending, "selected"]))).toEqual([
      "every selected container waits: shop/big/app Unschedulable (0/3 nodes)",
    ]);
  });

  test("some wait, others wrote nothing", () => {
    expect(explain(census([pulling, "selected"], [running, "selected"]))).toEqual([
      'container waits: shop/web-2/app ImagePullBackOff (Back-off pulling image "web:9")'.replace(/^/, "1 "),
      "1 container read: nothing has been written to its log",
    ]);
  });

  test("a container in CrashLoopBackOff is not one without a log", () => {
    const crashed = pod({ name: "web-3" });
    const status = {
      name: "app",
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1 } },
    };
    const looping: Pod = { ...crashed, status: { ...crashed.status, containerStatuses: [status] } };
    expect(explain(census([looping, "selected"]))).toEqual(["1 container read: nothing has been written to its log"]);
  });

  test("the window holds no line", () => {
    expect(explain(census([running, "selected"]), { window: ["--since 10m"] })).toEqual([
      "1 container read, no line is inside --since 10m; older lines may exist: --tail -1, or a longer --since",
    ]);
  });

  test("there is no previous instance", () => {
    expect(explain(census([running, "selected"]), { withoutPrevious: 2 })).toEqual([
      "2 containers never restarted, so there is no previous instance to read",
    ]);
  });

  test("all lines are left out by filters", () => {
    const lines = { received: 2345, shown: 0, filters: ["-i ERROR", "--level warn+"] };
    expect(explain(census([running, "selected"]), { lines })).toEqual([
      "2,345 lines received, all left out by -i ERROR --level warn+",
    ]);
  });

  test("refusals come first, and stay within five lines", () => {
    const counted = census([running, "unnamed"]);
    for (let i = 0; i < 9; i++) counted.access(`ns${i}`, `you may not list pods in namespace "ns${i}"`);
    const report = explain(counted);
    expect(report.slice(0, 3)).toEqual([
      'you may not list pods in namespace "ns0"',
      'you may not list pods in namespace "ns1"',
      "and 7 more",
    ]);
    expect(report).toHaveLength(5);
  });

  test("nothing is said when lines were shown, or when a refusal says it all", () => {
    expect(explain(census(), { lines: { received: 9, shown: 1, filters: [] } })).toEqual([]);
    const refused = census();
    refused.access("x", "you may not");
    expect(explain(refused)).toEqual(["you may not"]);
  });

  test("a pod that is gone is not counted", () => {
    const counted = census([running, "unnamed"], [pulling, "unnamed"]);
    counted.gone(running);
    expect(counted.counts()).toMatchObject({ seen: 1, unnamed: ["web-2"] });
  });
});

import { describe, expect, test } from "vitest";
import { matchesCondition, parseCondition } from "../../../src/sources/pods/condition.ts";
import { keepsOut, selectContainers } from "../../../src/sources/pods/containers.ts";
import type { SelectionFlags } from "../../../src/sources/pods/selection.ts";
import { pod, selection } from "./pods.ts";

const web = pod({
  containers: ["app", "istio-proxy"],
  init: ["migrate"],
  ephemeral: ["debugger"],
  states: { migrate: { terminated: { exitCode: 0 } }, "istio-proxy": { waiting: { reason: "ImagePullBackOff" } } },
});
const names = (flags: Partial<SelectionFlags>, of = web) => selectContainers(of, selection(flags)).map((c) => c.name);

describe("containers of a pod", () => {
  test.each<[string, Partial<SelectionFlags>, string[]]>([
    ["all, init containers first", {}, ["migrate", "app", "istio-proxy", "debugger"]],
    ["those of -c", { containers: ["app", "^istio"] }, ["app", "istio-proxy"]],
    ["without those of -E", { excludeContainers: ["proxy"] }, ["migrate", "app", "debugger"]],
    ["-c and -E together", { containers: ["."], excludeContainers: ["a", "debug"] }, ["istio-proxy"]],
    ["no init containers", { initContainers: false }, ["app", "istio-proxy", "debugger"]],
    ["no ephemeral ones", { ephemeralContainers: false }, ["migrate", "app", "istio-proxy"]],
    ["only running ones", { containerStates: ["running"] }, ["app", "debugger"]],
    ["several states", { containerStates: ["waiting", "terminated"] }, ["migrate", "istio-proxy"]],
    ["the first as the default", { defaultContainer: true }, ["app"]],
  ])("%s", (_, flags, expected) => {
    expect(names(flags)).toEqual(expected);
  });

  test("the annotation says which is the default container, if it exists", () => {
    const key = "kubectl.kubernetes.io/default-container";
    const of = (annotated: string) => pod({ containers: ["app", "proxy"], annotations: { [key]: annotated } });
    expect(names({ defaultContainer: true }, of("proxy"))).toEqual(["proxy"]);
    expect(names({ defaultContainer: true }, of("nope"))).toEqual(["app"]);
  });

  test("a container that a selector names is read even if it is not the default one", () => {
    const chosen = selectContainers(web, selection({ defaultContainer: true }), { named: new Set(["istio-proxy"]) });
    expect(chosen.map((c) => c.name)).toEqual(["istio-proxy"]);
  });

  test("a container that was admitted stays when its state changes", () => {
    const flags = selection({ containerStates: ["running"] });
    const ended = pod({ states: { app: { terminated: { exitCode: 1 } } } });
    expect(selectContainers(ended, flags)).toEqual([]);
    expect(selectContainers(ended, flags, { kept: new Set(["app"]) }).map((c) => c.name)).toEqual(["app"]);
  });

  test("kind and status come with the name", () => {
    expect(selectContainers(web, selection())[0]).toMatchObject({
      name: "migrate",
      kind: "init",
      status: { state: { terminated: { exitCode: 0 } } },
    });
  });

  test("a container without a status waits", () => {
    const { status: _, ...unseen } = pod();
    expect(selectContainers(unseen, selection({ containerStates: ["waiting"] }))).toEqual([
      { name: "app", kind: "container", status: undefined },
    ]);
  });
});

describe("what keeps a pod out", () => {
  test.each<[string, Partial<SelectionFlags>, "excluded" | "other-node" | undefined]>([
    ["nothing", {}, undefined],
    ["--exclude-pod", { excludePods: ["x", "^web"] }, "excluded"],
    ["--exclude-namespace", { excludeNamespaces: ["^sh"] }, "excluded"],
    ["another --node", { nodes: ["n2"] }, "other-node"],
    ["not its own node", { nodes: ["n2", "n1"] }, undefined],
  ])("%s", (_, flags, expected) => {
    expect(keepsOut(pod({ node: "n1" }), selection(flags))).toBe(expected);
  });
});

describe("--condition", () => {
  const ready = pod({ conditions: { Ready: "True", Initialized: "False", "example.com/Warm": "Unknown" } });

  test.each([
    ["ready", true],
    ["Ready=true", true],
    ["ready=false", false],
    ["initialized=false", true],
    ["example.com/warm=unknown", true],
    ["podscheduled", false],
    ["podscheduled=false", false],
  ])("%s on that pod is %s", (text, expected) => {
    expect(matchesCondition(ready, parseCondition(text))).toBe(expected);
  });
});

import { expect, test } from "vitest";
import { createDiscoveries } from "../../../src/collector/declare/create-discoveries.ts";
import { diffConfig } from "../../../src/collector/declare/diff-config.ts";
import { configFromFlags, sinkFromFlag } from "../../../src/collector/declare/flags-config.ts";
import { matchTargets } from "../../../src/collector/declare/match-targets.ts";
import { ids, POD, World } from "../discovery/world.ts";

function node(): World {
  const world = new World();
  world.append(`${POD}/app/0.log`, "x");
  world.append("/var/log/syslog", "x");
  world.append("/data/logs/shop/web/web-0/log/current", "x");
  world.append("/data/logs/shop/web/web-0/log/lock", "");
  return world;
}

test("without any place the flags mean all containers of the node into the store", () => {
  const world = node();
  const config = configFromFlags({ node: "n1" });
  const found = createDiscoveries(config, world, world.nowMs).scan();
  expect(ids(found)).toEqual(["pod/6f1d3f4e-0001/app/0"]);
  expect(config.pipelines[0]?.sinks).toMatchObject([{ type: "store", directory: "/var/lib/klog/store" }]);
});

test("flags that name places mean these alone, in one pipeline", () => {
  const world = node();
  const flags = {
    node: "n1",
    files: ["/var/log/sys*"],
    s6Dir: "/data/logs",
    stateDir: "/state",
    sinks: [sinkFromFlag("null")!],
  };
  const config = configFromFlags(flags);
  const found = createDiscoveries(config, world, world.nowMs).scan();
  expect(ids(found)).toEqual(["file/var/log/syslog", "s6/data/logs/shop/web/web-0/log"]);
  expect(matchTargets(config, found).flatMap(({ routes }) => routes.map(({ pipeline }) => pipeline))).toEqual([
    "logs",
    "logs",
  ]);
  expect(config).toMatchObject({ stateDir: "/state", roots: { pods: undefined, docker: undefined } });
});

test("a pods directory of one's own is read, and nothing of the node's", () => {
  const world = node();
  world.append("/tmp/pods/a_b_c/d/0.log", "x");
  const config = configFromFlags({ node: "n1", podsDir: "/tmp/pods" });
  expect(ids(createDiscoveries(config, world, world.nowMs).scan())).toEqual(["pod/c/d/0"]);
});

test("the flag of a sink gives its type and place", () => {
  expect(sinkFromFlag("store:/s")).toMatchObject({ type: "store", directory: "/s" });
  expect(sinkFromFlag("file:/a:b.log")).toMatchObject({ type: "file", path: "/a:b.log", mode: 0o600 });
  expect(sinkFromFlag("stdout")).toEqual({ type: "stdout" });
  expect(sinkFromFlag("file:")).toBeUndefined();
  expect(sinkFromFlag("kafka:x")).toBeUndefined();
});

test("a reload stops and starts only pipelines that differ by value", () => {
  const before = configFromFlags({ node: "n1", files: ["/a"] });
  const [logs] = before.pipelines;
  const other = { ...logs!, name: "other" };
  expect(diffConfig(before, structuredClone(before))).toEqual({
    stop: [],
    start: [],
    keep: before.pipelines,
    changed: [],
    needsRestart: [],
  });
  expect(diffConfig(before, { ...before, pipelines: [logs!, other] })).toMatchObject({
    stop: [],
    start: [other],
    keep: [logs],
  });
  const tagged = { ...logs!, tags: { a: "b" } };
  expect(diffConfig(before, { ...before, pipelines: [tagged] })).toMatchObject({
    stop: [logs],
    start: [tagged],
    keep: [],
  });
});

test("a reload tells which settings of the agent changed, and which need a restart", () => {
  const before = configFromFlags({ node: "n1" });
  const after = { ...before, stateDir: "/elsewhere", http: undefined };
  expect(diffConfig(before, after)).toMatchObject({ changed: ["stateDir", "http"], needsRestart: ["stateDir"] });
});

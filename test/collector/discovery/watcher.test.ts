import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FoundTarget } from "../../../src/collector/discovery/found-target.ts";
import { nodeWatch } from "../../../src/collector/discovery/node-watch.ts";
import { PodsTree } from "../../../src/collector/discovery/pods-tree.ts";
import { type DiscoveryProblem, type Watch, Watcher } from "../../../src/collector/discovery/watcher.ts";
import { nodeFileSystem } from "../../../src/collector/node-file-system.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { fault } from "../../support/model-file-system.ts";
import { ids, POD, World } from "./world.ts";

/** inotify over the model: what the tests change through `rig` tells the watches on the directories above. */
function setUp({ watch = true } = {}) {
  const clock = new FakeClock();
  const world = new World(() => clock.now());
  world.directory("/var/log/pods");
  const pods = new PodsTree(world, { root: "/var/log/pods", links: undefined, node: "n1", now: () => clock.now() });
  const watches = new Map<string, { changed: () => void; failed: (error: unknown) => void }>();
  const rig = {
    clock,
    world,
    watches,
    fault: undefined as string | undefined,
    targets: [] as readonly FoundTarget[],
    updates: 0,
    seen: new Set<string>(),
    problems: [] as readonly DiscoveryProblem[],
    change(path: string, act: (path: string) => void): void {
      act(path);
      watches.get(path.slice(0, path.lastIndexOf("/")))?.changed();
    },
  };
  const modelWatch: Watch = (directory, changed, failed) => {
    if (rig.fault !== undefined) throw fault(rig.fault, directory);
    watches.set(directory, { changed, failed });
    return () => watches.delete(directory);
  };
  const watcher = new Watcher({
    discovery: pods,
    fs: world,
    watch: watch ? modelWatch : undefined,
    timer: (ms, run) => clock.timer(ms, run),
    onTargets(targets) {
      rig.targets = targets;
      rig.updates++;
      for (const { id } of targets) rig.seen.add(id);
    },
    onProblems(problems) {
      rig.problems = problems;
    },
  });
  return { ...rig, rig, watcher };
}

describe("the watcher", () => {
  test("gives the targets that are there at the start at once", () => {
    const { rig, world, watcher } = setUp();
    world.append(`${POD}/app/0.log`, "x");
    watcher.start();
    expect(ids(rig.targets)).toEqual(["pod/6f1d3f4e-0001/app/0"]);
  });

  test("scans 20 ms after the first of several events, once", async () => {
    const { rig, clock, world, watcher } = setUp();
    watcher.start();
    const make = (path: string) => world.directory(path);
    for (let i = 0; i < 10; i++) rig.change(`/var/log/pods/shop_web-${i}_${i}`, make);
    world.append("/var/log/pods/shop_web-3_3/app/0.log", "x");
    await clock.advance(19);
    expect(rig.targets).toEqual([]);
    await clock.advance(1);
    expect(ids(rig.targets)).toEqual(["pod/3/app/0"]);
    expect(rig.updates).toBe(2);
  });

  test("sees what came between the scan and the watch", () => {
    const { rig, world, watcher } = setUp();
    world.directory(POD);
    const list = world.list.bind(world);
    let late = true;
    world.list = (directory) => {
      const names = list(directory);
      if (directory === POD && late) {
        late = false;
        world.append(`${POD}/app/0.log`, "x");
      }
      return names;
    };
    watcher.start();
    expect(ids(rig.targets)).toEqual(["pod/6f1d3f4e-0001/app/0"]);
  });

  test("finds every one of 500 pods that live 200 ms under the same names", async () => {
    const { rig, clock, world, watcher } = setUp();
    watcher.start();
    for (let i = 0; i < 500; i++) {
      const pod = `/var/log/pods/shop_web-${i % 5}_uid${i}`;
      const at = (ms: number, act: () => void) => clock.timer(i * 3 + ms, act);
      at(0, () => rig.change(pod, (path) => world.directory(path)));
      at(30, () => rig.change(`${pod}/app`, (path) => world.directory(path)));
      at(90, () => rig.change(`${pod}/app/0.log`, (path) => world.append(path, "x")));
      at(200, () => rig.change(pod, (path) => world.move(path, `/gone${i}`)));
    }
    await clock.advance(1_700);
    expect(rig.seen.size).toBe(500);
    await clock.advance(100);
    expect(rig.targets).toEqual([]);
    expect([...rig.watches.keys()]).toEqual(["/var/log/pods"]);
  });

  test("finds an instance in a directory that is not watched, and one whose event was lost, within 2 s", async () => {
    const { rig, clock, world, watcher } = setUp();
    world.append(`${POD}/app/0.log`, "x");
    watcher.start();
    await clock.advance(10_000);
    world.append(`${POD}/app/1.log`, "x");
    await clock.advance(2_000);
    expect(rig.targets).toHaveLength(2);
  });

  test("looks at everything every 30 s, whatever the kernel has told", async () => {
    const { rig, clock, world, watcher } = setUp();
    watcher.start();
    await clock.advance(10_000);
    world.append(`${POD}/app/0.log`, "x");
    await clock.advance(18_000);
    expect(rig.targets).toEqual([]);
    await clock.advance(2_000);
    expect(rig.targets).toHaveLength(1);
  });

  test.each([
    ["ENOSPC", "max_user_watches"],
    ["EMFILE", "max_user_instances"],
    ["EACCES", "/var/log/pods"],
  ])(
    "names the problem when watching fails with %s, goes on by looking every 2 s, and watches again when it can",
    async (code, named) => {
      const { rig, clock, world, watcher } = setUp();
      rig.fault = code;
      watcher.start();
      expect(rig.problems).toMatchObject([{ kind: "inotify", what: expect.stringContaining(named) }]);
      world.append(`${POD}/app/0.log`, "x");
      await clock.advance(2_000);
      expect(rig.targets).toHaveLength(1);
      rig.fault = undefined;
      await clock.advance(30_000);
      expect(rig.problems).toEqual([]);
      expect([...rig.watches.keys()]).toEqual(["/var/log/pods", POD]);
    },
  );

  test("takes a watch that breaks later for a problem too", async () => {
    const { rig, watcher } = setUp();
    watcher.start();
    rig.watches.get("/var/log/pods")?.failed(fault("ENOSPC"));
    expect(rig.problems).toMatchObject([{ kind: "inotify" }]);
    expect(rig.watches.size).toBe(0);
  });

  test("watches a directory anew that was replaced under its name", async () => {
    const { rig, clock, world, watcher } = setUp();
    world.directory(POD);
    watcher.start();
    const before = rig.watches.get(POD);
    rig.change(POD, (path) => world.move(path, "/gone"));
    world.directory(POD);
    before?.changed();
    await clock.advance(20);
    expect(rig.watches.get(POD)).not.toBe(before);
  });

  test("tells what cannot be listed, and keeps what it knew", async () => {
    const { rig, clock, world, watcher } = setUp();
    world.append(`${POD}/app/0.log`, "x");
    watcher.start();
    world.beforeCall = (name, path) => {
      if (name === "list" && path.endsWith("/app")) throw fault("EMFILE", path);
    };
    world.append(`${POD}/app/1.log`, "x");
    await clock.advance(2_000);
    expect(rig.targets).toHaveLength(1);
    expect(rig.problems).toMatchObject([{ kind: "discovery", what: expect.stringContaining(`${POD}/app`) }]);
  });

  test("finds new logs without watching at all", async () => {
    const { rig, clock, world, watcher } = setUp({ watch: false });
    watcher.start();
    world.append(`${POD}/app/0.log`, "x");
    await clock.advance(2_000);
    expect(rig.targets).toHaveLength(1);
    expect(rig.problems).toEqual([]);
  });

  test("ends its watches and timers when it is stopped", async () => {
    const { rig, clock, world, watcher } = setUp();
    watcher.start();
    watcher.stop();
    expect(rig.watches.size).toBe(0);
    world.append(`${POD}/app/0.log`, "x");
    await clock.advance(60_000);
    expect(rig.targets).toEqual([]);
  });
});

test("on a real file system a pod's log is found by its events alone", async () => {
  const root = mkdtempSync(join(tmpdir(), "klog-watch-"));
  const cancels: (() => void)[] = [];
  const discovery = new PodsTree(nodeFileSystem, { root, links: undefined, node: "n1", now: Date.now });
  try {
    const found = await new Promise<readonly FoundTarget[]>((resolve) => {
      const watcher = new Watcher({
        discovery,
        fs: nodeFileSystem,
        watch: nodeWatch,
        // The timer of looking again never fires: only events can find anything.
        timer: (ms, run) => {
          if (ms > 100) return () => {};
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
        onTargets: (targets) => targets.length > 0 && resolve(targets),
        onProblems: () => {},
      });
      watcher.start();
      cancels.push(() => watcher.stop());
      mkdirSync(join(root, "shop_web-0_1"));
      setTimeout(() => mkdirSync(join(root, "shop_web-0_1/app")), 60);
      setTimeout(() => writeFileSync(join(root, "shop_web-0_1/app/0.log"), "x"), 120);
    });
    expect(ids(found)).toEqual(["pod/1/app/0"]);
  } finally {
    for (const cancel of cancels) cancel();
    rmSync(root, { recursive: true });
  }
});

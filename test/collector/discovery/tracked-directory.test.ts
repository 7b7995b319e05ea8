import { expect, test } from "vitest";
import { type ScanRound, ScanRounds, TrackedDirectory } from "../../../src/collector/discovery/tracked-directory.ts";
import { fault } from "../../support/model-file-system.ts";
import { World } from "./world.ts";

function setUp() {
  const world = new World();
  world.append("/logs/a.log", "x");
  world.settle();
  const rounds = new ScanRounds(world, world.nowMs);
  return { world, rounds, directory: new TrackedDirectory(world, "/logs") };
}

function names(directory: TrackedDirectory, round: ScanRound): string[] | undefined {
  return directory.look(round)?.map(({ name }) => name);
}

test("a directory that did not change is listed once, and gives the same array", () => {
  const { world, rounds, directory } = setUp();
  const first = directory.look(rounds.next({}));
  expect(directory.look(rounds.next({}))).toBe(first);
  expect(world.listed).toEqual(["/logs"]);
});

test("a directory that changed within the last 2 s is listed again: a second change may bear the same time", () => {
  const { world, rounds, directory } = setUp();
  world.append("/logs/b.log", "x");
  directory.look(rounds.next({}));
  world.time += 1_000;
  directory.look(rounds.next({}));
  world.time += 1_500;
  directory.look(rounds.next({}));
  expect(world.listed).toHaveLength(3);
  directory.look(rounds.next({}));
  expect(world.listed).toHaveLength(3);
});

test("a directory known to be unchanged is not even asked for its time", () => {
  const { world, rounds, directory } = setUp();
  directory.look(rounds.next({}));
  world.asked.length = 0;
  directory.look(rounds.next({ unchanged: () => true }));
  expect(world.asked).toEqual([]);
});

test("'unchanged' is not believed before the directory has settled", () => {
  const { world, rounds, directory } = setUp();
  world.append("/logs/b.log", "x");
  directory.look(rounds.next({}));
  world.append("/logs/c.log", "x");
  expect(names(directory, rounds.next({ unchanged: () => true }))).toEqual(["a.log", "b.log", "c.log"]);
});

test("a directory that is gone and comes back is listed anew", () => {
  const { world, rounds, directory } = setUp();
  directory.look(rounds.next({}));
  world.move("/logs", "/old");
  expect(directory.look(rounds.next({}))).toBeUndefined();
  world.append("/logs/z.log", "x");
  expect(names(directory, rounds.next({}))).toEqual(["z.log"]);
});

test("where a directory cannot be listed for now, what was there counts as there still, and the reason is told", () => {
  const { world, rounds, directory } = setUp();
  const first = directory.look(rounds.next({}));
  world.append("/logs/b.log", "x");
  world.beforeCall = (name, path) => {
    if (name === "list") throw fault("EMFILE", path);
  };
  const round = rounds.next({});
  expect(directory.look(round)).toBe(first);
  expect(round.problems).toEqual([expect.stringContaining("/logs")]);
});

test("of 5,000 directories at rest a scan asks 500, all within ten scans, and all at once when it is full", () => {
  const world = new World();
  for (let i = 0; i < 5_000; i++) world.directory(`/logs/${i}`);
  world.time += 3_600_000;
  const rounds = new ScanRounds(world, world.nowMs);
  const directories = Array.from({ length: 5_000 }, (_, i) => new TrackedDirectory(world, `/logs/${i}`));
  const scan = (full: boolean) => {
    world.asked.length = 0;
    const round = rounds.next({ full });
    for (const directory of directories) directory.look(round);
    return world.asked.length;
  };
  scan(false);
  scan(false);
  const asked = new Set<string>();
  for (let i = 0; i < 10; i++) {
    expect(scan(false)).toBe(500);
    for (const path of world.asked) asked.add(path);
  }
  expect(asked.size).toBe(5_000);
  expect(scan(true)).toBe(5000);
});

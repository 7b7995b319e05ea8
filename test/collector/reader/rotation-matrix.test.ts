// T2: every way to rotate, with the collector up, down or restarting, and its sink up, slow or dead.
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { FileSystem } from "../../../src/collector/file-system.ts";
import { nodeFileSystem } from "../../../src/collector/node-file-system.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";
import { DIRECTORY, Rig, targetOf } from "./rig.ts";

interface World {
  readonly fs: FileSystem;
  readonly directory: string;
  append(path: string, text: string): void;
  move(from: string, to: string): void;
  copy(from: string, to: string): void;
  empty(path: string): void;
  unlink(path: string): void;
  compress(path: string): void;
  /** The process of the collector is gone, and its descriptors with it. */
  killed(rig: Rig): void;
}

function modelWorld(): World {
  const fs = new ModelFileSystem();
  return {
    fs,
    directory: DIRECTORY,
    append: (path, text) => fs.append(path, text),
    move: (from, to) => fs.move(from, to),
    copy: (from, to) => fs.copy(from, to),
    empty: (path) => fs.cutFile(path, 0),
    unlink: (path) => fs.unlink(path),
    compress: (path) => {
      fs.append(`${path}.gz`, gzipSync(fs.content(path)!));
      fs.unlink(path);
    },
    killed: () => fs.kill(),
  };
}

function realWorld(directory: string): World {
  return {
    fs: nodeFileSystem,
    directory,
    append: appendFileSync,
    move: renameSync,
    copy: copyFileSync,
    empty: (path) => truncateSync(path, 0),
    unlink: (path) => rmSync(path),
    compress: (path) => {
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
      rmSync(path);
    },
    killed: (rig) => rig.chain!.dispose(),
  };
}

const ROTATIONS = ["rename", "rename+gz", "copytruncate", "delete", "recreate"] as const;
const AGENTS = ["up", "down", "restarting"] as const;
const SINKS = ["up", "slow", "dead"] as const;
type Case = [rotation: (typeof ROTATIONS)[number], agent: (typeof AGENTS)[number], sink: (typeof SINKS)[number]];

const line = (n: number) => `line ${n} of the log`;
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const bytesOf = (lines: readonly string[]) => lines.reduce((sum, text) => sum + text.length + 1, 0);

async function live([rotation, agent, sink]: Case, world: World): Promise<Rig> {
  const log = join(world.directory, "app.log");
  const rig = new Rig(world.fs, targetOf("logrotate", "app.log", "beginning", world.directory));
  const write = (from: number, to: number) => {
    for (const n of numbers(from, to)) world.append(log, `${line(n)}\n`);
  };
  const work = async () => {
    rig.chain!.poll();
    rig.chain!.reconcile();
    // A dead sink ends reading sooner or later; a slow one has written and does not say so.
    if (sink === "dead") return;
    while (await rig.read()) rig.write();
    if (sink === "up") rig.acknowledge();
  };
  const kill = () => {
    rig.sync();
    world.killed(rig);
    rig.kill();
  };

  write(0, 10);
  rig.start();
  await work();
  if (agent === "down") kill();
  write(10, 15);
  if (agent !== "down") await work();
  if (rotation === "rename" || rotation === "rename+gz") world.move(log, `${log}.1`);
  if (rotation === "rename+gz") world.compress(`${log}.1`);
  if (rotation === "copytruncate") {
    world.copy(log, `${log}.1`);
    world.empty(log);
  }
  if (rotation === "delete" || rotation === "recreate") world.unlink(log);
  if (rotation === "recreate") write(15, 20);
  if (agent === "up") await work();
  if (agent === "restarting") {
    rig.chain!.poll();
    kill();
  }
  if (agent !== "up") rig.start();
  await work();
  write(20, 25);
  await rig.drain();
  rig.write();
  rig.acknowledge();
  await rig.drain();
  return rig;
}

function check([rotation, agent, sink]: Case, rig: Rig): void {
  const all = [...numbers(0, 15), ...(rotation === "recreate" ? numbers(15, 20) : []), ...numbers(20, 25)].map(line);
  // Deleted, and the process that held it is gone: what no sink had is lost.
  const gone = (rotation === "delete" || rotation === "recreate") && agent !== "up";
  const had = sink === "dead" ? 0 : agent === "down" ? 10 : 15;
  const lost = gone ? numbers(had, 15).map(line) : [];
  const byId = new Map(rig.written.map(({ id, text }) => [id, text]));
  expect([...byId.values()].sort()).toEqual(all.filter((text) => !lost.includes(text)).sort());

  // Reported is what was known to be there and was not acknowledged: a slow sink may have had it.
  const known = agent === "down" ? 10 : 15;
  const unacknowledged = gone ? numbers(sink === "up" ? known : 0, known).map(line) : [];
  expect(rig.gaps.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(bytesOf(unacknowledged));
  const { seen, acked, inFlight, unread, lost: lostBytes } = rig.chain!.balance;
  expect([inFlight, unread, acked + lostBytes]).toEqual([0, 0, seen]);
  if (agent === "up") expect(rig.texts).toEqual(all);
}

const cases = ROTATIONS.flatMap((r) => AGENTS.flatMap((a) => SINKS.map((s): Case => [r, a, s])));

describe("nothing that exists is lost, and what is lost is reported to the byte", () => {
  test.each(cases)("%s with the collector %s and the sink %s", async (...which) => {
    check(which, await live(which, modelWorld()));
  });
});

describe("the same on the disk of this machine", () => {
  test.each(cases.filter(([, , sink]) => sink !== "slow"))(
    "%s with the collector %s and the sink %s",
    async (...which) => {
      const directory = mkdtempSync(join(tmpdir(), "klog-rotation-"));
      try {
        const rig = await live(which, realWorld(directory));
        check(which, rig);
        rig.chain!.dispose();
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  );
});

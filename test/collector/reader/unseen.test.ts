// Rotations that nobody looked at: what can be known of files that came and went.
import { describe, expect, test } from "vitest";
import { ModelFileSystem } from "../../support/model-file-system.ts";
import { DIRECTORY, Rig, targetOf } from "./rig.ts";

describe("files that nobody saw", () => {
  const rotated = (n: number) => `0.log.20261121-10470${n}`;
  /** As the kubelet does, with no more than one rotated file. */
  function rotate(fs: ModelFileSystem, n: number): void {
    if (n > 1) fs.unlink(`${DIRECTORY}/${rotated(n - 1)}`);
    fs.move(`${DIRECTORY}/0.log`, `${DIRECTORY}/${rotated(n)}`);
    fs.append(`${DIRECTORY}/0.log`, `after ${n}\n`);
  }
  function kubelet() {
    const fs = new ModelFileSystem();
    const rig = new Rig(fs, targetOf("kubelet", "0.log"));
    fs.append(`${DIRECTORY}/0.log`, "first\n");
    return { fs, rig };
  }
  const look = async (rig: Rig) => {
    for (let i = 0; i < 3; i++) {
      rig.now += 2500;
      rig.chain!.reconcile();
      while (await rig.read()) rig.write();
      rig.acknowledge();
      rig.sync();
    }
  };
  const gaps = (rig: Rig) => rig.gaps.map(({ name, from, bytes, reason }) => [name, from, bytes, reason]);

  test.each([1, 2, 3, 5])("%d rotations while no agent runs: told when the last file known is gone", async (n) => {
    const { fs, rig } = kubelet();
    rig.start();
    await look(rig);
    rig.kill();
    fs.kill();
    for (let i = 1; i <= n; i++) rotate(fs, i);
    rig.start();
    await look(rig);
    expect(gaps(rig)).toEqual(n === 1 ? [] : [["0.log", 6, 0, "unseen"]]);
    await look(rig);
    expect(rig.gaps.length).toBe(n === 1 ? 0 : 1);
  });

  test("while the agent stands still: what it holds open is read, and what it never saw is told", async () => {
    const { fs, rig } = kubelet();
    rig.start();
    await look(rig);
    fs.append(`${DIRECTORY}/0.log`, "more\n");
    for (let i = 1; i <= 3; i++) rotate(fs, i);
    await look(rig);
    expect(rig.texts).toEqual(["first", "more", "after 2", "after 3"]);
    expect(gaps(rig)).toEqual([["0.log", 11, 0, "unseen"]]);
  });

  test("an agent that keeps up, and a log whose files are all gone, tell nothing", async () => {
    const { fs, rig } = kubelet();
    rig.start();
    for (let i = 1; i <= 4; i++) {
      await look(rig);
      rotate(fs, i);
    }
    await look(rig);
    fs.unlink(`${DIRECTORY}/0.log`);
    fs.unlink(`${DIRECTORY}/${rotated(4)}`);
    await look(rig);
    expect(rig.gaps).toEqual([]);
  });
});

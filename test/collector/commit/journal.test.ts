import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Journal } from "../../../src/collector/commit/journal.ts";
import { nodeFileSystem } from "../../../src/collector/node-file-system.ts";
import { KlogError } from "../../../src/errors.ts";
import { fault, ModelFileSystem } from "../../support/model-file-system.ts";

const STATE = "/var/lib/klog";

function emptyState(): ModelFileSystem {
  const fs = new ModelFileSystem();
  fs.directory(STATE);
  return fs;
}

function names(fs: ModelFileSystem): string[] {
  return fs
    .list(STATE)!
    .map(({ name }) => name)
    .sort();
}

function reopened(fs: ModelFileSystem): Record<string, unknown> {
  return Object.fromEntries(Journal.open(fs, STATE).records);
}

/** Three snapshots' worth of life: `a` counts the syncs. */
async function grown(fs: ModelFileSystem, syncs = 9): Promise<void> {
  const journal = Journal.open(fs, STATE, 200);
  for (let n = 1; n <= syncs; n++) {
    journal.put("a", { n, filler: "x".repeat(60) });
    expect(await journal.sync()).toBe(true);
  }
  await journal.close();
}

async function refusal(open: () => unknown): Promise<KlogError> {
  try {
    open();
  } catch (error) {
    if (error instanceof KlogError) return error;
  }
  throw new Error("nothing was refused");
}

describe("a journal", () => {
  test("gives back what was synced, the newest of each key, without what was removed", async () => {
    const fs = emptyState();
    const journal = Journal.open(fs, STATE);
    journal.put("gen/1", { ackPos: 1 });
    journal.put("gen/2", { ackPos: 2, lastName: "0.log.20261121-104732 – ünï" });
    await journal.sync();
    journal.put("gen/1", { ackPos: 10 });
    journal.put("gen/3", { ackPos: 3 });
    journal.remove("gen/2");
    expect(await journal.close()).toBe(true);
    fs.crash(() => 0);
    expect(reopened(fs)).toEqual({ "gen/1": { ackPos: 10 }, "gen/3": { ackPos: 3 } });
    expect(fs.openDescriptors).toBe(0);
  });

  test("makes one write for all who ask in one turn, and one for all who ask while it is under way", async () => {
    const fs = emptyState();
    const journal = Journal.open(fs, STATE);
    journal.put("a", {});
    await journal.sync();
    let syncs = 0;
    fs.beforeCall = (name) => {
      if (name === "sync") syncs += 1;
    };
    const first = ["a", "b", "c"].map((key) => {
      const asked = journal.sync();
      journal.put(key, { turn: 1 });
      return asked;
    });
    await undefined;
    await undefined;
    const second = ["d", "e", "f"].map((key) => {
      journal.put(key, { turn: 2 });
      return journal.sync();
    });
    expect(await Promise.all([...first, ...second])).toEqual([true, true, true, true, true, true]);
    expect(syncs).toBe(2);
    expect(await journal.sync()).toBe(true);
    expect(syncs).toBe(2);
    fs.crash(() => 0);
    expect(Object.keys(reopened(fs)).sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("is replaced by a snapshot when it has grown, and keeps the snapshot before until the next", async () => {
    const fs = emptyState();
    await grown(fs);
    expect(names(fs)).toEqual(["journal-00000004", "journal-00000005", "snapshot-00000004", "snapshot-00000005"]);
    expect(reopened(fs)).toMatchObject({ a: { n: 9 } });
  });

  test("holds over a thousand compactions no more than two snapshots and two journals", async () => {
    const fs = emptyState();
    const journal = Journal.open(fs, STATE, 1000);
    for (let n = 0; n < 2000; n++) {
      journal.put(`gen/${n}`, { ackPos: n });
      journal.remove(`gen/${n - 20}`);
      await journal.sync();
    }
    const bytes = names(fs).reduce((sum, name) => sum + fs.content(`${STATE}/${name}`)!.length, 0);
    expect(names(fs).length).toBe(4);
    expect(bytes).toBeLessThan(2 * (1000 + 200) + 2 * 1000);
  });

  test("cuts a torn tail off and goes on behind the last whole record", async () => {
    const fs = emptyState();
    const journal = Journal.open(fs, STATE);
    for (const n of [1, 2, 3]) {
      journal.put("a", { n });
      await journal.sync();
    }
    await journal.close();
    const path = `${STATE}/journal-00000001`;
    fs.cutFile(path, fs.content(path)!.length - 3);
    const again = Journal.open(fs, STATE);
    expect(again.records.get("a")).toEqual({ n: 2 });
    expect(again.damage).toEqual([
      expect.stringMatching(/journal-00000001: \d+ bytes behind byte \d+ are no whole record/),
    ]);
    again.put("b", { n: 4 });
    await again.close();
    expect(reopened(fs)).toEqual({ a: { n: 2 }, b: { n: 4 } });
    expect(Journal.open(fs, STATE).damage).toEqual([]);
  });

  test("takes a stretch of zeros at its end for no record", async () => {
    const fs = emptyState();
    await grown(fs, 1);
    fs.append(`${STATE}/journal-00000001`, new Uint8Array(4096));
    expect(reopened(fs)).toMatchObject({ a: { n: 1 } });
  });

  test.each([0, 5, 20, 40, 90])(
    "loses nothing when byte %i of the newest snapshot is bad: the older one and its journal take its place",
    async (at) => {
      const fs = emptyState();
      await grown(fs);
      const path = `${STATE}/snapshot-00000005`;
      const bytes = fs.content(path)!;
      const where = 13 + (at % (bytes.length - 13));
      bytes[where]! ^= 0x40;
      fs.cutFile(path, 0);
      fs.append(path, bytes);
      const journal = Journal.open(fs, STATE, 200);
      expect(journal.records.get("a")).toMatchObject({ n: 9 });
      expect(journal.damage).toEqual([`${path} is damaged; the snapshot before it takes its place`]);
      journal.put("b", {});
      for (let n = 10; n < 20; n++) {
        journal.put("a", { n });
        expect(await journal.sync()).toBe(true);
      }
      await journal.close();
      expect(Journal.open(fs, STATE).damage).toEqual([]);
      expect(reopened(fs)).toEqual({ a: { n: 19 }, b: {} });
    },
  );

  test("makes durable with its first sync what was recovered but never synced, even when nothing has changed", async () => {
    const fs = emptyState();
    const journal = Journal.open(fs, STATE);
    journal.put("a", { n: 1 });
    await journal.sync();
    fs.beforeCall = (name, path) => {
      if (name === "sync") throw fault("EIO", path);
    };
    journal.put("a", { n: 2 });
    expect(await journal.sync()).toBe(false);
    fs.beforeCall = undefined;
    fs.kill();
    const next = Journal.open(fs, STATE);
    expect(next.records.get("a")).toEqual({ n: 2 });
    expect(await next.sync()).toBe(true);
    fs.crash(() => 0);
    expect(reopened(fs)).toEqual({ a: { n: 2 } });
  });

  test("works on a real directory", async () => {
    const directory = mkdtempSync(join(tmpdir(), "klog-journal-"));
    const journal = Journal.open(nodeFileSystem, directory, 500);
    for (let n = 0; n < 50; n++) {
      journal.put(`gen/${n % 3}`, { n });
      expect(await journal.sync()).toBe(true);
    }
    await journal.close();
    expect(readdirSync(directory).length).toBe(4);
    expect(Object.fromEntries(Journal.open(nodeFileSystem, directory).records)).toEqual({
      "gen/0": { n: 48 },
      "gen/1": { n: 49 },
      "gen/2": { n: 47 },
    });
    rmSync(directory, { recursive: true });
  });

  test("works again in a directory that was emptied under it", async () => {
    const fs = emptyState();
    const journal = Journal.open(fs, STATE);
    journal.put("a", { n: 1 });
    await journal.sync();
    for (const name of names(fs)) fs.unlink(`${STATE}/${name}`);
    journal.put("b", { n: 2 });
    expect(await journal.sync()).toBe(true);
    fs.crash(() => 0);
    expect(reopened(fs)).toEqual({ a: { n: 1 }, b: { n: 2 } });
  });
});

describe("on a full disk a journal", () => {
  test("says so, keeps everything in memory, leaves no half record, and makes up for it when there is room", async () => {
    const fs = emptyState();
    const journal = Journal.open(fs, STATE);
    journal.put("a", { n: 1 });
    await journal.sync();
    fs.freeBytes = 10;
    journal.put("a", { n: 2 });
    journal.put("b", { n: 2 });
    expect(await journal.sync()).toBe(false);
    expect(journal.problem).toMatch(/^positions cannot be saved in \/var\/lib\/klog: ENOSPC/);
    expect(journal.records.get("b")).toEqual({ n: 2 });
    expect(await journal.sync()).toBe(false);
    expect(reopened(fs)).toEqual({ a: { n: 1 } });
    fs.freeBytes = 1000;
    expect(await journal.sync()).toBe(true);
    expect(journal.problem).toBe(undefined);
    fs.crash(() => 0);
    expect(reopened(fs)).toEqual({ a: { n: 2 }, b: { n: 2 } });
    expect(Journal.open(fs, STATE).damage).toEqual([]);
  });

  test("goes on appending when only the snapshot has no room, and names the problem", async () => {
    const fs = emptyState();
    const journal = Journal.open(fs, STATE, 300);
    for (let n = 0; n < 40; n++) journal.put(`gen/${n}`, { n, filler: "x".repeat(50) });
    await journal.sync();
    const problems = new Set<string | undefined>();
    for (let n = 0; n < 15; n++) {
      fs.freeBytes = 600;
      journal.put("gen/0", { n, filler: "x".repeat(400) });
      expect(await journal.sync()).toBe(true);
      problems.add(journal.problem);
    }
    expect([...problems]).toEqual([
      undefined,
      expect.stringMatching(/^the journal in \/var\/lib\/klog cannot be compacted: ENOSPC/),
    ]);
    expect(names(fs)).toEqual(["journal-00000001", "snapshot-00000001"]);
    fs.crash(() => 0);
    expect(reopened(fs)["gen/0"]).toMatchObject({ n: 14 });
  });
});

describe("a journal refuses, and touches nothing,", () => {
  test("where a file of its name is somebody else's", async () => {
    const fs = emptyState();
    fs.append(`${STATE}/journal-00000001`, "-- Journal begins at Sat 2026-11-21 --\n");
    const error = await refusal(() => Journal.open(fs, STATE));
    expect(error.code).toBe("STATE_UNREADABLE");
    expect(error.message).toBe("/var/lib/klog/journal-00000001 is not a file that klog wrote");
    expect(error.hint).toContain("--state-dir");
    expect(Buffer.from(fs.content(`${STATE}/journal-00000001`)!).toString()).toContain("Journal begins");
  });

  test("where a newer klog has written", async () => {
    const fs = emptyState();
    fs.append(`${STATE}/snapshot-00000007`, "klog state 2\nwhatever it may hold");
    const error = await refusal(() => Journal.open(fs, STATE));
    expect(error.message).toBe("/var/lib/klog/snapshot-00000007 has format 2; this klog knows format 1 only");
    expect(error.hint).toContain("the klog that wrote it");
    expect(names(fs)).toEqual(["snapshot-00000007"]);
  });

  test("where a file cannot be read", async () => {
    const fs = emptyState();
    await grown(fs, 1);
    fs.beforeCall = (name, path) => {
      if (name === "readFile") throw fault("EACCES", path);
    };
    const error = await refusal(() => Journal.open(fs, STATE));
    expect(error.message).toMatch(/snapshot-00000001 cannot be read: EACCES/);
  });

  test("no file that has another name", async () => {
    const fs = emptyState();
    for (const name of ["agent.lock", "status.json", "journal-1", "snapshot-00000001.bak", "snapshot.tmp"]) {
      fs.append(`${STATE}/${name}`, "anything");
    }
    expect(Journal.open(fs, STATE).records.size).toBe(0);
  });
});

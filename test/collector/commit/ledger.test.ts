import { describe, expect, test } from "vitest";
import { Journal } from "../../../src/collector/commit/journal.ts";
import { isLedgerKey, Ledger } from "../../../src/collector/commit/ledger.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";

const STATE = "/var/lib/klog";

function opened(fs = new ModelFileSystem(), now = 1000) {
  fs.directory(STATE);
  const journal = Journal.open(fs, STATE);
  return { fs, journal, ledger: new Ledger(journal, () => now) };
}

const gap = (at: number, bytes = 2, reason = "deleted") => {
  return { ...{ chain: "c", path: "/a", generation: "g", from: 0, to: bytes }, bytes, reason, at };
};

describe("the ledger", () => {
  test("goes on where the process before ended: sums, gaps, and since when", async () => {
    const { fs, journal, ledger } = opened();
    const account = ledger.account("web");
    account.delivered(100);
    account.addGap(gap(5, 30));
    account.addGap(gap(6, 7, "truncated"));
    await journal.close();
    const next = opened(fs, 9000).ledger.account("web");
    expect(next).toMatchObject({ since: 1000, acked: 100, lost: 37, gapCount: 2, before: { lost: 37, gaps: 2 } });
    expect(next.gaps).toEqual([gap(5, 30), gap(6, 7, "truncated")]);
    expect(next.lostBytesByReason).toEqual({ deleted: 30, truncated: 7 });
  });

  test("says after a crash what the positions of the same batch say", async () => {
    const { fs, journal, ledger } = opened();
    const account = ledger.account("web");
    for (let position = 10; position <= 50; position += 10) {
      journal.put("g.0", { ackPos: position });
      account.delivered(10);
      // The second half of them is never made durable.
      if (position <= 30) await journal.sync();
    }
    const next = opened(fs);
    expect(next.journal.records.get("g.0")).toEqual({ ackPos: 30 });
    expect(next.ledger.account("web").acked).toBe(30);
  });

  test("remembers the newest thousand gaps, and counts all with their bytes", async () => {
    const { fs, journal, ledger } = opened();
    for (let i = 0; i < 1200; i++) ledger.account("web").addGap(gap(i));
    await journal.close();
    const { journal: after, ledger: next } = opened(fs);
    const { gaps, gapCount, lost } = next.account("web");
    expect([gapCount, gaps.length, gaps[0]!.at, gaps.at(-1)!.at, lost]).toEqual([1200, 1000, 200, 1199, 2400]);
    expect([...after.records.keys()].filter(isLedgerKey)).toHaveLength(1001);
  });

  test("keeps pipelines apart, whatever they are called, and those of former configurations", async () => {
    const { fs, journal, ledger } = opened();
    for (const name of ["a", "gap/0/a", "a/ledger/"]) {
      ledger.account(name).addGap(gap(name.length));
      ledger.account(name).delivered(name.length);
    }
    await journal.close();
    const next = opened(fs).ledger;
    for (const name of ["a", "gap/0/a", "a/ledger/"]) {
      expect(next.account(name)).toMatchObject({ acked: name.length, gaps: [gap(name.length)] });
    }
    expect(next.former(new Set(["a"])).map(({ pipeline }) => pipeline)).toEqual(["gap/0/a", "a/ledger/"]);
  });

  test("of many former pipelines keeps those that delivered or lost last", async () => {
    const fs = new ModelFileSystem();
    for (let i = 0; i < 60; i++) {
      const { journal, ledger } = opened(fs, i);
      ledger.account(`p${i}`).addGap(gap(i));
      await journal.close();
    }
    const { journal, ledger } = opened(fs, 60);
    await journal.close();
    const names = ledger.former(new Set()).map(({ pipeline }) => pipeline);
    expect(names).toHaveLength(50);
    expect(names).toContain("p59");
    expect([...opened(fs).journal.records.keys()].filter(isLedgerKey)).toHaveLength(100);
  });
});

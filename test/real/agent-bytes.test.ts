// T3: what files really hold (nothing, one byte, no end, CRLF, NUL, broken UTF-8, 5 MiB in a line) is in the store byte for byte.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { FLAG_PARTIAL, FLAG_TRUNCATED } from "../../src/collector/record-batch.ts";
import { AgentRig } from "./support/agent.ts";
import { append, criLine, criLines, podLog } from "./support/agent-logs.ts";
import { delivered } from "./support/agent-store.ts";

const MIB = 1024 * 1024;

/** By the name of a file: its rows in order. */
function byFile(store: string): Map<string, ReturnType<typeof delivered>> {
  return Map.groupBy(delivered(store), ({ origin }) => basename(origin.path));
}

test("plain files of every strange kind arrive byte for byte", async () => {
  await using rig = new AgentRig("bytes");
  const logs = rig.path("logs");
  mkdirSync(logs);
  const broken = Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x62]);
  const line = (bytes: string | Buffer) => Buffer.concat([Buffer.from(bytes), Buffer.from("\n")]);
  const files: Readonly<Record<string, { bytes: Buffer; messages: readonly (string | Buffer)[] }>> = {
    "empty.log": { bytes: Buffer.alloc(0), messages: [] },
    "one.log": { bytes: Buffer.from("x"), messages: ["x"] },
    "blank.log": { bytes: Buffer.from("\n"), messages: [""] },
    "unterminated.log": { bytes: Buffer.from("first\nsecond"), messages: ["first", "second"] },
    "crlf.log": { bytes: Buffer.from("first\r\nsecond\r\n"), messages: ["first\r", "second\r"] },
    "nul.log": { bytes: Buffer.from("a\0b\n\0\0\nc\n"), messages: ["a\0b", "\0\0", "c"] },
    "broken.log": { bytes: Buffer.concat([line(broken), line("after")]), messages: [broken, "after"] },
  };
  for (const [name, { bytes }] of Object.entries(files)) writeFileSync(`${logs}/${name}`, bytes);
  const start = { args: ["--files", `${logs}/*.log`, "--state-dir", rig.state, "--sink", `store:${rig.store}`] };
  await rig.finish(start);
  const rows = byFile(rig.store);
  for (const [name, { messages }] of Object.entries(files)) {
    const have = (rows.get(name) ?? []).map(({ message }) => message.toString("latin1"));
    const want = messages.map((message) => Buffer.from(message).toString("latin1"));
    expect(have, name).toEqual(want);
  }
  const flags = (name: string) => rows.get(name)!.map((row) => row.flags & FLAG_PARTIAL);
  expect(flags("one.log")).toEqual([FLAG_PARTIAL]);
  expect(flags("unterminated.log")).toEqual([0, FLAG_PARTIAL]);

  // What is read once is not read again, and what has no end yet goes on where it was.
  append(`${logs}/empty.log`, "now\n");
  append(`${logs}/crlf.log`, "third\r\n");
  await rig.finish(start);
  const again = byFile(rig.store);
  expect(again.get("empty.log")!.map(({ message }) => message.toString())).toEqual(["now"]);
  expect(again.get("crlf.log")!.map(({ message }) => message.toString())).toEqual(["first\r", "second\r", "third\r"]);
});

test("of a line of 5 MiB in a plain file the first MiB is kept, and the rest is counted", async () => {
  await using rig = new AgentRig("long");
  mkdirSync(rig.path("logs"));
  const long = Buffer.alloc(5 * MIB, "0123456789abcdef");
  writeFileSync(rig.path("logs/long.log"), Buffer.concat([Buffer.from("before\n"), long, Buffer.from("\nafter\n")]));
  const { code, stderr } = await rig.once({
    args: ["--files", rig.path("logs/*.log"), "--state-dir", rig.state, "--sink", `store:${rig.store}`],
  });
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/1 truncated/);
  const rows = delivered(rig.store);
  expect(rows.map(({ message }) => message.length)).toEqual([6, MIB, 5]);
  expect(rows[1]!.message.equals(long.subarray(0, MIB))).toBe(true);
  expect(rows[1]!.flags & FLAG_TRUNCATED).toBe(FLAG_TRUNCATED);
  expect(rig.pipeline.counters.cutBytes).toBe(4 * MIB);
}, 30_000);

test("a container's line of 5 MiB in parts keeps its first MiB, and its neighbours are whole", async () => {
  await using rig = new AgentRig("parts");
  const path = podLog(rig.pods, "long");
  const part = "p".repeat(16 * 1024);
  append(path, criLine("before"));
  for (let i = 0; i < 320; i++) append(path, criLine(part, "stdout", i === 319 ? "F" : "P"));
  append(path, criLine("after"));
  await rig.finish();
  const rows = delivered(rig.store);
  expect(rows.map(({ message }) => message.length)).toEqual([6, MIB, 5]);
  expect(rows[1]!.flags & FLAG_TRUNCATED).toBe(FLAG_TRUNCATED);
  expect(rig.pipeline.counters.truncated).toBe(1);
});

test("a new file under the inode of a deleted one is read from its first byte", async () => {
  await using rig = new AgentRig("inode");
  const path = podLog(rig.pods, "reuse");
  let [reused, last, inode] = [0, 0, 0n];
  for (let round = 0; round < 8; round++) {
    // The same head every time: the name, the inode and the beginning are equal, only the birth differs.
    append(path, `${criLines(0, 0, 1500)}${criLines(last + 1, last + 10)}`);
    last += 10;
    const { ino } = statSync(path, { bigint: true });
    if (ino === inode) reused++;
    inode = ino;
    // The file before is gone: what else was there meanwhile nobody knows, and that is told.
    expect((await rig.once()).code).toBe(round === 0 ? 0 : 3);
    rmSync(path);
  }
  expect(reused).toBeGreaterThan(0);
  const numbers = delivered(rig.store).map(({ message }) => Number.parseInt(message.toString().slice(5), 10));
  expect(numbers.filter((n) => n > 0)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  expect(numbers.filter((n) => n === 0)).toHaveLength(8);
  const { total, gaps } = rig.pipeline;
  expect([total.balance.lost, ...new Set(gaps.map(({ reason }) => reason))]).toEqual([0, "unseen"]);
});

test("many files with the same first 2 KiB are many files", async () => {
  await using rig = new AgentRig("banner");
  const banner = criLines(0, 0, 2048);
  for (let i = 1; i <= 50; i++) writeFileSync(podLog(rig.pods, `pod-${i}`), banner + criLines(i, i));
  await rig.finish();
  await rig.finish();
  const rows = delivered(rig.store);
  expect(rows).toHaveLength(100);
  for (let i = 1; i <= 50; i++) {
    const own = rows.filter(({ origin }) => origin.pod === `pod-${i}`).map(({ message }) => message.toString());
    expect(own).toEqual([
      readFileSync(podLog(rig.pods, `pod-${i}`), "utf8")
        .split("\n")[0]!
        .slice(40),
      `line ${i}`,
    ]);
  }
});

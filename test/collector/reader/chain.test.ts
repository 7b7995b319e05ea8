import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DescriptorPool, HeldBytes } from "../../../src/collector/reader/descriptors.ts";
import type { FirstRead } from "../../../src/collector/target.ts";
import { fault } from "../../support/model-file-system.ts";
import { DIRECTORY, LOG, Rig, setUp, targetOf } from "./rig.ts";

describe("where reading begins", () => {
  test.each<[FirstRead, string[]]>([
    ["beginning", ["old", "one", "two", "three and more"]],
    ["end", ["three and more"]],
    [{ lastBytes: 10 }, ["two", "three and more"]],
    [{ lastBytes: 9 }, ["two", "three and more"]],
    [{ lastBytes: 8 }, ["three and more"]],
    [{ lastBytes: 2 }, ["three and more"]],
    [{ lastBytes: 99 }, ["one", "two", "three and more"]],
  ])("%j begins at the start of a line", async (firstRead, lines) => {
    const { fs, rig } = setUp("logrotate", firstRead);
    fs.append(`${LOG}.2.gz`, gzipSync("old\n"));
    fs.append(LOG, "one\ntwo\nthree");
    rig.start();
    fs.append(LOG, " and more\n");
    await rig.drain();
    expect(rig.texts).toEqual(lines);
  });

  test("a file found later in a log that is known is read from its first byte, also after a restart", async () => {
    const { fs, rig, restart } = setUp("logrotate", "end");
    fs.append(LOG, "before\n");
    fs.append(`${LOG}.1`, "long before\n");
    rig.start();
    await rig.drain();
    fs.move(LOG, `${LOG}.2`);
    fs.append(LOG, "after\n");
    restart();
    await rig.drain();
    expect(rig.texts).toEqual(["after"]);
  });
});

describe("the end of a file", () => {
  test("a rotated file is sealed after two looks at its end; then its last line goes out, and its file is closed", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\ntw");
    const chain = rig.start();
    while (await rig.read()) rig.write();
    const writer = fs.inodeOf(LOG);
    fs.move(LOG, `${LOG}.1`);
    fs.append(LOG, "three\n");
    chain.reconcile();
    expect([await rig.read(), chain.unread]).toEqual([false, 0]);
    fs.appendTo(writer, "o\nfo");
    chain.poll();
    await rig.read();
    for (const ms of [0, 4999]) {
      rig.now += ms;
      chain.poll();
      await rig.read();
      expect(chain.status.generations[0]!.state).toBe("DRAINING");
    }
    rig.now += 1;
    chain.poll();
    expect([chain.unread, chain.status.generations[0]!.state]).toEqual([8, "SEALED"]);
    while (await rig.read()) rig.write();
    rig.write();
    rig.acknowledge();
    expect(rig.texts).toEqual(["one", "two", "fo", "three"]);
    expect(chain.status.generations.map(({ state, source }) => [state, source])).toEqual([
      ["DONE", "none"],
      ["LIVE", "file"],
    ]);
    expect(fs.openDescriptors).toBe(1);
  });

  test("a file that is done and grows all the same is read on", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\n");
    rig.start();
    const writer = fs.inodeOf(LOG);
    fs.move(LOG, `${LOG}.1`);
    await rig.drain();
    expect(rig.chain!.status.generations[0]!.state).toBe("DONE");
    fs.appendTo(writer, "late\n");
    await rig.drain();
    expect(rig.texts).toEqual(["one", "late"]);
  });

  test("when no more is waited for, the unterminated last line goes out, and is not read again", async () => {
    const { fs, rig, restart } = setUp();
    fs.append(LOG, "one\ntwo");
    rig.start().finish();
    await rig.drain();
    restart();
    await rig.drain();
    expect([rig.texts, rig.chain!.atEnd]).toEqual([["one", "two"], true]);
  });
});

describe("identity", () => {
  test("the inode number of a deleted file comes again, with the same beginning: a new generation", async () => {
    const { fs, rig, restart } = setUp();
    fs.append(LOG, "banner\none\n");
    rig.start();
    await rig.drain();
    const ino = fs.inodeNumber(LOG);
    rig.sync();
    fs.kill();
    fs.unlink(LOG);
    fs.nextInode = ino;
    fs.append(LOG, "banner\none\ntwo\n");
    restart();
    await rig.drain();
    expect(rig.texts).toEqual(["banner", "one", "banner", "one", "two"]);
    expect(rig.happened).toContain("inode reuse");
    expect(new Set(rig.written.map(({ id }) => id)).size).toBe(5);
  });

  test("a hundred files with one 2 KiB banner and files of one byte are all read", async () => {
    const { fs, rig } = setUp("docker");
    const banner = `${"#".repeat(2047)}\n`;
    for (let n = 100; n > 0; n--) fs.append(`${LOG}.${n}`, n % 2 === 0 ? `${banner}${n}\n` : "x");
    fs.append(LOG, "");
    rig.start();
    await rig.drain();
    expect(rig.texts.filter((text) => /^\d+$/.test(text))).toEqual(
      Array.from({ length: 50 }, (_, i) => String(100 - 2 * i)),
    );
    expect(rig.texts.filter((text) => text === "x")).toHaveLength(50);
  });

  test("ids do not depend on the journal, nor on the device number", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\ntwo\n");
    rig.start();
    await rig.drain();
    const again = new Rig(fs, targetOf("logrotate", "app.log"));
    fs.setDevice(77n);
    again.start();
    await again.drain();
    expect(again.written.map(({ id }) => id)).toEqual(rig.written.map(({ id }) => id));
  });

  test("cut short and grown past the old position between two looks: the mark tells, and the rest is in the copy", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "head\none\n");
    const chain = rig.start();
    await rig.read();
    fs.append(LOG, "two\n");
    fs.copy(LOG, `${LOG}.1`);
    fs.cutFile(LOG, 0);
    fs.append(LOG, "head\nother\nlines\n");
    await rig.drain();
    expect(rig.texts).toEqual(["head", "one", "two", "head", "other", "lines"]);
    expect(rig.happened).toEqual(["truncated"]);
    expect(chain.status.generations.map(({ epoch, source, state }) => [epoch, source, state])).toEqual([
      [0, "none", "DONE"],
      [1, "file", "LIVE"],
    ]);
    expect(new Set(rig.written.map(({ id }) => id)).size).toBe(6);
  });

  test("a copy is not read while its original stands", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\ntwo\n");
    rig.start();
    fs.copy(LOG, `${LOG}.1`);
    await rig.drain();
    fs.append(LOG, "three\n");
    await rig.drain();
    expect(rig.texts).toEqual(["one", "two", "three"]);
  });

  test("bytes that were cut off unread are a gap, reported once and to the byte", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\ntwo\nthree\n");
    rig.start();
    await rig.read(5);
    fs.cutFile(LOG, 0);
    fs.append(LOG, "new\n");
    await rig.drain();
    expect(rig.texts).toEqual(["one", "new"]);
    expect(rig.gaps).toMatchObject([{ epoch: 0, from: 4, to: 14, bytes: 10, reason: "truncated" }]);
    expect(rig.chain!.balance).toEqual({ seen: 18, acked: 8, inFlight: 0, unread: 0, lost: 10 });
  });
});

test("a rotation in the middle of the first look does not turn the order round", async () => {
  const { fs, rig } = setUp();
  fs.append(LOG, "one\n");
  fs.beforeCall = (name) => {
    if (name !== "lstat") return;
    fs.beforeCall = undefined;
    fs.move(LOG, `${LOG}.1`);
    fs.append(LOG, "two\n");
  };
  rig.start();
  while (await rig.read()) rig.write();
  expect(rig.texts).toEqual(["one", "two"]);
});

test("whole lines that were not taken are handed on again at once, the beginning of one only when it grows", async () => {
  const { fs, rig } = setUp();
  fs.append(LOG, "one\ntwo\nthr");
  const chain = rig.start();
  const memory = new Uint8Array(64);
  const taken: [offset: number, length: number][] = [];
  for (const bytes of [4, 4]) {
    const read = await chain.read(memory, 0, memory.length);
    taken.push([read!.offset, read!.length]);
    chain.consumed(read!, bytes);
  }
  expect([taken, chain.unread, await chain.read(memory, 0, 64)]).toEqual([
    [
      [0, 11],
      [4, 7],
    ],
    0,
    undefined,
  ]);
  fs.append(LOG, "ee\n");
  chain.poll();
  expect(chain.unread).toBe(6);
});

describe("limits and trouble", () => {
  test("over the bound of held deleted bytes the oldest is given up, as a gap", async () => {
    const { fs, rig } = setUp();
    rig.held = new HeldBytes(20);
    fs.append(LOG, "0123456789\n");
    const chain = rig.start();
    fs.unlink(LOG);
    fs.append(LOG, "abcdefghij\n");
    chain.reconcile();
    expect([chain.timeToLoss, rig.held.bytes, rig.gaps]).toEqual([0, 11, []]);
    fs.unlink(LOG);
    fs.append(LOG, "new\n");
    chain.reconcile();
    expect(rig.gaps).toMatchObject([{ from: 0, to: 11, bytes: 11, reason: "held-limit" }]);
    await rig.drain();
    expect([rig.texts, rig.held.bytes]).toEqual([["abcdefghij", "new"], 0]);
  });

  test("over the limit of open files the idle log is closed, and read on when it grows or is rotated", async () => {
    const { fs, rig } = setUp();
    rig.descriptors = new DescriptorPool(1);
    fs.append(LOG, "one\n");
    const chain = rig.start();
    await rig.drain(1);
    const other = { closable: false, closeIdle: () => {} };
    rig.descriptors.add(other);
    expect([fs.openDescriptors, chain.status.generations[0]!.source]).toEqual([0, "none"]);
    rig.descriptors.remove(other);
    fs.append(LOG, "two\n");
    await rig.drain(1);
    rig.descriptors.add(other);
    fs.append(LOG, "three\n");
    fs.move(LOG, `${LOG}.1`);
    fs.append(LOG, "four\n");
    await rig.drain(1);
    expect([rig.texts, rig.gaps]).toEqual([["one", "two", "three", "four"], []]);
  });

  test.each([
    ["EMFILE", "descriptors", "openForReading"],
    ["EACCES", "access", "openForReading"],
    ["EIO", "io", "read"],
    ["EIO", "io", "lstat"],
    ["EIO", "io", "fstat"],
    ["EACCES", "access", "list"],
  ] as const)(
    "%s is a named problem of kind %s at %s, told once; it is over when the call succeeds",
    async (code, kind, call) => {
      const { fs, rig } = setUp();
      fs.append(LOG, "one\n");
      const path = call === "list" ? DIRECTORY : LOG;
      fs.beforeCall = (name, at) => {
        if (name === call && at === path) throw fault(code, at);
      };
      rig.start();
      await rig.drain(3);
      expect([rig.texts, rig.gaps, rig.happened]).toEqual([[], [], [`problem ${kind} ${path}`]]);
      fs.beforeCall = undefined;
      await rig.drain(1);
      expect([rig.texts, rig.happened.slice(1)]).toEqual([["one"], [`gone ${kind} ${path}`]]);
      expect(fs.openDescriptors).toBe(1);
    },
  );

  test("a poll of a file that is as it was asks for nothing but that", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\n");
    const chain = rig.start();
    await rig.drain(1);
    chain.poll();
    const calls: string[] = [];
    fs.beforeCall = (name) => calls.push(name);
    for (let i = 0; i < 3; i++) chain.poll();
    expect(calls).toEqual(["fstat", "fstat", "fstat"]);
    fs.append(LOG, "two\n");
    chain.poll();
    expect([calls.length > 4, chain.unread]).toEqual([true, 4]);
  });

  test("what is written to an open file is read also while nobody may look at its name", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\n");
    const chain = rig.start();
    await rig.drain(1);
    fs.append(LOG, "two\n");
    fs.beforeCall = (name, at) => {
      if (name === "lstat") throw fault("EACCES", at);
    };
    chain.poll();
    expect(chain.unread).toBe(4);
    expect(await rig.read()).toBe(true);
    rig.write();
    expect(rig.texts).toEqual(["one", "two"]);
  });

  test("a read that fails holds up its own log only until the next look", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\n");
    const chain = rig.start();
    fs.beforeCall = (name, at) => {
      if (name === "read") throw fault("EIO", at);
    };
    expect([await rig.read(), chain.unread, chain.status.problems.length]).toEqual([false, 0, 1]);
    fs.beforeCall = undefined;
    await rig.drain(1);
    expect([rig.texts, chain.status.problems]).toEqual([["one"], []]);
  });

  test("FIFOs, directories and links under the log's names are left alone", async () => {
    const { fs, rig } = setUp();
    fs.append(LOG, "one\n");
    fs.special(`${LOG}.1`);
    fs.directory(`${LOG}.2`);
    fs.symlink(LOG, `${LOG}.3`);
    rig.start();
    await rig.drain(1);
    expect([rig.texts, rig.happened]).toEqual([["one"], []]);
  });

  test("a record is forgotten when its file and its archive are gone, and not before", async () => {
    const { fs, rig, restart } = setUp("docker");
    fs.append(LOG, "one\n");
    rig.start();
    for (let n = 0; n < 50; n++) {
      for (let i = 3; i >= 1; i--) if (fs.content(`${LOG}.${i}`)) fs.move(`${LOG}.${i}`, `${LOG}.${i + 1}`);
      fs.move(LOG, `${LOG}.1`);
      fs.append(LOG, `${n}\n`);
      fs.unlink(`${LOG}.4`);
      await rig.drain(4);
    }
    expect(rig.chain!.generations.length).toBe(4);
    restart();
    await rig.drain(4);
    expect([rig.texts.length, rig.gaps]).toEqual([51, []]);
  });

  test("the time until loss shortens with each younger file and with faster rotations", async () => {
    const { fs, rig } = setUp("kubelet", "beginning", "0.log");
    const log = `${DIRECTORY}/0.log`;
    fs.append(log, "one\n");
    const chain = rig.start();
    expect(chain.timeToLoss).toBeUndefined();
    for (const stamp of ["000001", "000002"]) {
      rig.now += 3000;
      fs.move(log, `${log}.20261121-${stamp}`);
      fs.append(log, "next\n");
      chain.reconcile();
    }
    expect(chain.timeToLoss).toBe(3 * 3000);
    await rig.drain();
    expect(chain.timeToLoss).toBeUndefined();
  });
});

test("bytes go through as they are: CR, NUL, invalid UTF-8, empty lines, and a line that is longer than any read", async () => {
  const { fs, rig } = setUp();
  const odd = Buffer.from("a\r\n\0\0\n\n\xff\xfe\n", "latin1");
  fs.append(LOG, odd);
  const chain = rig.start();
  await rig.drain(1);
  expect(rig.texts).toEqual(["a\r", "\0\0", "", "\xff\xfe"]);
  const long = "z".repeat(5 * 1024 * 1024);
  fs.append(LOG, `${long}\nshort\n`);
  chain.poll();
  const memory = new Uint8Array(256 * 1024);
  let taken = 0;
  for (let read = await chain.read(memory, 0, memory.length); read !== undefined; ) {
    taken += memory.subarray(0, read.length).reduce((sum, byte) => sum + (byte === 122 ? 1 : 0), 0);
    chain.consumed(read, read.length);
    read = await chain.read(memory, 0, memory.length);
  }
  expect([taken, chain.unread]).toEqual([long.length, 0]);
});

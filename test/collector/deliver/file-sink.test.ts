import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileSink, type FileSinkOptions } from "../../../src/collector/deliver/file-sink.ts";
import { TwinEncoder } from "../../../src/collector/deliver/twin-encoder.ts";
import type { FileSystem } from "../../../src/collector/file-system.ts";
import { nodeFileSystem } from "../../../src/collector/node-file-system.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";
import { fault, ModelFileSystem } from "../../support/model-file-system.ts";
import { batchOf, messagesIn } from "./message-batch.ts";

const PATH = "/out/app.ndjson";
const OPTIONS: FileSinkOptions = { path: PATH, rotateBytes: undefined, keep: 3, mode: 0o600, fsync: "batch" };

function rig(options: Partial<FileSinkOptions> = {}, fs = new ModelFileSystem()) {
  const clock = new FakeClock();
  const delivered: string[] = [];
  const open = () =>
    new FileSink({ ...OPTIONS, ...options }, new TwinEncoder(), {
      fs,
      now: () => clock.now(),
      timer: (ms, run) => clock.timer(ms, run),
    });
  let sink = open();
  return {
    fs,
    clock,
    delivered,
    get sink() {
      return sink;
    },
    write: (messages: readonly string[], dropped?: readonly number[]) =>
      sink.write(batchOf(messages, dropped), () => delivered.push(...messages)),
    /** Another agent with the same configuration, after this one has died. */
    async restart() {
      sink = open();
      await sink.open();
    },
    messages: (path = PATH) => messagesIn(fs.content(path)),
  };
}

function during(fs: ModelFileSystem, name: keyof FileSystem, code: string): () => void {
  fs.beforeCall = (called, path) => {
    if (called === name) throw fault(code, path);
  };
  return () => {
    fs.beforeCall = undefined;
  };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

describe("the file sink", () => {
  test("writes what was gathered after a moment, and delivers it behind the sync", async () => {
    const { sink, fs, clock, delivered, write, messages } = rig();
    await sink.open();
    write(["one", "two"]);
    expect(fs.content(PATH)).toHaveLength(0);
    await clock.advance(20);
    expect(messages()).toEqual(["one", "two"]);
    expect(delivered).toEqual(["one", "two"]);
    expect(sink.status()).toMatchObject({ name: `file:${PATH}`, state: "open", records: 2, failures: 0 });
  });

  test("keeps the order of writes that are gathered and writes that are large", async () => {
    const { sink, clock, delivered, write, messages } = rig({ fsync: "never" });
    await sink.open();
    const large = "x".repeat(300_000);
    write(["a"]);
    write([large, "b"]);
    write(["c"]);
    await clock.advance(20);
    expect(messages()).toEqual(["a", large, "b", "c"]);
    expect(delivered).toEqual(["a", large, "b", "c"]);
  });

  test("delivers a batch whose rows were all dropped, in its turn", async () => {
    const { sink, clock, delivered, write, messages } = rig();
    await sink.open();
    write(["one"]);
    write(["gone"], [0]);
    expect(delivered).toEqual([]);
    await clock.advance(20);
    expect(delivered).toEqual(["one", "gone"]);
    write(["gone too"], [0]);
    expect(delivered).toEqual(["one", "gone", "gone too"]);
    expect(messages()).toEqual(["one"]);
    expect(sink.status().records).toBe(1);
  });

  test("interval waits up to a second with the sync, and flush does not", async () => {
    const { sink, clock, delivered, write } = rig({ fsync: "interval" });
    await sink.open();
    write(["one"]);
    await clock.advance(900);
    expect(delivered).toEqual([]);
    await clock.advance(200);
    expect(delivered).toEqual(["one"]);
    write(["two"]);
    await sink.flush();
    expect(delivered).toEqual(["one", "two"]);
  });

  test("what is delivered under a syncing policy survives a loss of power, and nothing torn stays", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }),
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom("batch" as const, "interval" as const),
        async (sizes, at, fsync) => {
          const fs = new ModelFileSystem();
          fs.directory("/out");
          const r = rig({ fsync, rotateBytes: 2000, keep: 50 }, fs);
          let calls = 0;
          fs.beforeCall = () => {
            if (calls++ === at) throw fault("EIO");
          };
          await r.sink.open();
          let next = 0;
          for (const size of sizes) {
            r.write(numbers(next, next + size));
            next += size;
            await r.clock.advance(150);
          }
          const promised = [...r.delivered];
          fs.beforeCall = undefined;
          fs.crash((most) => (most * 7919 + at) % (most + 1));
          await r.restart();
          const files = [...Array.from({ length: 50 }, (_, i) => `${PATH}.${50 - i}`), PATH];
          const kept = files.flatMap((path) => messagesIn(fs.content(path)));
          const there = new Set(kept);
          expect(promised.filter((message) => !there.has(message))).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("a disk that takes nothing", () => {
  test("blocks with its reason, loses and halves nothing, and goes on by itself", async () => {
    const { sink, fs, clock, delivered, write, messages } = rig();
    await sink.open();
    write(["one"]);
    await clock.advance(20);
    fs.freeBytes = 10;
    write(["two"]);
    await clock.advance(20);
    expect(sink.status()).toMatchObject({ state: "blocked", reason: `${PATH}: the disk is full`, failures: 1 });
    const room = sink.room();
    expect(room).toBeInstanceOf(Promise);
    write(["three"]);
    await clock.advance(5000);
    expect(delivered).toEqual(["one"]);
    fs.freeBytes = Number.POSITIVE_INFINITY;
    await clock.advance(30_000);
    await room;
    expect(messages()).toEqual(["one", "two", "three"]);
    expect(delivered).toEqual(["one", "two", "three"]);
    expect(sink.status().state).toBe("open");
    expect(sink.room()).toBeUndefined();
  });

  test("is asked again after 100 ms, then twice as late each time, half a minute at most", async () => {
    const { sink, fs, clock, write } = rig();
    await sink.open();
    const start = clock.now();
    const attempts: number[] = [];
    fs.beforeCall = (name, path) => {
      if (name !== "write") return;
      attempts.push(clock.now() - start - 20);
      throw fault("EROFS", path);
    };
    write(["one"]);
    await clock.advance(120_000);
    const waits = attempts.slice(1).map((at, i) => at - attempts[i]!);
    expect(waits.slice(0, 10)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000]);
  });

  test("a failed sync takes the bytes back and writes them again: none is delivered on a promise that was broken", async () => {
    const { sink, fs, clock, delivered, write, messages } = rig();
    await sink.open();
    const mend = during(fs, "sync", "EIO");
    write(["one"]);
    await clock.advance(20);
    expect(delivered).toEqual([]);
    expect(sink.status()).toMatchObject({ state: "blocked", reason: `${PATH}: the disk reports errors` });
    let writes = 0;
    mend();
    fs.beforeCall = (name) => {
      if (name === "write") writes++;
    };
    await clock.advance(1000);
    expect(writes).toBe(1);
    expect(delivered).toEqual(["one"]);
    expect(messages()).toEqual(["one"]);
  });

  test("a full disk at the start opens blocked; a place where it may not write is an error for a person", async () => {
    const { sink, fs, clock, delivered, write } = rig();
    const mend = during(fs, "openForAppending", "ENOSPC");
    await sink.open();
    expect(sink.status().state).toBe("blocked");
    mend();
    write(["one"]);
    await clock.advance(1000);
    expect(delivered).toEqual(["one"]);
    const other = rig();
    during(other.fs, "openForAppending", "EACCES");
    await expect(other.sink.open()).rejects.toThrow(`cannot open the sink file:${PATH}: ${PATH}: permission denied`);
    const third = rig();
    third.fs.directory(PATH);
    await expect(third.sink.open()).rejects.toThrow(`sink file: ${PATH} is not a regular file`);
  });
});

describe("rotation", () => {
  test("keeps files within the size and the number, every record whole and in order", async () => {
    const { sink, fs, clock, write, messages } = rig({ rotateBytes: 1000, keep: 2 });
    await sink.open();
    for (let i = 0; i < 40; i += 5) {
      write(numbers(i, i + 5));
      await clock.advance(100);
    }
    const sizes = [PATH, `${PATH}.1`, `${PATH}.2`].map((path) => fs.content(path)!.length);
    expect(sizes.every((size) => size > 0 && size <= 1000)).toBe(true);
    expect(fs.content(`${PATH}.3`)).toBeUndefined();
    const kept = [...messages(`${PATH}.2`), ...messages(`${PATH}.1`), ...messages()];
    expect(kept).toEqual(numbers(40 - kept.length, 40));
    expect(fs.openDescriptors).toBe(1);
  });

  test("a record that is longer than a file may be has one of its own", async () => {
    const { sink, clock, write, messages } = rig({ rotateBytes: 500, keep: 5, fsync: "never" });
    await sink.open();
    const long = "y".repeat(2000);
    write(["a", long, "b"]);
    await clock.advance(20);
    expect([messages(`${PATH}.2`), messages(`${PATH}.1`), messages()]).toEqual([["a"], [long], ["b"]]);
  });

  test("keep 0 begins the file anew", async () => {
    const { sink, fs, clock, write, messages } = rig({ rotateBytes: 300, keep: 0, fsync: "never" });
    await sink.open();
    write(numbers(0, 10));
    await clock.advance(20);
    expect(messages().at(-1)).toBe("line 9");
    expect(fs.content(`${PATH}.1`)).toBeUndefined();
  });

  test("a rotation that fails halfway is finished later", async () => {
    const { sink, fs, clock, delivered, write, messages } = rig({ rotateBytes: 400, keep: 3 });
    await sink.open();
    const mend = during(fs, "rename", "EIO");
    write(numbers(0, 3));
    await clock.advance(50);
    expect(sink.status().state).toBe("blocked");
    mend();
    await clock.advance(1000);
    expect([...messages(`${PATH}.2`), ...messages(`${PATH}.1`), ...messages()]).toEqual(numbers(0, 3));
    expect(delivered).toEqual(numbers(0, 3));
  });

  test.each(["moved away", "deleted"])("a file that somebody has %s is made anew", async (how) => {
    const { sink, fs, clock, delivered, write, messages } = rig();
    await sink.open();
    write(["one"]);
    await clock.advance(20);
    if (how === "deleted") fs.unlink(PATH);
    else fs.move(PATH, "/out/old");
    await clock.advance(1000);
    write(["two"]);
    await clock.advance(20);
    expect(messages()).toEqual(["two"]);
    if (how !== "deleted") expect(messages("/out/old")).toEqual(["one"]);
    expect(delivered).toEqual(["one", "two"]);
  });
});

describe("the end of a file that is there", () => {
  test("half a record of klog's is cut off, a foreign line is ended", async () => {
    const { fs, sink, clock, write, messages } = rig();
    fs.append(PATH, '{"@timestamp":"2026-01-01T00:00:00Z","message":"whole"}\n{"@timestamp":"2026-01-01T0');
    await sink.open();
    write(["next"]);
    await clock.advance(20);
    expect(messages()).toEqual(["whole", "next"]);
    const foreign = rig();
    foreign.fs.append(PATH, "somebody's notes");
    await foreign.sink.open();
    foreign.write(["next"]);
    await foreign.clock.advance(20);
    expect(Buffer.from(foreign.fs.content(PATH)!).toString()).toMatch(/^somebody's notes\n\{"@timestamp"/);
  });

  test("each length of a torn record is cut back to the whole lines", async () => {
    const record = '{"@timestamp":"2026-01-01T00:00:00Z","message":"x"}\n';
    for (let length = 0; length < record.length; length++) {
      const { fs, sink } = rig();
      fs.append(PATH, record + record.slice(0, length));
      await sink.open();
      expect(fs.content(PATH)).toHaveLength(record.length);
    }
  });
});

test("on a real disk: bytes, mode, and rotation", async () => {
  const directory = mkdtempSync(join(tmpdir(), "klog-file-sink-"));
  const path = join(directory, "deep", "app.ndjson");
  const clock = new FakeClock();
  const options: FileSinkOptions = { path, rotateBytes: 1_000_000, keep: 2, mode: 0o640, fsync: "batch" };
  const sink = new FileSink(options, new TwinEncoder(), {
    fs: nodeFileSystem,
    now: () => clock.now(),
    timer: (ms, run) => clock.timer(ms, run),
  });
  await sink.open();
  let delivered = 0;
  for (let i = 0; i < 5; i++) {
    sink.write(batchOf(numbers(i * 2000, (i + 1) * 2000)), () => delivered++);
  }
  await sink.flush();
  await settled();
  expect(delivered).toBe(5);
  expect(statSync(path).mode & 0o777).toBe(0o640);
  const files = [`${path}.2`, `${path}.1`, path];
  expect(files.flatMap((name) => messagesIn(readFileSync(name)))).toEqual(numbers(0, 10_000));
  await sink.close();
  rmSync(directory, { recursive: true });
});

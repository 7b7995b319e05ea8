import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { KlogError } from "../../src/errors.ts";
import { StdoutWriter } from "../../src/output/stdout-writer.ts";
import { Terminal } from "../../src/output/terminal.ts";

/** A reader that takes a chunk only when it is told to. */
class SlowReader extends Writable {
  readonly taken: string[] = [];
  private release: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 16 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(chunk.toString());
    this.release = done;
  }

  take(): void {
    this.release?.();
  }
}

class FailingStream extends Writable {
  private readonly code: string;

  constructor(code: string) {
    super();
    this.code = code;
  }

  override _write(_chunk: Buffer, _encoding: string, done: (error: Error) => void): void {
    done(Object.assign(new Error(`write ${this.code}`), { code: this.code }));
  }
}

const ignore = () => {};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the terminal", () => {
  test("says when the reader is full and when it has taken everything", async () => {
    const reader = new SlowReader();
    const terminal = new Terminal(reader, new SlowReader(), ignore);
    expect(terminal.write(Buffer.from("short"))).toBe(true);
    expect(terminal.write(Buffer.from("longer than the mark"))).toBe(false);
    let isDrained = false;
    const drained = terminal.drained().then(() => {
      isDrained = true;
    });
    await turn();
    expect(isDrained).toBe(false);
    reader.take();
    await turn();
    reader.take();
    await drained;
    expect(reader.taken.join("")).toBe("shortlonger than the mark");
  });

  test("ends quietly when the reader closes the pipe", async () => {
    const ends: (KlogError | undefined)[] = [];
    const terminal = new Terminal(new FailingStream("EPIPE"), new SlowReader(), (error) => ends.push(error));
    terminal.write(Buffer.alloc(100_000));
    await turn();
    await terminal.drained();
    expect(ends).toEqual([undefined]);
    expect(terminal.write(Buffer.from("more"))).toBe(true);
  });

  test("ends with a clear error when the disk is full", async () => {
    const ends: (KlogError | undefined)[] = [];
    const terminal = new Terminal(new FailingStream("ENOSPC"), new SlowReader(), (error) => ends.push(error));
    terminal.write(Buffer.from("x"));
    await turn();
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ code: "OUTPUT_FAILED", hint: "make room on the disk, or write elsewhere" });
  });

  test("writes a regular file by itself, whole", () => {
    const folder = mkdtempSync(join(tmpdir(), "klog-terminal-"));
    const path = join(folder, "out");
    const fd = openSync(path, "w");
    const stream = Object.assign(new SlowReader(), { fd });
    const terminal = new Terminal(stream, new SlowReader(), ignore);
    expect(terminal.write(Buffer.from("to the file"))).toBe(true);
    closeSync(fd);
    expect(readFileSync(path, "utf8")).toBe("to the file");
    expect(stream.taken).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("knows the width, and takes 80 where there is none", () => {
    const stream = Object.assign(new SlowReader(), { isTTY: true, columns: 132 });
    expect(new Terminal(stream, new SlowReader(), ignore).columns).toBe(132);
    expect(new Terminal(new SlowReader(), stream, ignore)).toMatchObject({
      columns: 80,
      isTerminal: false,
      isErrorTerminal: true,
    });
  });
});

describe("the writer", () => {
  test("gathers the lines of one turn into one write", async () => {
    const reader = new SlowReader();
    const writer = new StdoutWriter(new Terminal(reader, new SlowReader(), ignore));
    for (const line of ["a\n", "b\n", "c\n"]) {
      writer.buffer.text(line);
      writer.written();
    }
    expect(reader.taken).toEqual([]);
    await turn();
    expect(reader.taken).toEqual(["a\nb\nc\n"]);
  });

  test("writes at once when there is much", () => {
    const reader = new SlowReader();
    const writer = new StdoutWriter(new Terminal(reader, new SlowReader(), ignore));
    writer.buffer.bytes(Buffer.alloc(64 * 1024, "x"), 0, 64 * 1024);
    writer.written();
    expect(reader.taken.join("").length).toBe(64 * 1024);
  });

  test("is full until the reader has taken what there is", async () => {
    const reader = new SlowReader();
    const writer = new StdoutWriter(new Terminal(reader, new SlowReader(), ignore));
    writer.buffer.text("more than sixteen bytes");
    writer.flush();
    expect(writer.full).toBe(true);
    const drained = writer.drained();
    reader.take();
    await drained;
    expect(writer.full).toBe(false);
  });

  test("close waits for the last byte", async () => {
    const reader = new SlowReader();
    const writer = new StdoutWriter(new Terminal(reader, new SlowReader(), ignore));
    writer.buffer.text("the last line, longer than the mark");
    writer.written();
    const closed = writer.close();
    reader.take();
    await closed;
    expect(reader.taken).toEqual(["the last line, longer than the mark"]);
  });
});

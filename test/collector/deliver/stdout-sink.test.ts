import { describe, expect, test } from "vitest";
import { type StandardOutput, StdoutSink } from "../../../src/collector/deliver/stdout-sink.ts";
import { TwinEncoder } from "../../../src/collector/deliver/twin-encoder.ts";
import type { KlogError } from "../../../src/errors.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { batchOf, messagesIn } from "./message-batch.ts";

/** A reader that takes a piece when it is told to. */
function slowReader() {
  const pieces: { bytes: Uint8Array; written: (error?: Error | null) => void }[] = [];
  const output: Uint8Array[] = [];
  const stdout: StandardOutput = { write: (bytes, written) => pieces.push({ bytes, written }) };
  return {
    stdout,
    output,
    get waiting() {
      return pieces.length;
    },
    take() {
      const piece = pieces.shift()!;
      output.push(piece.bytes);
      piece.written();
    },
    break(code: string) {
      pieces.shift()!.written(Object.assign(new Error(`write ${code}`), { code }));
    },
  };
}

function rig() {
  const clock = new FakeClock();
  const reader = slowReader();
  const ends: (KlogError | undefined)[] = [];
  const sink = new StdoutSink(
    new TwinEncoder(),
    reader.stdout,
    (ms, run) => clock.timer(ms, run),
    (reason) => ends.push(reason),
  );
  const delivered: string[] = [];
  const write = (messages: readonly string[]) => sink.write(batchOf(messages), () => delivered.push(...messages));
  return { clock, reader, ends, sink, delivered, write };
}

describe("the stdout sink", () => {
  test("delivers what the stream has taken, in order", async () => {
    const { clock, reader, sink, delivered, write } = rig();
    write(["one"]);
    write(["two"]);
    await clock.advance(20);
    expect(reader.waiting).toBe(1);
    expect(delivered).toEqual([]);
    reader.take();
    expect(delivered).toEqual(["one", "two"]);
    expect(messagesIn(Buffer.concat(reader.output))).toEqual(["one", "two"]);
    expect(sink.status()).toMatchObject({ state: "open", records: 2 });
  });

  test("the pieces hold their bytes although the batch's memory and the block are used again", async () => {
    const { clock, reader, write } = rig();
    const long = (letter: string) => letter.repeat(200_000);
    write([long("a"), "b"]);
    write([long("c"), "d"]);
    await clock.advance(20);
    write(["e"]);
    await clock.advance(20);
    while (reader.waiting > 0) reader.take();
    expect(messagesIn(Buffer.concat(reader.output))).toEqual([long("a"), "b", long("c"), "d", "e"]);
  });

  test("has no room while 4 MiB wait for a slow reader", async () => {
    const { clock, reader, sink, write } = rig();
    for (let i = 0; i < 5; i++) write(["x".repeat(1_000_000)]);
    await clock.advance(20);
    const room = sink.room();
    expect(room).toBeInstanceOf(Promise);
    while (reader.waiting > 0) reader.take();
    await room;
    expect(sink.room()).toBeUndefined();
  });

  test("flush waits for the reader", async () => {
    const { clock, reader, sink, delivered, write } = rig();
    write(["one"]);
    let isFlushed = false;
    const flushed = sink.flush().then(() => {
      isFlushed = true;
    });
    await clock.advance(0);
    expect(isFlushed).toBe(false);
    reader.take();
    await flushed;
    expect(delivered).toEqual(["one"]);
  });

  test("a closed pipe ends the output quietly, and delivers nothing more", async () => {
    const { clock, reader, ends, sink, delivered, write } = rig();
    write(["one"]);
    await clock.advance(20);
    reader.break("EPIPE");
    write(["two"]);
    await clock.advance(20);
    expect(ends).toEqual([undefined]);
    expect(delivered).toEqual([]);
    expect(sink.status()).toMatchObject({ state: "blocked", reason: "standard output is closed" });
    await sink.flush();
  });

  test("any other failure is told to a person, once", async () => {
    const { clock, reader, ends, write } = rig();
    write(["one"]);
    await clock.advance(20);
    write(["two"]);
    await clock.advance(20);
    reader.break("ENOSPC");
    reader.break("ENOSPC");
    expect(ends.map((reason) => [reason?.message, reason?.hint])).toEqual([
      ["cannot write to standard output: write ENOSPC", "make room on the disk, or write elsewhere"],
    ]);
  });
});

// `klog store export`: a store, or a part of it, as JSON lines or as a store of its own.

import { once } from "node:events";
import { createWriteStream, existsSync, renameSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { resolve, sep } from "node:path";
import type { Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import { TwinEncoder } from "../../collector/deliver/twin-encoder.ts";
import { KlogError, messageOf } from "../../errors.ts";
import { parseTime } from "../../query/time-expression.ts";
import { requireKnownFormat } from "../../store/store-directory.ts";
import { type StoreProblem, StoreReader } from "../../store/store-reader.ts";
import { StoreWriter } from "../../store/store-writer.ts";
import { type RowRange, type RowRun, rowRuns } from "../../store/stored-rows.ts";
import { counted } from "../agent/amounts.ts";
import type { CommandIo } from "../command-io.ts";
import { jsonText } from "../setup-inputs.ts";
import { recordBatch } from "./record-batch.ts";
import type { StoreLine } from "./start-store-command.ts";

const EXIT = { done: 0, nothing: 1, partial: 3, interrupted: 130 } as const;

/** Takes runs one after the other; resolves when there is room for more. */
interface Destination {
  take(run: RowRun): Promise<void>;
  finish(): Promise<void>;
  /** Removes what is half done. */
  drop(): Promise<void>;
}

export async function exportStore(line: StoreLine, io: CommandIo): Promise<number> {
  const { directory, out, isJson } = line;
  const range = rangeOf(line);
  const reader = new StoreReader(directory);
  const lost: StoreProblem[] = [];
  let records = 0;
  let isInterrupted = false;
  try {
    const view = reader.view();
    requireKnownFormat(directory, view);
    lost.push(...view.problems);
    for (const segment of new Set(view.blocks.map((block) => block.segment))) segment.hold();
    if (`${resolve(out)}${sep}`.startsWith(`${resolve(directory)}${sep}`)) {
      throw refusal(`${out} is in the store's own directory`, "export to a place outside of it");
    }
    const destination = await open(out);
    try {
      for (const run of rowRuns(view, range, (problem) => lost.push(problem))) {
        isInterrupted = io.signal.aborted;
        if (isInterrupted) break;
        await destination.take(run);
        records += run.count;
      }
      if (isInterrupted) await destination.drop();
      else await destination.finish();
    } catch (error) {
      await destination.drop();
      throw cannotWrite(out, error);
    }
  } finally {
    reader.close();
  }
  if (isInterrupted) {
    io.stderr.write("klog: interrupted, nothing was written\n");
    return EXIT.interrupted;
  }
  for (const { file, what } of lost) io.stderr.write(`klog: warning: ${file} ${what}\n`);
  if (isJson) io.print(jsonText({ out, records, lost }));
  else io.stderr.write(`klog: ${counted(records, "record")} in ${out}\n`);
  return lost.length > 0 ? EXIT.partial : records === 0 ? EXIT.nothing : EXIT.done;
}

function rangeOf({ flags, now, zone }: StoreLine): RowRange {
  const time = (name: "from" | "to", endOfDay: boolean) => {
    const text = flags.text(name);
    return text === undefined ? undefined : flags.reading(name, () => parseTime(text, { now, zone, endOfDay }));
  };
  return { from: time("from", false), to: time("to", true) };
}

async function open(out: string): Promise<Destination> {
  const compression = /\.(?:jsonl|ndjson)(?:\.(gz|zst))?$/.exec(out);
  if (compression === null) {
    if (/\.[a-z0-9]{1,8}$/i.test(out) && !existsSync(out)) {
      throw new KlogError("USAGE", `klog store export does not know what to write to ${out}`, {
        hint: "end the name in .jsonl, .jsonl.gz or .jsonl.zst, or name a directory, which needs no ending",
      });
    }
    return storeDestination(out);
  }
  if (existsSync(out)) throw refusal(`${out} is there already`, "remove it, or export to another name");
  return linesDestination(out, compression[1]);
}

async function storeDestination(out: string): Promise<Destination> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error.code === "ENOTDIR"
      ? refusal(`${out} is a file that is there already`, "export to another name")
      : cannotWrite(out, error);
  });
  if (names.length > 0) throw refusal(`${out} is not empty`, "name a directory that is not there yet, or empty");
  const writer = await StoreWriter.open(out, { fsync: "never" });
  return {
    take: async (run) => {
      writer.append(run);
      if (writer.full) await writer.drained();
    },
    finish: () => writer.close(),
    drop: async () => {
      await writer.close();
      rmSync(out, { recursive: true, force: true });
    },
  };
}

function linesDestination(out: string, compression: string | undefined): Destination {
  const encoder = new TwinEncoder();
  const part = `${out}.part`;
  const file = createWriteStream(part);
  const compressor = compression === "gz" ? createGzip() : compression === "zst" ? createZstdCompress() : undefined;
  const written = compressor === undefined ? finished(file) : pipeline(compressor, file);
  // Whoever waits for room or for the end hears of it.
  written.catch(() => undefined);
  const first: Writable = compressor ?? file;
  return {
    async take(run) {
      let isFull = false;
      encoder.encode(recordBatch(run), (bytes) => {
        isFull = !first.write(Buffer.from(bytes));
      });
      if (isFull) await Promise.race([once(first, "drain"), written]);
    },
    async finish() {
      first.end();
      await written;
      renameSync(part, out);
    },
    async drop() {
      first.destroy();
      await written.catch(() => undefined);
      rmSync(part, { force: true });
    },
  };
}

function refusal(what: string, hint: string): KlogError {
  return new KlogError("OUTPUT_FAILED", `klog store export writes over nothing: ${what}`, { hint });
}

function cannotWrite(out: string, error: unknown): KlogError {
  if (error instanceof KlogError) return error;
  return new KlogError("OUTPUT_FAILED", `${out} cannot be written: ${messageOf(error)}`, {
    hint: "check the directory, its rights and the room on its disk",
    cause: error,
  });
}

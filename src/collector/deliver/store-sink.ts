// The sink `store`: rows to the embedded store, delivered when its segment holds them as the fsync policy says.
import { keepRows, type StoreGeneration, type StoreRows } from "../../store/rows.ts";
import { type StoreOptions, StoreWriter } from "../../store/store-writer.ts";
import type { AgentLog } from "../collector-api.ts";
import type { StoreSinkConfig } from "../declare/agent-config.ts";
import { FLAG_DROPPED, type RecordBatch } from "../record-batch.ts";
import type { GenerationKey } from "../target.ts";
import type { Timer } from "../timer.ts";
import { Backoff } from "./backoff.ts";
import { cannotOpen, mayPass, reasonOf } from "./output-trouble.ts";
import type { Sink, SinkStatus } from "./sink.ts";

export interface StoreSinkEdges {
  readonly timer: Timer;
  readonly log: AgentLog;
}

/** Retention is looked at with each new block; this is for stores where nothing is written. */
const RETAIN_MS = 60_000;

export class StoreSink implements Sink {
  readonly name: string;
  readonly #directory: string;
  readonly #options: StoreOptions;
  readonly #edges: StoreSinkEdges;
  readonly #backoff = new Backoff();
  readonly #generations = new WeakMap<GenerationKey, StoreGeneration>();
  #writer: StoreWriter | undefined;
  /** Rows that came while the store could not be opened. */
  #early: { readonly rows: StoreRows; readonly delivered: () => void }[] = [];
  #opened = Promise.withResolvers<void>();
  #openFailure: string | undefined;
  #openFailures = 0;
  #bytes = 0;
  #isClosed = false;
  #cancelTimer: (() => void) | undefined;

  constructor({ directory, fsync, retention }: StoreSinkConfig, edges: StoreSinkEdges) {
    this.name = `store:${directory}`;
    this.#directory = directory;
    this.#edges = edges;
    const { ageMs, bytes, freeDisk } = retention;
    this.#options = {
      fsync,
      retention: {
        ...(ageMs === undefined ? {} : { ageMs }),
        ...(bytes === undefined ? {} : { bytes }),
        ...(freeDisk === undefined ? {} : { freeDisk }),
      },
    };
  }

  /** A full disk is no reason to fail: the sink opens blocked, and tries again. */
  async open(): Promise<void> {
    try {
      this.#begin(await StoreWriter.open(this.#directory, this.#options));
    } catch (error) {
      if (!mayPass(error)) throw cannotOpen(this.name, this.#directory, error);
      this.#openFailures++;
      this.#openFailure = reasonOf(this.#directory, error);
      this.#cancelTimer = this.#edges.timer(this.#backoff.next(), () => void this.#openAgain());
    }
  }

  write(batch: RecordBatch, delivered: () => void): void {
    const { count, flags, start, end } = batch;
    for (let row = 0; row < count; row++) {
      if ((flags[row]! & FLAG_DROPPED) === 0) this.#bytes += end[row]! - start[row]!;
    }
    const rows: StoreRows = { ...batch, generation: this.#generationOf(batch.generation) };
    if (this.#writer === undefined) this.#early.push({ rows: keepRows(rows, 0), delivered });
    else this.#writer.append(rows, delivered);
  }

  room(): Promise<void> | undefined {
    if (this.#writer === undefined) return this.#opened.promise;
    return this.#writer.full ? this.#writer.drained() : undefined;
  }

  async flush(signal?: AbortSignal): Promise<void> {
    const given = signal === undefined ? [] : [aborted(signal)];
    await Promise.race([this.#opened.promise, ...given]);
    if (!signal?.aborted) await Promise.race([this.#writer?.flush(), ...given]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    await this.#writer?.close();
  }

  status(): SinkStatus {
    const { name } = this;
    const store = this.#writer?.status();
    const counts = {
      records: store?.records ?? 0,
      bytes: this.#bytes,
      failures: this.#openFailures + (store?.failures ?? 0),
      duplicates: store?.duplicates ?? 0,
    };
    const reason = this.#openFailure ?? store?.problem;
    return reason === undefined ? { name, state: "open", ...counts } : { name, state: "blocked", reason, ...counts };
  }

  async #openAgain(): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.open();
    } catch (error) {
      // Somebody took the place meanwhile: nothing goes there before that is mended.
      this.#openFailures++;
      this.#openFailure = reasonOf(this.#directory, error);
      this.#cancelTimer = this.#edges.timer(this.#backoff.next(), () => void this.#openAgain());
    }
  }

  #begin(writer: StoreWriter): void {
    this.#writer = writer;
    if (this.#isClosed) return void writer.close();
    this.#openFailure = undefined;
    for (const { file, what, bytes } of writer.status().damage) {
      this.#edges.log.warn("the store was damaged; the rest of it is good", { file, what, bytes });
    }
    for (const { rows, delivered } of this.#early.splice(0)) writer.append(rows, delivered);
    this.#opened.resolve();
    this.#retainLater(writer);
  }

  #retainLater(writer: StoreWriter): void {
    this.#cancelTimer = this.#edges.timer(RETAIN_MS, () => {
      try {
        writer.retain();
      } catch (error) {
        this.#edges.log.warn("cannot remove old segments of the store", { reason: reasonOf(this.#directory, error) });
      }
      this.#retainLater(writer);
    });
  }

  #generationOf(key: GenerationKey): StoreGeneration {
    let generation = this.#generations.get(key);
    if (generation === undefined) {
      const { origin, tags } = key.target;
      generation = { id: key.id, epoch: key.epoch, origin: { ...origin, tags } };
      this.#generations.set(key, generation);
    }
    return generation;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

// The sink `stdout`: encoded records to standard output, delivered once the stream has taken them.
import { KlogError, messageOf } from "../../errors.ts";
import type { RecordBatch } from "../record-batch.ts";
import type { Timer } from "../timer.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import type { Encoder } from "./encoder.ts";
import { keptRows } from "./kept-rows.ts";
import type { Sink, SinkStatus } from "./sink.ts";

/** What is used of process.stdout. `written` is called in the order of the writes. */
export interface StandardOutput {
  write(bytes: Uint8Array, written: (error?: Error | null) => void): unknown;
}

/** Called once. Undefined: the reader has closed the pipe, which is no error. */
export type OutputEnded = (error: KlogError | undefined) => void;

const BLOCK_BYTES = 256 * 1024;
/** Bytes that the stream may hold before reading stops. */
const MOST_OUTSTANDING = 4 * 1024 * 1024;
/** Lines come out together, but not later than a person would notice. */
const GATHER_MS = 20;

export class StdoutSink implements Sink {
  readonly name = "stdout";
  readonly #encoder: Encoder;
  readonly #stdout: StandardOutput;
  readonly #timer: Timer;
  readonly #ended: OutputEnded;
  readonly #deliveries = new DeliveryQueue();
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #gathered = 0;
  #accepted = 0;
  #handedOver = 0;
  #taken = 0;
  #hasEnded = false;
  #cancelSend: (() => void) | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(encoder: Encoder, stdout: StandardOutput, timer: Timer, ended: OutputEnded) {
    this.#encoder = encoder;
    this.#stdout = stdout;
    this.#timer = timer;
    this.#ended = ended;
  }

  async open(): Promise<void> {}

  write(batch: RecordBatch, delivered: () => void): void {
    if (this.#hasEnded) return;
    this.#encoder.encode(batch, (bytes) => this.#accept(bytes));
    this.#deliveries.push(this.#accepted, keptRows(batch), delivered);
    if (this.#taken === this.#accepted) this.#deliveries.settle(this.#taken);
    else if (this.#gathered > 0) this.#cancelSend ??= this.#timer(GATHER_MS, () => this.#send());
  }

  room(): Promise<void> | undefined {
    if (!this.#hasEnded && this.#accepted - this.#taken < MOST_OUTSTANDING) return undefined;
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  flush(signal?: AbortSignal): Promise<void> {
    this.#send();
    return this.#hasEnded ? Promise.resolve() : this.#deliveries.whenEmpty(signal);
  }

  async close(): Promise<void> {
    this.#send();
    this.#cancelSend?.();
  }

  status(): SinkStatus {
    const counts = { records: this.#deliveries.records, bytes: this.#taken, failures: 0 };
    return this.#hasEnded
      ? { name: this.name, state: "blocked", reason: "standard output is closed", ...counts }
      : { name: this.name, state: "open", ...counts };
  }

  #accept(bytes: Uint8Array): void {
    this.#accepted += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.#gathered);
      this.#block.set(part, this.#gathered);
      this.#gathered += part.length;
      at += part.length;
      if (this.#gathered === BLOCK_BYTES) this.#send();
    }
  }

  #send(): void {
    this.#cancelSend?.();
    this.#cancelSend = undefined;
    if (this.#gathered === 0 || this.#hasEnded) return;
    const bytes = this.#block.subarray(0, this.#gathered);
    // A small piece leaves the block for the next one; a stream keeps what it is given until it is written.
    if (this.#gathered > BLOCK_BYTES / 2) this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    const own = this.#gathered > BLOCK_BYTES / 2 ? bytes : Buffer.from(bytes);
    this.#gathered = 0;
    this.#handedOver += own.length;
    const position = this.#handedOver;
    this.#stdout.write(own, (error) => (error ? this.#end(error) : this.#written(position)));
  }

  #written(position: number): void {
    this.#taken = position;
    this.#deliveries.settle(position);
    if (this.#accepted - this.#taken >= MOST_OUTSTANDING) return;
    this.#room?.resolve();
    this.#room = undefined;
  }

  #end(error: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { code } = error as NodeJS.ErrnoException;
    const isClosed = code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ECONNRESET";
    this.#ended(
      isClosed
        ? undefined
        : new KlogError("OUTPUT_FAILED", `cannot write to standard output: ${messageOf(error)}`, {
            hint: code === "ENOSPC" ? "make room on the disk, or write elsewhere" : "check where the output goes",
            cause: error,
          }),
    );
  }
}

// The stream that a client's `open` gives: pausing, closing and the signal, between one exchange and its sink.
import { connectionFailure } from "./api-failure.ts";
import type { ByteSink, ByteStream } from "./client.ts";

/** Who gets the body of an answer. */
export interface Receiver {
  data(chunk: Buffer): void;
  end(): void;
  fail(error: Error): void;
}

/** The bytes are held back until the turn after the head, so that the caller holds the stream before its sink hears anything. */
export class OpenedStream implements ByteStream, Receiver {
  readonly #sink: ByteSink;
  readonly #server: string;
  readonly #signal: AbortSignal | undefined;
  #exchange: ByteStream | undefined;
  #paused = false;
  #held = true;
  #closed = false;
  #missed: (() => void) | undefined;

  constructor(sink: ByteSink, server: string, signal: AbortSignal | undefined) {
    this.#sink = sink;
    this.#server = server;
    this.#signal = signal;
  }

  begin(exchange: ByteStream): void {
    this.#exchange = exchange;
    exchange.pause();
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    setImmediate(() => {
      this.#held = false;
      this.#missed?.();
      if (!this.#paused) exchange.resume();
    });
  }

  pause(): void {
    this.#paused = true;
    this.#exchange?.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#held) this.#exchange?.resume();
  }

  close(): void {
    if (this.#closed) return;
    this.#finish();
    this.#exchange?.close();
  }

  data(chunk: Buffer): void {
    if (!this.#closed) this.#sink.data(chunk);
  }

  end(): void {
    this.#afterHold(() => this.#sink.end());
  }

  fail(error: Error): void {
    this.#afterHold(() => this.#sink.fail(connectionFailure(error, this.#server)));
  }

  /** A stream may break while it is held; only bytes can be held back by pausing. */
  #afterHold(tell: () => void): void {
    const finish = () => {
      if (this.#closed) return;
      this.#finish();
      tell();
    };
    if (this.#held) this.#missed = finish;
    else finish();
  }

  #finish(): void {
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.close();
}

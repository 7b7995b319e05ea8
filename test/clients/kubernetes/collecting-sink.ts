// A ByteSink that keeps what it hears, for tests that look at whole streams.
import type { ApiError, ByteSink } from "../../../src/clients/kubernetes/client.ts";

export class CollectingSink implements ByteSink {
  readonly chunks: Buffer[] = [];
  /** Resolves with the error of a broken stream, or undefined at a clean end. */
  readonly over: Promise<ApiError | undefined>;
  /** How often end or fail were called. */
  endings = 0;
  #settle!: (error: ApiError | undefined) => void;
  #waiting: { length: number; resolve: () => void }[] = [];

  constructor() {
    this.over = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("utf8");
  }

  get length(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** Resolves once so many bytes have come. */
  received(length: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ length, resolve });
      this.#wake();
    });
  }

  data(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.#wake();
  }

  end(): void {
    this.endings++;
    this.#settle(undefined);
  }

  fail(error: ApiError): void {
    this.endings++;
    this.#settle(error);
  }

  #wake(): void {
    const length = this.length;
    this.#waiting = this.#waiting.filter((one) => {
      if (length < one.length) return true;
      one.resolve();
      return false;
    });
  }
}

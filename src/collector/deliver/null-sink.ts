// The sink `null`: counts records and lets them go, for measuring everything in front of it.
import { FLAG_DROPPED, type RecordBatch } from "../record-batch.ts";
import type { Sink, SinkStatus } from "./sink.ts";

export class NullSink implements Sink {
  readonly name = "null";
  #records = 0;
  #bytes = 0;

  async open(): Promise<void> {}

  write(batch: RecordBatch, delivered: () => void): void {
    const { count, flags, start, end } = batch;
    for (let row = 0; row < count; row++) {
      if ((flags[row]! & FLAG_DROPPED) !== 0) continue;
      this.#records++;
      this.#bytes += end[row]! - start[row]!;
    }
    delivered();
  }

  room(): undefined {}

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  status(): SinkStatus {
    return { name: this.name, state: "open", records: this.#records, bytes: this.#bytes, failures: 0 };
  }
}

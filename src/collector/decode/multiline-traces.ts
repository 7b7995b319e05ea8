// Groups stack traces: the state machine of record/stack-trace.ts, held to one language or to all.
import {
  beginning,
  continuation,
  isOrdinary,
  LANGUAGE_STATES,
  BEGINS as NOT_CONTINUED,
  ordinaryState,
  type TraceLanguage,
} from "../../record/stack-trace.ts";
import type { RecordBatch } from "../record-batch.ts";
import { BEGINS, CONTINUES, type Grouping, type GroupingState, type Verdict } from "./multiline-grouping.ts";

const NOTHING = Buffer.alloc(0);

export function traceGrouping(language: TraceLanguage | "auto"): Grouping {
  return new TraceGrouping(LANGUAGE_STATES[language]);
}

class TraceGrouping implements Grouping {
  private readonly states: number;
  /** The batch's memory as a Buffer. */
  private memory: Uint8Array = NOTHING;
  private buffer: Buffer = NOTHING;

  constructor(states: number) {
    this.states = states;
  }

  begin(batch: RecordBatch): void {
    if (this.memory !== batch.bytes) this.buffer = bufferOf(batch.bytes);
    this.memory = batch.bytes;
  }

  decide(stream: GroupingState, open: boolean, bytes: Uint8Array, start: number, end: number): Verdict {
    const buffer = bytes === this.memory ? this.buffer : bufferOf(bytes);
    if (isOrdinary(stream.state, buffer, start, end)) {
      stream.state = ordinaryState(buffer, start, end);
      return BEGINS;
    }
    if (open) {
      const next = continuation(stream.state, buffer, start, end);
      if (next !== NOT_CONTINUED && this.knows(next)) {
        stream.state = next;
        return CONTINUES;
      }
    }
    const begun = beginning(buffer, start, end);
    stream.state = this.knows(begun) ? begun : 0;
    return BEGINS;
  }

  private knows(state: number): boolean {
    return (this.states & (1 << state)) !== 0;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

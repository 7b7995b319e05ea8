// Lines from standard input, so that filters, highlights and formats work on any text.
import type { Readable } from "node:stream";
import type { LogLine, Origin } from "../record/log-line.ts";
import type { LineJoiner } from "../record/multiline.ts";
import { UNKNOWN_ORIGIN } from "../record/unknown-origin.ts";
import type { Clock } from "./clock.ts";
import { LineSplitter } from "./pods/line-splitter.ts";
import type { TailStats } from "./pods/tail-stats.ts";

const ORIGIN: Origin = { ...UNKNOWN_ORIGIN, source: "stdin", pod: "stdin", workload: "stdin" };

export interface StdinOptions {
  readonly input: Readable;
  readonly maxLineBytes: number;
  readonly joiner: LineJoiner | undefined;
  readonly stats: TailStats;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: (line: LogLine) => void;
  /** Resolves when the output can take more. */
  readonly room: () => Promise<void> | undefined;
}

const JOIN_WAIT_MS = 100;

/** Resolves at the end of the input, or when the signal aborts. Rejects with what reading throws. */
export async function readStdin(options: StdinOptions): Promise<void> {
  const { input, joiner, stats, clock, signal, emit, maxLineBytes } = options;
  const splitter = new LineSplitter({ maxLineBytes, stamped: false }, (buffer, start, end, sec, nsec, _a, _b, cut) => {
    stats.received++;
    if (cut > 0) {
      stats.cutLines++;
      stats.cutBytes += cut;
    }
    const arrival = clock.monotonic();
    const line: LogLine = {
      kind: "line",
      origin: ORIGIN,
      sec,
      nsec,
      buffer,
      start,
      end,
      cut,
      arrival,
      rest: undefined,
      late: false,
    };
    if (joiner === undefined) return emit(line);
    const event = joiner.push(line);
    if (event !== undefined) emit(event);
  });
  let cancelFlush: () => void = () => undefined;
  const flush = () => {
    const event = joiner?.flush();
    if (event !== undefined) emit(event);
  };
  const stop = () => input.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of input) {
      stats.bytes += (chunk as Buffer).length;
      cancelFlush();
      splitter.feed(chunk as Buffer);
      // A line that may begin a trace is held until the next one shows that it does not, but not for ever.
      if (joiner?.pending) cancelFlush = clock.timer(JOIN_WAIT_MS, flush);
      await options.room();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  cancelFlush();
  splitter.finish();
  flush();
}

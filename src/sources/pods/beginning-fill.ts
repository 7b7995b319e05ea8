// What a window holds of a container from before the first line that its kubelet still has: that line is asked for, and a
// history's lines up to it go out first.
import { ApiError, type KubernetesClient, type Query } from "../../clients/kubernetes/client.ts";
import type { LogLine, Origin } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { Clock } from "../clock.ts";
import type { LineMark } from "./cursor.ts";
import { HistoryOrigins, type LogHistory } from "./history.ts";
import { LineMarks } from "./line-mark.ts";
import { LineSplitter } from "./line-splitter.ts";
import { EDGE_MARKS, EDGE_SEC, SpanCutter } from "./span-cutter.ts";

export interface BeginningOptions {
  readonly history: LogHistory;
  readonly client: KubernetesClient;
  /** Of the log. */
  readonly path: string;
  /** Of the first read. */
  readonly query: Query;
  readonly origin: Origin;
  /** Where the window begins. */
  readonly since: Timestamp;
  /** Bytes. */
  readonly maxLineBytes: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Takes a line, when there is room; false when no more is wanted. */
  readonly take: (line: LogLine) => Promise<boolean>;
}

/** Enough for a few lines; a longer first line is whole only if it fits. */
const PEEK_BYTES = 64 * 1024;

/**
 * Resolves to the first line that the server has of the window, if anything older was taken: the read has to begin with it.
 * Rejects with ApiError.
 */
export async function fillBeginning(options: BeginningOptions): Promise<LineMark | undefined> {
  const { history, origin, since, maxLineBytes, clock, signal, take } = options;
  if (!(await history.has(origin))) return undefined;
  const asked = fromMillis(clock.now());
  // A reply that is cut may look like an empty one.
  const next = (await firstLines(options)) ?? (await firstLines(options)) ?? [];
  const [first] = next;
  // What is written from now on comes by the stream.
  const before = first ?? asked;
  if (signal.aborted || compareTimestamps(before, since) <= 0) return undefined;
  const cutter = new SpanCutter({ after: undefined, last: [], before, next }, new LineMarks(maxLineBytes));
  const origins = new HistoryOrigins(origin);
  let isFilled = false;
  const takeAll = async (events: readonly LogLine[]): Promise<boolean> => {
    for (const event of events) {
      isFilled = true;
      if (signal.aborted || !(await take(origins.adopted(event, clock.monotonic())))) return false;
    }
    return true;
  };
  const to = { sec: before.sec + EDGE_SEC, nsec: before.nsec };
  for await (const line of history.lines({ origin, restarts: undefined, from: since, to, signal })) {
    if (line.origin.restart > origin.restart) continue;
    if (!(await takeAll(cutter.push(line))) || cutter.isDone) break;
  }
  if (!signal.aborted) await takeAll(cutter.end());
  return isFilled ? first : undefined;
}

/** The marks of the first lines of the reply; undefined where it has none. */
async function firstLines(options: BeginningOptions): Promise<LineMark[] | undefined> {
  const { client, path, query, maxLineBytes, signal } = options;
  const marks: LineMark[] = [];
  let text: string | undefined;
  const splitter = new LineSplitter({ maxLineBytes }, (buffer, start, end, sec, nsec, hashA, hashB) => {
    if (sec < 0) text ??= buffer.toString("utf8", start, end);
    else if (marks.length < EDGE_MARKS) marks.push({ sec, nsec, hashA, hashB });
  });
  const { follow: _, ...once } = query;
  let stop: () => void = () => undefined;
  await new Promise<void>((resolve, reject) => {
    stop = resolve;
    signal.addEventListener("abort", stop, { once: true });
    client
      .open(
        path,
        { data: (chunk) => splitter.feed(chunk), end: resolve, fail: reject },
        { query: { ...once, limitBytes: PEEK_BYTES }, signal },
      )
      .catch(reject);
  }).finally(() => signal.removeEventListener("abort", stop));
  // Of a line that does not fit at least the time is known.
  if (marks.length === 0) splitter.finish();
  if (marks.length === 0 && text !== undefined) throw new ApiError("busy", text);
  return marks.length === 0 ? undefined : marks;
}

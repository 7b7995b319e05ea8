// The window of `klog tail` over sources: the last lines of each container, or all since a time, then what comes.
//
//   backwards in steps: which lines are the last ones; those older than a minute are kept -> files without times
//   -> forwards from there on, and live
import { messageOf } from "../../errors.ts";
import type { LogLine, Origin } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { Clock } from "../../sources/clock.ts";
import { mergeSources } from "../../sources/merge/search-merge.ts";
import type { TailWindow } from "../../sources/pods/log-query.ts";
import type { SearchOrder, Source } from "../../sources/source.ts";
import { containerOf, LastLines } from "./last-lines.ts";

export interface SourceLinesOptions {
  readonly sources: readonly Source[];
  readonly accepts: (origin: Origin) => boolean;
  readonly window: TailWindow;
  readonly clock: Clock;
  /** There are more lines than the window's last ones. */
  readonly onCut: () => void;
  readonly onNote: (text: string, partial?: "partial") => void;
  readonly signal: AbortSignal;
}

/** A container that has said nothing for as long as the last of them is not looked for. */
const STEPS_SEC = [10, 60, 600, 3600];
/** A source may give a line that late: what is newer is read forwards, with what comes. */
const SETTLED_MS = 60_000;
const SOURCE_TIMEOUT_MS = 10_000;
/** A file with times may begin with lines that have none: its first time is no further behind them. */
const FIRST_TIMES_SEC = 10;
/** Lines of the last moment may still be on their way. */
const LAST_MS = 2000;

export async function* sourceLines(options: SourceLinesOptions): AsyncGenerator<LogLine> {
  const { window, clock, signal } = options;
  const { since, until, tail, head, follow } = window;
  const now = clock.now();
  const from = since === undefined ? undefined : "time" in since ? since.time : fromMillis(now - since.seconds * 1000);
  const ended = new AbortController();
  const cancelEnd =
    follow && until !== undefined
      ? clock.timer(Math.max(0, until.sec * 1000 - now) + LAST_MS, () => ended.abort())
      : () => undefined;
  const asked = { ...options, signal: AbortSignal.any([signal, ended.signal]) };
  try {
    if (tail === undefined) yield* firstLines(forwards(asked, { from, to: until, follow }), head);
    else if (tail === 0) yield* forwards(asked, { from: fromMillis(now), to: until, follow });
    else yield* lastLines(asked, { from, to: until, tail, now });
  } finally {
    cancelEnd();
  }
}

/** `head`: so many of each log. */
async function* firstLines(lines: AsyncIterable<LogLine>, head: number | undefined): AsyncGenerator<LogLine> {
  const given = new Map<string, number>();
  for await (const line of lines) {
    if (head !== undefined) {
      const key = containerOf(line.origin);
      const before = given.get(key) ?? 0;
      if (before >= head) continue;
      given.set(key, before + 1 + (line.rest?.length ?? 0));
    }
    yield line;
  }
}

interface Span {
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
}

async function* lastLines(
  options: SourceLinesOptions,
  { from, to, tail, now }: Span & { readonly tail: number; readonly now: number },
): AsyncGenerator<LogLine> {
  const { follow } = options.window;
  const settled = follow ? fromMillis(now - SETTLED_MS) : undefined;
  const last = new LastLines(tail);
  const kept: LogLine[] = [];
  const fileSources = from === undefined && to === undefined ? new Set<Source>() : undefined;
  for (const span of backwardSpans(from, to, now)) {
    // Before the last of them nobody is looked for any more who has not been found.
    const isLast = span.from === undefined;
    if (isLast && !last.hasUnfinished) break;
    const isLookedFor = (name: string) => (isLast ? last.isUnfinished(name) : last.isWanted(name));
    const accepts = (origin: Origin) => options.accepts(origin) && isLookedFor(containerOf(origin));
    for await (const line of merged(
      { ...options, accepts },
      { ...span, order: "newest", follow: false, fileSources },
    )) {
      if (last.take(line) && (settled === undefined || compareTimestamps(line, settled) <= 0)) kept.push(line);
    }
  }
  if (fileSources !== undefined && fileSources.size > 0) {
    const accepts = (origin: Origin) => {
      const name = containerOf(origin);
      return origin.source === "file" && last.isWanted(name) && !last.isUnfinished(name) && options.accepts(origin);
    };
    const lines = await untimedLines({ ...options, sources: [...fileSources], accepts }, tail);
    for (const line of lines.toReversed()) if (last.take(line)) kept.push(line);
  }
  if (last.isCut) options.onCut();
  yield* kept.toReversed();
  if (settled === undefined) return;
  const begin = { sec: settled.sec, nsec: settled.nsec + 1 };
  for await (const line of forwards(options, { from: begin, to, follow })) if (last.shows(line)) yield line;
}

/** The last lines of the files that have no times, which no step can reach. A timeline begins with them. */
async function untimedLines(options: SourceLinesOptions, tail: number): Promise<LogLine[]> {
  const logs = new Map<string, LogLine[]>();
  const timed = new Set<string>();
  let end: number | undefined;
  try {
    for await (const line of merged(options, { from: undefined, to: undefined, order: "oldest", follow: false })) {
      const name = containerOf(line.origin);
      if (line.sec < 0) {
        const lines = logs.get(name) ?? [];
        logs.set(name, lines);
        lines.push(line);
        if (lines.length > tail) lines.shift();
      } else {
        timed.add(name);
        end ??= line.sec + FIRST_TIMES_SEC;
        if (line.sec > end) break;
      }
    }
  } catch (error) {
    options.onNote(messageOf(error));
  }
  return [...logs].flatMap(([name, lines]) => (timed.has(name) ? [] : lines));
}

/** From the end back in steps that grow, so that busy containers are done with soon; the last one reaches to `from`. */
function backwardSpans(from: Timestamp | undefined, to: Timestamp | undefined, now: number): Span[] {
  const spans: Span[] = [];
  const end = to ?? fromMillis(now);
  let upper = to;
  for (const seconds of STEPS_SEC) {
    const lower = { sec: end.sec - seconds, nsec: end.nsec };
    if (from !== undefined && compareTimestamps(lower, from) <= 0) break;
    spans.push({ from: lower, to: upper });
    upper = before(lower);
  }
  return [...spans, { from, to: upper }];
}

function before({ sec, nsec }: Timestamp): Timestamp {
  return nsec === 0 ? { sec: sec - 1, nsec: 999_999_999 } : { sec, nsec: nsec - 1 };
}

function forwards(options: SourceLinesOptions, span: Span & { readonly follow: boolean }): AsyncGenerator<LogLine> {
  return merged(options, { ...span, order: "oldest" });
}

interface Reading extends Span {
  readonly order: SearchOrder;
  readonly follow: boolean;
  /** Takes the sources that have files. What their lines lack for this reading is not told: they are read once more. */
  readonly fileSources?: Set<Source> | undefined;
}

async function* merged(
  { sources, accepts, clock, onNote, signal, window }: SourceLinesOptions,
  { from, to, order, follow, fileSources }: Reading,
): AsyncGenerator<LogLine> {
  const inputs = sources.map((source) => ({
    source,
    request: {
      ...{ filter: { kind: "all" as const }, matches: () => true, from, to, order, limit: undefined, follow },
      accepts: (origin: Origin) => {
        if (origin.source === "file") fileSources?.add(source);
        return accepts(origin);
      },
      ...{ resume: undefined, signal },
      work: { records: 0, bytes: 0, totalBytes: undefined, skippedBytes: 0, lostBytes: 0 },
      note: (text: string, partial?: "partial") => {
        if (partial !== undefined || !fileSources?.has(source)) onNote(`${source.name}: ${text}`, partial);
      },
    },
  }));
  const pages = mergeSources(inputs, {
    ...{ order, limit: undefined, follow, dedupe: true, sourceTimeoutMs: SOURCE_TIMEOUT_MS, clock, onNote, signal },
  });
  const { stream } = window;
  for await (const { hits } of pages) {
    for (const line of hits) if (stream === undefined || line.details?.stream === stream) yield line;
  }
}

// What containers said before the kubelet's files begin, or while klog could not listen: from an agent's store.
import { KlogError, messageOf } from "../../errors.ts";
import type { LogLine, Origin } from "../../record/log-line.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import type { SearchRequest, Source } from "../source.ts";
import { inFileOrder } from "./file-order.ts";

/** Which lines of a container are asked for. */
export interface HistorySpan {
  /** Any instance of the container. */
  readonly origin: Origin;
  /** Its instances from the first to the last, both included; undefined: all. */
  readonly restarts: { readonly first: number; readonly last: number } | undefined;
  /** Both inclusive; undefined: no bound. */
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
  readonly signal: AbortSignal;
  /** Called where lines of the span may be missing: some of them could not be read. */
  readonly onPartial?: () => void;
}

export interface LogHistory {
  /** False where there is nothing of the container, so that nobody needs to ask or wait. */
  has(origin: Origin): Promise<boolean>;
  /** In the order of the container's files; their origins are the history's own. Ends early where it cannot be read, which is told. */
  lines(span: HistorySpan): AsyncIterable<LogLine>;
}

export interface HistoryOptions {
  /** Lines of the other stream are left out. */
  readonly stream: "stdout" | "stderr" | undefined;
  /** Bytes; longer lines are cut, as those of the API are. */
  readonly maxLineBytes: number;
  /** Told once why nothing can be read, and once why something is missing. */
  readonly onProblem: (text: string) => void;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic: () => number;
}

/** Containers may have come since, but nobody looks more often than this. */
const SURVEY_MS = 2000;

/** The source stays the caller's to close. */
export function sourceHistory(source: Source, options: HistoryOptions): LogHistory {
  return new SourceHistory(source, options);
}

class SourceHistory implements LogHistory {
  private readonly source: Source;
  private readonly options: HistoryOptions;
  private known: Promise<ReadonlySet<string>> | undefined;
  private surveyedAt = 0;
  private readonly said = new Set<"without" | "incomplete">();

  constructor(source: Source, options: HistoryOptions) {
    this.source = source;
    this.options = options;
  }

  async has(origin: Origin): Promise<boolean> {
    const key = containerKey(origin);
    if (this.known !== undefined) {
      if ((await this.known).has(key)) return true;
      if (this.options.monotonic() - this.surveyedAt < SURVEY_MS) return false;
    }
    this.surveyedAt = this.options.monotonic();
    this.known = this.survey();
    return (await this.known).has(key);
  }

  async *lines(span: HistorySpan): AsyncGenerator<LogLine> {
    try {
      yield* inFileOrder(this.linesByTime(span));
    } catch (error) {
      this.problem(error);
      span.onPartial?.();
    }
  }

  private async *linesByTime({ origin, restarts, from, to, signal, onPartial }: HistorySpan): AsyncGenerator<LogLine> {
    const key = containerKey(origin);
    const { stream } = this.options;
    const accepts = (other: Origin) =>
      containerKey(other) === key &&
      (restarts === undefined || (other.restart >= restarts.first && other.restart <= restarts.last));
    const note = (text: string, partial?: "partial") => {
      if (partial === undefined) return;
      this.say("incomplete", `history is incomplete: ${text}`);
      onPartial?.();
    };
    for await (const { hits } of this.source.search(requestFor({ accepts, from, to, signal, note }))) {
      for (const line of hits) {
        if (signal.aborted) return;
        if (stream === undefined || line.details?.stream === stream) yield this.cut(line);
      }
    }
  }

  /** A search that accepts no log hears of every log that there is, and reads none of them. */
  private async survey(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const accepts = (origin: Origin) => {
      found.add(containerKey(origin));
      return false;
    };
    // All containers wait for it, so none of them may end it.
    const { signal } = new AbortController();
    const all = { accepts, from: undefined, to: undefined, signal, note: () => undefined };
    try {
      for await (const _ of this.source.search(requestFor(all)));
    } catch (error) {
      this.problem(error);
    }
    return found;
  }

  private cut(line: LogLine): LogLine {
    const { maxLineBytes } = this.options;
    const size = line.end - line.start;
    const whole = size <= maxLineBytes ? line : { ...line, end: line.start + maxLineBytes, cut: size - maxLineBytes };
    if (whole.rest !== undefined) whole.rest = whole.rest.map((each) => this.cut(each));
    return whole;
  }

  private problem(error: unknown): void {
    const hint = error instanceof KlogError && error.hint !== undefined ? ` (${error.hint})` : "";
    this.say("without", `without history: ${messageOf(error)}${hint}`);
  }

  private say(what: "without" | "incomplete", text: string): void {
    if (this.said.has(what)) return;
    this.said.add(what);
    this.options.onProblem(text);
  }
}

function requestFor({
  accepts,
  from,
  to,
  signal,
  note,
}: Pick<SearchRequest, "accepts" | "from" | "to" | "signal" | "note">): SearchRequest {
  return {
    ...{ filter: { kind: "all" }, matches: () => true, accepts, from, to, order: "oldest", limit: undefined },
    ...{ follow: false, resume: undefined, signal, note },
    work: { records: 0, bytes: 0, totalBytes: undefined, skippedBytes: 0, lostBytes: 0 },
  };
}

const keys = new WeakMap<Origin, string>();

/** The same for all instances of a container. */
function containerKey(origin: Origin): string {
  let key = keys.get(origin);
  if (key === undefined) {
    key = `${origin.podUid || `${origin.namespace}/${origin.pod}`}/${origin.container}`;
    keys.set(origin, key);
  }
  return key;
}

/** Origins of lines that a history gave: the live one for its instance, one for each earlier instance. */
export class HistoryOrigins {
  private readonly live: Origin;
  private readonly others = new Map<number, Origin>();

  constructor(live: Origin) {
    this.live = live;
  }

  /** What the cluster says of the pod holds for all of its instances. */
  of({ restart, containerId, image, path }: Origin): Origin {
    if (restart === this.live.restart) return this.live;
    let origin = this.others.get(restart);
    if (origin === undefined) {
      const known = { ...(image === undefined ? {} : { image }), ...(path === undefined ? {} : { path }) };
      origin = { ...this.live, restart, containerId, ...known };
      this.others.set(restart, origin);
    }
    return origin;
  }

  /** The line, and those that belong to it, as one of the stream. `arrival` in milliseconds of the monotonic clock. */
  adopted(line: LogLine, arrival: number): LogLine {
    const origin = this.of(line.origin);
    const rest = line.rest?.map((each) => ({ ...each, origin, arrival }));
    return { ...line, origin, arrival, rest };
  }
}

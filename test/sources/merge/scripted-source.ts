// Sources that do what a test says: pages, stalls, failures; and lines to put into them.
import type { LineDetails, LogLine, Origin } from "../../../src/record/log-line.ts";
import { compareTimestamps, type Timestamp } from "../../../src/record/timestamp.ts";
import type { SearchPage, SearchRequest, Source, SourceWork } from "../../../src/sources/source.ts";

export const ORIGIN: Origin = {
  source: "pod",
  cluster: "dev",
  node: "node-1",
  namespace: "shop",
  pod: "web-1",
  podUid: "uid-1",
  container: "app",
  containerKind: "container",
  containerId: "",
  restart: 0,
  labels: {},
  annotations: {},
  workload: "deployment/web",
};

export function line(at: number | Timestamp, text: string, more: Partial<LogLine> = {}): LogLine {
  const buffer = Buffer.from(text);
  const time = typeof at === "number" ? { sec: Math.floor(at / 1000), nsec: (at % 1000) * 1e6 + 7 } : at;
  return {
    kind: "line",
    origin: ORIGIN,
    ...time,
    buffer,
    start: 0,
    end: buffer.length,
    cut: 0,
    arrival: 0,
    rest: undefined,
    late: false,
    ...more,
  };
}

export function details(more: Partial<LineDetails> = {}): LineDetails {
  return { stream: "", level: undefined, id: undefined, lines: 1, attrs: undefined, sources: [], ...more };
}

export function textOf({ buffer, start, end }: LogLine): string {
  return buffer.toString("utf8", start, end);
}

export function noWork(): SourceWork {
  return { records: 0, bytes: 0, totalBytes: undefined, skippedBytes: 0, lostBytes: 0 };
}

export function request(more: Partial<SearchRequest> = {}): SearchRequest {
  return {
    filter: { kind: "all" },
    matches: () => true,
    accepts: () => true,
    from: undefined,
    to: undefined,
    order: "oldest",
    limit: undefined,
    follow: false,
    resume: undefined,
    signal: new AbortController().signal,
    work: noWork(),
    note: () => undefined,
    ...more,
  };
}

export interface Step {
  readonly hits?: readonly LogLine[];
  readonly reached?: Timestamp;
  readonly live?: boolean;
  /** Before the page. */
  readonly wait?: Promise<void>;
  readonly error?: Error;
}

export class ScriptedSource implements Source {
  readonly name: string;
  readonly holdBackMs: number;
  pagesAsked = 0;
  ended = false;
  private readonly script: (request: SearchRequest) => AsyncIterable<Step> | Iterable<Step>;

  constructor(
    name: string,
    script: (request: SearchRequest) => AsyncIterable<Step> | Iterable<Step>,
    { holdBackMs = 500 } = {},
  ) {
    this.name = name;
    this.script = script;
    this.holdBackMs = holdBackMs;
  }

  async *search(asked: SearchRequest): AsyncIterable<SearchPage> {
    const begin = (asked.resume as number | undefined) ?? 0;
    let given = begin;
    try {
      this.pagesAsked++;
      for await (const step of this.script(asked)) {
        await step.wait;
        if (step.error !== undefined) throw step.error;
        const hits = step.hits ?? [];
        const first = given;
        given += hits.length;
        yield { hits, reached: step.reached, live: step.live ?? false, resume: (index) => first + index + 1 };
        this.pagesAsked++;
      }
    } finally {
      this.ended = true;
    }
  }

  explain(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  describe(): never {
    throw new Error("not asked in tests");
  }

  close(): void {}
}

/** Gives these lines in the request's order, from where it resumes, in pages of sizes that `size` gives. */
export function sourceOf(name: string, lines: readonly LogLine[], size: () => number): ScriptedSource {
  return new ScriptedSource(name, function* ({ order, resume }) {
    const sign = order === "oldest" ? 1 : -1;
    const sorted = lines
      .map((l, i) => ({ l, i }))
      .sort((a, b) => sign * (compareTimestamps(a.l, b.l) || a.i - b.i))
      .map(({ l }) => ({ ...l }));
    for (let at = (resume as number | undefined) ?? 0; at < sorted.length; ) {
      const hits = sorted.slice(at, at + size());
      at += hits.length;
      const last = hits.at(-1);
      yield last === undefined || size() % 2 === 0 ? { hits } : { hits, reached: last };
    }
  });
}

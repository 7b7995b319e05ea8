// `klog search` as a command line, over sources that hold the lines of a test.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import type { CommandIo } from "../../../src/commands/command-io.ts";
import { EXPORT_LIMITS, type ExportLimits } from "../../../src/commands/search/export-parts.ts";
import { run } from "../../../src/commands/search.ts";
import { startSearch } from "../../../src/commands/start-search.ts";
import { KlogError } from "../../../src/errors.ts";
import { levelOf } from "../../../src/record/level.ts";
import type { LogLine, Origin } from "../../../src/record/log-line.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../../src/record/timestamp.ts";
import { systemClock } from "../../../src/sources/clock.ts";
import { openSources } from "../../../src/sources/open-sources.ts";
import type { SearchPage, SearchRequest, Source } from "../../../src/sources/source.ts";

const ORIGIN: Origin = {
  source: "store",
  cluster: "",
  node: "node1",
  namespace: "shop",
  pod: "web-1",
  podUid: "uid-web-1",
  container: "app",
  containerKind: "container",
  containerId: "",
  restart: 0,
  labels: { app: "web" },
  annotations: {},
  workload: "web",
};

export function originOf(changes: Partial<Origin> = {}): Origin {
  return { ...ORIGIN, ...changes };
}

/** `at`: seconds behind `START`; undefined: no time. */
export interface GivenLine {
  readonly at: number | undefined;
  readonly text: string;
  readonly origin?: Origin;
}

export const START = Date.parse("2026-11-21T10:00:00Z");

export interface ScriptedOptions {
  readonly name?: string;
  readonly pageLines?: number;
  /** Called before each page is given. */
  readonly beforePage?: (index: number) => Promise<void> | void;
  /** With follow: what comes after what is there. */
  readonly live?: AsyncIterable<readonly GivenLine[]>;
  readonly fails?: KlogError;
}

const OWN = originOf();

export function lineOf({ at, text, origin = OWN }: GivenLine, source: string): LogLine {
  const buffer = Buffer.from(text);
  const time: Timestamp = at === undefined ? { sec: -1, nsec: 0 } : fromMillis(START + at * 1000);
  return {
    kind: "line",
    ...time,
    origin,
    buffer,
    start: 0,
    end: buffer.length,
    cut: 0,
    arrival: 0,
    rest: undefined,
    late: false,
    details: {
      stream: "stdout",
      level: levelOf(buffer, 0, buffer.length),
      id: undefined,
      lines: 1,
      attrs: undefined,
      sources: [source],
    },
  };
}

/** A source that does everything a source has to do, over lines in memory. */
export class ScriptedSource implements Source {
  readonly name: string;
  readonly holdBackMs = 0;
  readonly requests: SearchRequest[] = [];
  isClosed = false;
  private readonly lines: readonly LogLine[];
  private readonly options: ScriptedOptions;

  constructor(lines: readonly GivenLine[], options: ScriptedOptions = {}) {
    this.name = options.name ?? "store";
    this.options = options;
    this.lines = lines.map((line) => lineOf(line, this.name)).toSorted(compareTimestamps);
  }

  async explain(): Promise<readonly string[]> {
    return [`${this.lines.length} lines in memory`];
  }

  async *search(request: SearchRequest): AsyncGenerator<SearchPage> {
    this.requests.push(request);
    const { options } = this;
    if (options.fails !== undefined) throw options.fails;
    const { order, limit, signal, work } = request;
    const passing = this.lines.filter((line) => passes(line, request));
    const all = order === "newest" ? passing.toReversed() : passing;
    const from = typeof request.resume === "number" ? request.resume : 0;
    const size = options.pageLines ?? 100;
    const end = Math.min(all.length, limit === undefined ? all.length : from + limit);
    for (let at = from, index = 0; at < end && !signal.aborted; at += size, index++) {
      await options.beforePage?.(index);
      const hits = all.slice(at, Math.min(at + size, end));
      work.records += hits.length;
      work.bytes += hits.reduce((sum, line) => sum + line.end - line.start, 0);
      yield { hits, reached: hits.at(-1), live: false, resume: (i) => at + i + 1 };
    }
    if (!request.follow || options.live === undefined) return;
    for await (const some of options.live) {
      if (signal.aborted) return;
      const hits = some.map((line) => lineOf(line, this.name)).filter((line) => passes(line, request));
      yield { hits, reached: hits.at(-1), live: true, resume: () => undefined };
    }
  }

  async describe() {
    return { oldest: this.lines[0], newest: this.lines.at(-1), records: this.lines.length, bytes: 0, detail: "" };
  }

  close(): void {
    this.isClosed = true;
  }
}

function passes(line: LogLine, { matches, accepts, from, to }: SearchRequest): boolean {
  if (!accepts(line.origin)) return false;
  if (line.sec < 0) return from === undefined && to === undefined && matches(line);
  if (from !== undefined && compareTimestamps(line, from) < 0) return false;
  if (to !== undefined && compareTimestamps(line, to) > 0) return false;
  return matches(line);
}

export interface RigOptions {
  readonly sources?: readonly Source[];
  readonly isTerminal?: boolean;
  readonly isErrorTerminal?: boolean;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Called with each piece of stdout. */
  readonly onOutput?: (text: string) => void;
  readonly stdout?: Writable;
  readonly exportLimits?: ExportLimits;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder of its own for history and saved queries. */
export function freshHome(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "klog-search-"));
  mkdirSync(join(folder, "klog"));
  writeFileSync(join(folder, "klog", "config.yaml"), "");
  return { XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, TZ: "UTC" };
}

/** Runs `klog search WORDS`; an error for people gives 2, as cli.ts has it. */
export async function klogSearch(words: readonly string[], options: RigOptions = {}): Promise<Outcome> {
  let out = "";
  let err = "";
  const stdout =
    options.stdout ??
    new Writable({
      write(chunk, _encoding, done) {
        out += chunk;
        options.onOutput?.(String(chunk));
        done();
      },
    });
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      err += chunk;
      done();
    },
  });
  const io: CommandIo = {
    env: { ...freshHome(), ...options.env },
    stdin: options.stdin === undefined ? new PassThrough() : Readable.from([Buffer.from(options.stdin)]),
    stdout: Object.assign(stdout, { isTTY: options.isTerminal ?? false, columns: 100 }),
    stderr: Object.assign(stderr, { isTTY: options.isErrorTerminal ?? false }),
    signal: options.signal ?? new AbortController().signal,
    onHangUp: () => () => undefined,
    print: (text) => {
      out += text;
    },
    columns: 100,
  };
  const { sources } = options;
  const open: typeof openSources =
    sources === undefined ? openSources : async () => ({ sources, notes: [], isPartial: false });
  // Scripted sources stand for a store: what the machine offers must not count.
  const named = sources === undefined || words.includes("--source") ? words : ["--source", "store", ...words];
  try {
    const code = await startSearch(
      named,
      io,
      async () => (given, commandIo, place) =>
        run(given, commandIo, place, {
          clock: systemClock,
          open,
          exportLimits: options.exportLimits ?? EXPORT_LIMITS,
        }),
    );
    return { code, out, err };
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    return {
      code: 2,
      out,
      err: `${err}klog: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`,
    };
  }
}

/** The messages alone, without names and times. */
export function messages({ out }: Outcome): string[] {
  return out.split("\n").filter((line) => line !== "");
}

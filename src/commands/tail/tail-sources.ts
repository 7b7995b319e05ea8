// `klog tail --source`: stores, files and clusters as one stream, through the machinery of search and tail's own printer.
import { homedir } from "node:os";
import { listContexts } from "../../clients/kubernetes/kubeconfig.ts";
import type { LogLine, Origin } from "../../record/log-line.ts";
import { type Clock, systemClock } from "../../sources/clock.ts";
import { openSources } from "../../sources/open-sources.ts";
import { TailStats } from "../../sources/pods/tail-stats.ts";
import type { CommandIo } from "../command-io.ts";
import { openOutput } from "../command-output.ts";
import { LinePrinter } from "../line-printer.ts";
import { acceptedOrigins } from "../search/accept-origin.ts";
import { Problems } from "../search/problems.ts";
import { queryRegexp } from "../search/query-highlight.ts";
import type { TailPlace } from "../start-tail.ts";
import type { TailOptions } from "../tail-options.ts";
import { statsReport } from "../tail-report.ts";
import { Waiting } from "../wait-for.ts";
import { EXIT, endedEarly } from "./exit-status.ts";
import { containerOf } from "./last-lines.ts";
import { sourceLines } from "./source-lines.ts";
import { selectedOrigins } from "./source-selection.ts";
import { rejectUnfit } from "./unfit-flags.ts";

/** What tests replace. */
export interface SourceSurroundings {
  readonly clock: Clock;
  readonly open: typeof openSources;
}

const REAL: SourceSurroundings = { clock: systemClock, open: openSources };

/** Resolves to the exit status. Throws KlogError for sources that cannot be read and flags that cannot hold. */
export async function tailSources(
  options: TailOptions,
  io: CommandIo,
  { config }: TailPlace,
  { clock, open }: SourceSurroundings = REAL,
): Promise<number> {
  rejectUnfit(options);
  const stats = new TailStats();
  const { terminal, ended, failure } = openOutput(io);
  let wake: () => void = () => undefined;
  const printer = new LinePrinter({
    lines: options.lines,
    output: options.output,
    env: io.env,
    terminal,
    stats,
    showNamespace: options.namespaces.length !== 1,
    showCluster: options.contexts.length > 1,
    showSources: options.sources.length > 1,
    waitFor: options.waitFor && { text: options.waitFor.text, found: () => waiting.found() },
    onDrained: () => wake(),
  });
  const waiting = new Waiting(options.waitFor, clock, () => ended.abort());
  const { progress } = printer;
  const problems = new Problems(progress);
  const warn = (text: string) => progress.warn(text);
  const { contexts, connection, window, output } = options;
  const signal = AbortSignal.any([io.signal, ended.signal]);
  signal.addEventListener("abort", () => wake(), { once: true });
  const opened = await open({
    ...{ words: options.sources, config, env: io.env, home: homedir() },
    context: { now: clock.now(), zone: output.timezone, regexp: queryRegexp(warn) },
    kubernetes: { contexts, connection, flags: options },
    stdin: io.stdin,
    maxLineBytes: window.maxLineBytes,
    surroundings: {
      warn,
      ...(options.verbosity >= 6 ? { trace: (line: string) => terminal.error(`klog: ${line}\n`) } : {}),
    },
  });
  const known = new Set<string>();
  try {
    for (const note of opened.notes) problems.note(note, opened.isPartial ? "partial" : undefined);
    const lines = sourceLines({
      ...{ sources: opened.sources, window, clock, signal },
      accepts: originTest(options, warn),
      onNote: (text, partial) => problems.note(text, partial),
      onCut: () => {
        if (window.tailIsDefault)
          progress.note(`the last ${window.tail} lines of each container; older lines exist: --tail -1, --since 1h`);
      },
    });
    for await (const line of lines) {
      if (signal.aborted) break;
      began(line.origin, known, printer);
      count(line, stats);
      printer.emit(line);
      while (!signal.aborted && !printer.ready()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    waiting.close();
    for (const source of opened.sources) source.close();
    await printer.close();
  }
  const outputError = failure();
  if (outputError !== undefined) throw outputError;
  if (stats.received === 0 && !signal.aborted) progress.note(whyNothing(options));
  if (options.stats) terminal.error(statsReport(stats, { waiting: 0 }));
  const early = endedEarly(waiting, { ended, io, progress });
  if (early !== undefined) return early;
  if (problems.isPartial) return EXIT.partial;
  return stats.shown === 0 ? EXIT.nothing : EXIT.done;
}

/** A cluster has selected its pods already, with all that it knows of them. */
function originTest(options: TailOptions, warn: (text: string) => void): (origin: Origin) => boolean {
  const byFlags = acceptedOrigins(options, warn);
  const hasContexts = options.selectorArgs.some((text) => text.includes("@"));
  const contexts = hasContexts ? listContexts(options.connection).map(({ name }) => name) : [];
  const bySelectors = selectedOrigins(options.selectorArgs, contexts, warn);
  return (origin) => byFlags(origin) && (origin.source === "pod" || bySelectors(origin));
}

function began(origin: Origin, known: Set<string>, printer: LinePrinter): void {
  const key = containerOf(origin);
  if (known.has(key)) return;
  known.add(key);
  printer.opened(origin);
}

function count(line: LogLine, stats: TailStats): void {
  for (const { start, end, cut } of [line, ...(line.rest ?? [])]) {
    stats.received++;
    stats.bytes += end - start;
    if (cut === 0) continue;
    stats.cutLines++;
    stats.cutBytes += cut;
  }
  if (line.late) stats.late++;
}

function whyNothing({ selectorArgs, sources, window }: TailOptions): string {
  const what = selectorArgs.length === 0 ? "" : ` for ${selectorArgs.join(" ")}`;
  const when = window.tailIsDefault ? " in the last hour (--since 1d reaches further back)" : "";
  return `there is no line${what} in ${sources.join(", ")}${when}`;
}

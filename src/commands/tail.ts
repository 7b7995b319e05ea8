// `klog tail`: options to clients, selection, session and printer; then what to say at the end, and the exit status.

import { forPeople } from "../clients/kubernetes/api-failure.ts";
import { ApiError, type KubernetesClient } from "../clients/kubernetes/client.ts";
import { KlogError } from "../errors.ts";
import { Terminal } from "../output/terminal.ts";
import { createLineJoiner, type LineJoiner, type MultilineMode } from "../record/multiline.ts";
import { closePatterns } from "../regex/pattern.ts";
import { systemClock } from "../sources/clock.ts";
import { describeTargets, type PodTarget } from "../sources/pods/describe-targets.ts";
import type { ContainerProblem } from "../sources/pods/instance-context.ts";
import { openClusters } from "../sources/pods/open-clusters.ts";
import { PodCensus } from "../sources/pods/pod-census.ts";
import { watchPods } from "../sources/pods/pod-watch.ts";
import type { PodProblem } from "../sources/pods/problem.ts";
import { type Selection, scopesOf } from "../sources/pods/selection.ts";
import { DEFAULT_LIMITS, type StreamLimits } from "../sources/pods/stream-slots.ts";
import { TailSession } from "../sources/pods/tail-session.ts";
import { TailStats } from "../sources/pods/tail-stats.ts";
import { whyNothing } from "../sources/pods/why-nothing.ts";
import { workloadOf } from "../sources/pods/workload-name.ts";
import { readStdin } from "../sources/stdin.ts";
import type { CommandIo } from "./command-io.ts";
import { flagPattern } from "./flag-pattern.ts";
import { LinePrinter } from "./line-printer.ts";
import { lineFilters, placesOf, serverFilters, windowFlags } from "./tail-asked.ts";
import type { TailOptions } from "./tail-options.ts";
import { statsReport } from "./tail-report.ts";
import { Waiting } from "./wait-for.ts";

const EXIT = { done: 0, nothing: 1, unusable: 2, partial: 3, interrupted: 130 } as const;
/** A follow that shows nothing for this long says why, once. */
const SILENCE_MS = 3000;
/** Containers whose past is read at once. */
const BATCH = 80;

/** Resolves to the exit status. Throws KlogError for what makes the command unusable. */
export async function run(options: TailOptions, io: CommandIo): Promise<number> {
  try {
    return options.stdin ? await tailStdin(options, io) : await tailPods(options, io);
  } catch (error) {
    throw error instanceof ApiError ? forPeople(error) : error;
  } finally {
    closePatterns();
  }
}

async function tailPods(options: TailOptions, io: CommandIo): Promise<number> {
  const { selection, clients } = openClusters(options, options, {
    warn: (text) => io.stderr.write(`klog: warning: ${text}\n`),
    ...(options.verbosity >= 6 ? { trace: (line) => io.stderr.write(`klog: ${line}\n`) } : {}),
  });
  try {
    if (options.window.stream !== undefined)
      await Promise.all(clients.map((client) => requireStreamSelection(client, options)));
    if (options.dryRun) return await dryRun(selection, clients, options, io);
    return await follow(selection, clients, options, io);
  } finally {
    for (const client of clients) client.close();
  }
}

async function follow(
  selection: Selection,
  clients: readonly KubernetesClient[],
  options: TailOptions,
  io: CommandIo,
): Promise<number> {
  const stats = new TailStats();
  const census = new PodCensus();
  const ended = new AbortController();
  let outputError: KlogError | undefined;
  const terminal = new Terminal(io.stdout, io.stderr, (error) => {
    outputError = error;
    ended.abort();
  });
  const scopes = clients.flatMap((client) =>
    scopesOf(selection, client).map((s) => `${client.context}/${s.namespace}`),
  );
  let session: TailSession | undefined;
  const printer = new LinePrinter({
    lines: options.lines,
    output: options.output,
    env: io.env,
    terminal,
    stats,
    showNamespace: selection.allNamespaces || new Set(scopes).size > 1,
    showCluster: clients.length > 1,
    waitFor: options.waitFor && { text: options.waitFor.text, found: () => waiting.found() },
    onDrained: () => session?.drain(),
  });
  const waiting = new Waiting(options.waitFor, systemClock, () => ended.abort());
  const { progress } = printer;
  const problems = new ProblemReport(printer);
  const explain = () =>
    whyNothing({
      pods: census.counts(),
      places: placesOf(selection, clients),
      selectors: options.selectorArgs,
      serverFilters: serverFilters(options),
      lines: { received: stats.received, shown: stats.shown, filters: lineFilters(options) },
      window: windowFlags(options),
      withoutPrevious: stats.withoutPrevious,
    }).filter((line) => !problems.hasSaid(line) && !(problems.final > 0 && stats.received === 0));
  let refused: KlogError | undefined;
  let cancelSilence: () => void = () => undefined;

  session = new TailSession({
    clients,
    selectionOf: () => selection,
    window: options.window,
    order: options.order,
    reorderWindowMs: options.reorderWindowMs,
    limits: limitsOf(options),
    batch: options.limits.maxLogRequests ?? BATCH,
    joiner: joinerOf(options),
    insecureSkipTlsVerifyBackend: options.insecureSkipTlsVerifyBackend,
    waitTimeoutMs: options.waitTimeoutMs,
    events: options.events,
    emit: (item) => printer.emit(item),
    ready: () => printer.ready(),
    listener: {
      opened: (origin) => printer.opened(origin),
      containerProblem: (problem) => {
        refused ??= streamRefusal(problem, options);
        if (refused === undefined) problems.container(problem);
        else ended.abort();
      },
      podProblem: (problem) => problems.pods(problem),
      note: (text) => progress.note(text),
      podGone: (pod, client) =>
        printer.release({
          cluster: client.context,
          namespace: pod.metadata.namespace ?? "",
          podUid: pod.metadata.uid,
          workload: workloadOf(pod),
        }),
      begun: () => {
        noteOlderLines(options, stats, progress);
        cancelSilence = systemClock.timer(SILENCE_MS, () => {
          for (const line of explain()) progress.note(line);
        });
      },
    },
    stats,
    census,
    clock: systemClock,
    signal: AbortSignal.any([io.signal, ended.signal]),
  });

  try {
    await session.run();
  } finally {
    cancelSilence();
    waiting.close();
    stats.late = session.late;
    await printer.close();
  }
  if (outputError !== undefined) throw outputError;
  if (refused !== undefined) throw refused;
  if (!options.window.follow) {
    noteOlderLines(options, stats, progress);
    for (const line of explain()) progress.note(line);
    if (options.window.previous && stats.withoutPrevious > 0 && stats.shown > 0)
      progress.note(`${stats.withoutPrevious} containers have no previous instance and were passed over`);
  }
  if (options.stats) terminal.error(statsReport(stats, { waiting: session.waiting }));
  const early = endedEarly(waiting, { ended, io, progress: printer.progress });
  if (early !== undefined) return early;
  return exitStatus(stats, census, problems);
}

function exitStatus(stats: TailStats, census: PodCensus, problems: ProblemReport): number {
  const counts = census.counts();
  if (counts.verdicts.selected === 0) return counts.unreadable.length > 0 ? EXIT.unusable : EXIT.nothing;
  if (problems.final > 0 || counts.unreadable.length > 0) return stats.received === 0 ? EXIT.unusable : EXIT.partial;
  return stats.received > 0 && stats.shown === 0 ? EXIT.nothing : EXIT.done;
}

/** The status of a command that something ended before its lines did, or that waited in vain. */
function endedEarly(
  waiting: Waiting,
  { ended, io, progress }: { ended: AbortController; io: CommandIo; progress: LinePrinter["progress"] },
): number | undefined {
  if (waiting.outcome === "found") return EXIT.done;
  if (io.signal.aborted) return EXIT.interrupted;
  if (waiting.outcome === undefined && ended.signal.aborted) {
    // A reader that closed the pipe has what it wanted.
    return EXIT.done;
  }
  if (waiting.complaint === undefined) return undefined;
  progress.warn(waiting.complaint);
  return EXIT.nothing;
}

async function tailStdin(options: TailOptions, io: CommandIo): Promise<number> {
  const stats = new TailStats();
  const ended = new AbortController();
  let outputError: KlogError | undefined;
  const terminal = new Terminal(io.stdout, io.stderr, (error) => {
    outputError = error;
    ended.abort();
  });
  let wake: () => void = () => undefined;
  const printer = new LinePrinter({
    lines: options.lines,
    // There is one source, and it has no name worth printing.
    output: { ...options.output, prefix: options.output.prefix === "auto" ? "none" : options.output.prefix },
    env: io.env,
    terminal,
    stats,
    showNamespace: false,
    showCluster: false,
    waitFor: options.waitFor && { text: options.waitFor.text, found: () => waiting.found() },
    onDrained: () => wake(),
  });
  const waiting = new Waiting(options.waitFor, systemClock, () => ended.abort());
  try {
    await readStdin({
      input: io.stdin,
      maxLineBytes: options.window.maxLineBytes,
      joiner: joinerOf(options)?.(),
      stats,
      clock: systemClock,
      signal: AbortSignal.any([io.signal, ended.signal]),
      emit: (line) => printer.emit(line),
      room: () =>
        printer.ready()
          ? undefined
          : new Promise((resolve) => {
              wake = resolve;
            }),
    });
  } finally {
    waiting.close();
    await printer.close();
  }
  if (outputError !== undefined) throw outputError;
  if (options.stats) terminal.error(statsReport(stats, { waiting: 0 }));
  const early = endedEarly(waiting, { ended, io, progress: printer.progress });
  if (early !== undefined) return early;
  return stats.received > 0 && stats.shown === 0 ? EXIT.nothing : EXIT.done;
}

async function dryRun(
  selection: Selection,
  clients: readonly KubernetesClient[],
  options: TailOptions,
  io: CommandIo,
): Promise<number> {
  const targets: PodTarget[] = [];
  const census = new PodCensus();
  await Promise.all(
    clients.map((client) =>
      watchPods(
        client,
        selection,
        {
          pod: (pod, containers) => targets.push({ context: client.context, pod, containers }),
          gone: () => undefined,
          synced: () => undefined,
          problem: (problem) =>
            io.stderr.write(`klog: ${problem.message}\n${problem.hint ? `  ${problem.hint}\n` : ""}`),
        },
        { signal: io.signal, follow: false, clock: systemClock, census },
      ),
    ),
  );
  io.print(describeTargets(targets));
  const counts = census.counts();
  if (targets.length > 0) return counts.unreadable.length > 0 ? EXIT.partial : EXIT.done;
  const report = whyNothing({
    pods: counts,
    places: placesOf(selection, clients),
    selectors: options.selectorArgs,
    serverFilters: serverFilters(options),
    lines: { received: 0, shown: 0, filters: [] },
    window: [],
    withoutPrevious: 0,
  });
  io.stderr.write(report.map((line) => `klog: note: ${line}\n`).join(""));
  return counts.unreadable.length > 0 ? EXIT.unusable : EXIT.nothing;
}

/** Says each problem once while it lasts, and counts those that cannot be mended. */
class ProblemReport {
  private readonly printer: LinePrinter;
  private readonly said = new Map<string, number>();
  final = 0;

  constructor(printer: LinePrinter) {
    this.printer = printer;
  }

  pods(problem: PodProblem): void {
    const { progress } = this.printer;
    const text = problem.hint === undefined ? problem.message : `${problem.message} (${problem.hint})`;
    if (problem.kind === "note") return progress.note(text);
    this.warn(text, problem.retryInMs);
  }

  hasSaid(text: string): boolean {
    return this.said.has(text);
  }

  container({ namespace, pod, container, error, retryInMs }: ContainerProblem): void {
    if (retryInMs === undefined) this.final++;
    const denied = error.kind === "forbidden" ? `you may not get pods/log in namespace "${namespace}": ` : "";
    this.warn(`${namespace}/${pod}/${container}: ${denied}${error.message}`, retryInMs);
  }

  private warn(text: string, retryInMs: number | undefined): void {
    const last = this.said.get(text);
    const now = systemClock.monotonic();
    if (last !== undefined && now - last < 60_000) return;
    this.said.set(text, now);
    const again = retryInMs === undefined ? "" : `; trying again in ${Math.max(1, Math.round(retryInMs / 1000))} s`;
    this.printer.progress.warn(`${text}${again}`);
  }
}

/** A server that knows `stream=` may still not allow it: that holds for every container. */
function streamRefusal({ error }: ContainerProblem, { window }: TailOptions): KlogError | undefined {
  if (window.stream === undefined || error.kind !== "status" || !/stream/i.test(error.message)) return undefined;
  return new KlogError("KUBERNETES_STATUS", `the server does not allow --stream ${window.stream}: ${error.message}`, {
    hint: "it needs the feature gate PodLogsQuerySplitStreams; leave --stream out",
    cause: error,
  });
}

/** `stream=` is an alpha of 1.32: an older server would ignore it and give both. */
async function requireStreamSelection(client: KubernetesClient, options: TailOptions): Promise<void> {
  const { gitVersion, major, minor } = await client.get<{ gitVersion: string; major: string; minor: string }>(
    "/version",
  );
  const version = Number.parseInt(major, 10) * 1000 + Number.parseInt(minor, 10);
  if (version >= 1032) return;
  throw new KlogError(
    "USAGE",
    `the server of context ${client.context} is ${gitVersion} and cannot select --stream ${options.window.stream}`,
    {
      hint: "that needs Kubernetes 1.32 with the feature gate PodLogsQuerySplitStreams; leave --stream out",
    },
  );
}

function limitsOf({ limits, window }: TailOptions): StreamLimits {
  const { maxLogRequests, maxStreamsPerNode, opensPerSecond, openBurst } = limits;
  return {
    ...DEFAULT_LIMITS,
    total: window.follow ? (maxLogRequests ?? DEFAULT_LIMITS.total) : DEFAULT_LIMITS.total,
    perNode: maxStreamsPerNode,
    first: { rate: opensPerSecond, burst: openBurst },
  };
}

/** In order of arrival lines go out as they come; whoever wants traces kept together there asks for it. */
function joinerOf({ lines, order, stdin }: TailOptions): (() => LineJoiner) | undefined {
  const { multiline } = lines;
  if (multiline === "off" || (multiline === "auto" && order === "arrival" && !stdin)) return undefined;
  const mode: MultilineMode = multiline === "auto" ? "auto" : { start: startTest(multiline.start) };
  return () => createLineJoiner(mode);
}

function startTest(source: string): (text: string) => boolean {
  const pattern = flagPattern("--multiline", source, { whenDisabled: "match" });
  return (text) => pattern.test(text);
}

function noteOlderLines({ window }: TailOptions, stats: TailStats, progress: LinePrinter["progress"]): void {
  if (!window.tailIsDefault || stats.fullTails === 0) return;
  progress.note(`the last ${window.tail} lines of each container; older lines exist: --tail -1, --since 1h`);
}

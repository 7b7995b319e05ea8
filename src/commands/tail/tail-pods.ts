// `klog tail` on live pods: options to clients, selection, session and printer; then what to say at the end, and the exit status.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { KlogError } from "../../errors.ts";
import type { Progress } from "../../output/progress.ts";
import { systemClock } from "../../sources/clock.ts";
import { GapFill } from "../../sources/pods/gap-fill.ts";
import { openClusters } from "../../sources/pods/open-clusters.ts";
import { PodCensus } from "../../sources/pods/pod-census.ts";
import { type Selection, scopesOf } from "../../sources/pods/selection.ts";
import { DEFAULT_LIMITS, type StreamLimits } from "../../sources/pods/stream-slots.ts";
import { TailSession } from "../../sources/pods/tail-session.ts";
import { TailStats } from "../../sources/pods/tail-stats.ts";
import { whyNothing } from "../../sources/pods/why-nothing.ts";
import { workloadOf } from "../../sources/pods/workload-name.ts";
import type { CommandIo } from "../command-io.ts";
import { openOutput } from "../command-output.ts";
import { LinePrinter } from "../line-printer.ts";
import { lineFilters, placesOf, serverFilters, windowFlags } from "../tail-asked.ts";
import type { TailOptions } from "../tail-options.ts";
import { statsReport } from "../tail-report.ts";
import { Waiting } from "../wait-for.ts";
import { dryRun } from "./dry-run.ts";
import { EXIT, endedEarly } from "./exit-status.ts";
import { joinerOf } from "./line-joiner.ts";
import { openHistory } from "./open-history.ts";
import { ProblemReport } from "./problem-report.ts";
import { requireStreamSelection, streamRefusal } from "./stream-selection.ts";

/** A follow that shows nothing for this long says why, once. */
const SILENCE_MS = 3000;
/** Containers whose past is read at once. */
const BATCH = 80;

export async function tailPods(options: TailOptions, io: CommandIo): Promise<number> {
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
  const { terminal, ended, failure } = openOutput(io);
  const scopes = clients.flatMap((client) =>
    scopesOf(selection, client).map((s) => `${client.context}/${s.namespace}`),
  );
  let session: TailSession | undefined;
  let gapFill: GapFill | undefined;
  const signal = AbortSignal.any([io.signal, ended.signal]);
  const printer = new LinePrinter({
    lines: options.lines,
    output: options.output,
    env: io.env,
    terminal,
    stats,
    showNamespace: selection.allNamespaces || new Set(scopes).size > 1,
    showCluster: clients.length > 1,
    waitFor: options.waitFor && { text: options.waitFor.text, found: () => waiting.found() },
    onDrained: () => {
      gapFill?.drained();
      session?.drain();
    },
  });
  const waiting = new Waiting(options.waitFor, systemClock, () => ended.abort());
  const { progress } = printer;
  const problems = new ProblemReport(progress);
  const explain = () =>
    whyNothing({
      pods: census.counts(),
      places: placesOf(selection, clients),
      selectors: options.selectorArgs,
      serverFilters: serverFilters(options),
      lines: { received: stats.received + stats.filled, shown: stats.shown, filters: lineFilters(options) },
      window: windowFlags(options),
      withoutPrevious: stats.withoutPrevious,
    }).filter((line) => !problems.hasSaid(line) && !(problems.final > 0 && stats.received === 0));
  let refused: KlogError | undefined;
  let cancelSilence: () => void = () => undefined;

  const history = await openHistory(options, io.env, (text) => progress.note(text));
  if (history !== undefined) {
    gapFill = new GapFill({
      history,
      emit: (item) => printer.emit(item),
      ready: () => printer.ready(),
      resume: () => session?.drain(),
      maxLineBytes: options.window.maxLineBytes,
      marksLate: options.order !== "arrival",
      stats,
      clock: systemClock,
      signal,
    });
  }
  const stage = gapFill ?? printer;

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
    emit: (item) => stage.emit(item),
    ready: () => stage.ready(),
    history,
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
    signal,
  });

  try {
    await session.run();
  } finally {
    cancelSilence();
    waiting.close();
    try {
      await gapFill?.finished();
    } finally {
      stats.late += session.late;
      await printer.close();
    }
  }
  const outputError = failure();
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
  if (problems.final > 0 || counts.unreadable.length > 0)
    return stats.received + stats.filled === 0 ? EXIT.unusable : EXIT.partial;
  return stats.received + stats.filled > 0 && stats.shown === 0 ? EXIT.nothing : EXIT.done;
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

function noteOlderLines({ window }: TailOptions, stats: TailStats, progress: Progress): void {
  if (!window.tailIsDefault || stats.fullTails === 0) return;
  progress.note(`the last ${window.tail} lines of each container; older lines exist: --tail -1, --since 1h`);
}

// What the collector tells of itself: its parts' counts and positions as the plain data of operation/agent-status.ts.
import type { Summary } from "./collector-api.ts";
import type { Account } from "./commit/ledger.ts";
import type { AgentConfig } from "./declare/agent-config.ts";
import type { Sink } from "./deliver/sink.ts";
import type { Harvester } from "./harvester.ts";
import type { Balance, ChainStatus, GenerationStatus, LedgerStatus, PipelineStatus } from "./operation/agent-status.ts";
import { describeInput } from "./operation/describe-input.ts";
import type { Pipeline } from "./pipeline.ts";
import type { ChainStatus as State } from "./reader/chain.ts";

/** A log with its chain's state, which is asked for once. */
export interface Log {
  readonly harvester: Harvester;
  readonly state: State;
}

/** Reasons to be degraded, each with what it is about; undefined where there is nothing of the kind. */
export type Troubles = readonly (readonly [kind: string, what: string | undefined])[];

export function logsOf(harvesters: readonly Harvester[]): Log[] {
  return harvesters.map((harvester) => ({ harvester, state: harvester.chain.status }));
}

export function pipelineStatus(
  pipeline: Pipeline,
  logs: readonly Log[],
  places: Pick<AgentConfig, "roots">,
): PipelineStatus {
  const balance = pipeline.balance(logs.map(({ state }) => state.balance));
  return {
    ...ledgerStatus(pipeline.account, balance),
    inputs: pipeline.config.inputs.map((input) => describeInput(input, places)),
    balance,
    counters: pipeline.counters,
    sinks: pipeline.sinks.map((sink) => sink.status()),
    chains: logs.map(chainStatus),
  };
}

/** `now`: what the pipeline has counted by itself; nothing for one that is not in force. */
export function ledgerStatus(account: Account, now: Balance = NOTHING): LedgerStatus {
  const { pipeline: name, since, acked, lost, gaps, gapCount } = account;
  const seen = now.seen + (acked - now.acked) + (lost - now.lost);
  return { name, total: { since, balance: { ...now, seen, acked, lost } }, gaps, gapCount };
}

const NOTHING: Balance = { seen: 0, acked: 0, inFlight: 0, unread: 0, lost: 0 };

export function sinkTroubles(sinks: readonly Sink[]): Troubles {
  const blocked = sinks.map((sink) => sink.status()).filter(({ state }) => state === "blocked");
  const what = blocked.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  return [["sink-blocked", blocked.length === 0 ? undefined : what]];
}

export function fileTroubles(logs: readonly Log[]): Troubles {
  const problems = logs.flatMap(({ state }) => state.problems);
  return (["descriptors", "access", "io", "archive"] as const).map((kind) => {
    const [first, ...others] = problems.filter((problem) => problem.kind === kind);
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    return [kind === "descriptors" ? kind : `files-${kind}`, first && first.message + more];
  });
}

export function summaryOf(
  pipelines: readonly Pipeline[],
  sinks: readonly Sink[],
  logs: readonly Log[],
): Omit<Summary, "seconds" | "complete"> {
  const counters = pipelines.map((pipeline) => pipeline.counters);
  const sum = (of: (one: (typeof counters)[number]) => number) =>
    counters.reduce((total, pipeline) => total + of(pipeline), 0);
  return {
    files: logs.reduce((files, { state }) => files + state.generations.length, 0),
    bytes: sum(({ readBytes }) => readBytes),
    lines: sum(({ lines }) => lines),
    events: sum(({ events }) => events),
    filtered: sum(({ filtered }) => filtered),
    truncated: sum(({ truncated }) => truncated),
    lostBytes: pipelines.reduce((total, { account: { lost, before } }) => total + lost - before.lost, 0),
    gaps: pipelines.reduce((total, { account: { gapCount, before } }) => total + gapCount - before.gaps, 0),
    sinks: sinks.map((sink) => sink.status()),
    problems: logs.flatMap(({ state }) => state.problems.map(({ message }) => message)),
  };
}

function chainStatus({ harvester, state: { generations, problems, balance } }: Log): ChainStatus {
  const { target, chain, format, unreadSince } = harvester;
  const { timeToLoss } = chain;
  const { namespace, pod, podUid, container, containerId, restart, dockerContainer, path } = target.origin;
  return {
    id: target.id,
    path,
    realPath: `${target.directory}/${target.file}`,
    format: format ?? target.format,
    origin: { namespace, pod, podUid, container, containerId, restart, dockerContainer },
    balance,
    generations: generations.map(
      ({ id, epoch, name, state, inode, size, start, readPos, ackPos, source }): GenerationStatus => ({
        id,
        epoch,
        name,
        state,
        inode,
        size,
        start,
        readPosition: readPos,
        ackPosition: ackPos,
        deleted: source === "deleted file",
        compressed: source === "gzip",
      }),
    ),
    ...(unreadSince === undefined ? {} : { unreadSince }),
    ...(timeToLoss === undefined ? {} : { timeToLoss }),
    problems: problems.map(({ message }) => message),
  };
}

// `klog agent status` for people: how the agent is, each pipeline's balance and sinks, and the logs that lag or fail.
import type { AgentStatus, ChainStatus, PipelineStatus } from "../../collector/operation/agent-status.ts";
import { STALE_MS } from "../../collector/operation/status-file.ts";
import { painted } from "../../output/paint.ts";
import type { Styles } from "../../output/theme.ts";
import { ageText, bytesText, counted, countText } from "./amounts.ts";
import { chainName } from "./chain-name.ts";
import { type TableCell, tableText } from "./text-table.ts";

const MOST_LOGS = 20;

export interface StatusView {
  /** Ms since the epoch. */
  readonly now: number;
  readonly styles: Styles;
  /** Whether the process that wrote the status is there. */
  readonly isAlive: boolean;
}

export function statusText(status: AgentStatus, view: StatusView): string {
  return `${[
    ...agentLines(status, view),
    ...status.pipelines.flatMap((pipeline) => ["", ...pipelineLines(pipeline, view)]),
  ].join("\n")}\n`;
}

/** One line, and what keeps the agent from doing all it should. */
export function agentLines(status: AgentStatus, { now, styles, isAlive }: StatusView): string[] {
  const { node, version, pid, startedAt, writtenAt, config, stateDirectory } = status.agent;
  const age = now - writtenAt;
  const state = stateOf(status, isAlive, age);
  const isWell = state === "running" && status.ready;
  const paint = isWell ? styles.started : styles.stopped;
  const since = {
    stopped: ` ${ageText(age)} ago`,
    "not running": `, last heard of ${ageText(age)} ago: it ended without a drain`,
    "not answering": `, last heard of ${ageText(age)} ago`,
    starting: ` for ${ageText(now - startedAt)}`,
    running: ` for ${ageText(now - startedAt)}`,
    draining: ` for ${ageText(now - startedAt)}`,
  }[state];
  const scan = state === "running" && !status.ready ? ", first scan not done" : "";
  return [
    `agent on ${node === "" ? "this node" : node}: ${painted(paint, state)}${since}${scan}, pid ${pid}, klog ${version}`,
    painted(
      styles.dim,
      `  state ${stateDirectory}; configuration ${config.length === 0 ? "of the defaults and flags" : config.join(", ")}`,
    ),
    ...limitLines(status),
    ...status.degraded.map(
      ({ kind, what, since: from }) =>
        `  ${painted(styles.error, `degraded (${kind})`)}: ${what}, for ${ageText(now - from)}`,
    ),
  ];
}

function stateOf({ phase }: AgentStatus, isAlive: boolean, age: number) {
  if (phase === "stopped") return phase;
  if (!isAlive) return "not running";
  return age > STALE_MS ? "not answering" : phase;
}

function limitLines({ limits: { cpu, memory } }: AgentStatus): string[] {
  const parts: string[] = [];
  if (cpu !== undefined) {
    parts.push(`cpu ${cpu.used.toFixed(2)} of ${cpu.limit} cores, slept ${ageText(cpu.throttledMs)}`);
  }
  if (memory !== undefined) {
    parts.push(`memory ${bytesText(memory.used)} of ${bytesText(memory.limit)}, paused ${ageText(memory.pausedMs)}`);
  }
  return parts.length === 0 ? [] : [`  limits: ${parts.join("; ")}`];
}

function pipelineLines(pipeline: PipelineStatus, view: StatusView): string[] {
  const { balance, counters, chains, sinks, gapCount, total } = pipeline;
  const { styles } = view;
  const gaps = `lost ${bytesText(total.balance.lost)} in ${counted(gapCount, "gap")} since ${dayText(total.since)}`;
  const lost = gapCount === 0 ? "" : painted(styles.error, `; ${gaps}`);
  return [
    `${painted(styles.key, pipeline.name)}: ${pipeline.inputs.join(", ")}`,
    `  ${counted(chains.length, "log")}; since the start ${bytesText(balance.seen)}: delivered ${bytesText(balance.acked)}, ` +
      `in flight ${bytesText(balance.inFlight)}, unread ${bytesText(balance.unread)}${lost}`,
    `  ${counted(counters.lines, "line")}, ${counted(counters.events, "event")}, ` +
      `${countText(counters.filtered)} filtered, ${countText(counters.truncated)} truncated`,
    ...sinks.map(({ name, state, reason, records, bytes, failures }) => {
      const trouble = state === "open" ? "" : painted(styles.error, `, blocked: ${reason ?? "it takes nothing"}`);
      const retries = failures === 0 ? "" : `, ${counted(failures, "failure")}`;
      return `  to ${name}: ${counted(records, "record")}, ${bytesText(bytes)}${retries}${trouble}`;
    }),
    ...logLines(chains, view),
  ];
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function logLines(chains: readonly ChainStatus[], { now, styles }: StatusView): string[] {
  const shown = chains
    .filter(({ balance, problems }) => problems.length > 0 || balance.unread > 0 || balance.lost > 0)
    .toSorted((a, b) => b.problems.length - a.problems.length || b.balance.unread - a.balance.unread)
    .slice(0, MOST_LOGS);
  const others = chains.length - shown.length;
  const rest =
    others === 0
      ? []
      : [painted(styles.dim, `  ${counted(others, shown.length > 0 ? "other log" : "log")}: all read, or less behind`)];
  if (shown.length === 0) return rest;
  const rows = shown.map((chain): TableCell[] => {
    const { balance, generations, unreadSince, timeToLoss, problems } = chain;
    const risk = timeToLoss === undefined ? "" : `deleted in about ${ageText(timeToLoss)}`;
    return [
      { text: `  ${chainName(chain)}` },
      { text: generations.at(-1)?.state ?? "-" },
      { text: bytesText(balance.unread) },
      { text: unreadSince === undefined ? "-" : ageText(now - unreadSince) },
      { text: bytesText(balance.lost), paint: balance.lost > 0 ? styles.error : undefined },
      { text: [...problems, risk].filter((text) => text !== "").join("; "), paint: styles.warning },
    ];
  });
  const columns = [
    { title: "  LOG" },
    { title: "STATE" },
    { title: "UNREAD", right: true },
    { title: "BEHIND", right: true },
    { title: "LOST", right: true },
    { title: "" },
  ];
  return [...tableText(columns, rows, styles.dim), ...rest];
}

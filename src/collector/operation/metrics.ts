// /metrics: the agent's status as Prometheus reads it, and the histograms that no status holds.
import type { Counter, Gauge, Registry } from "prom-client";
import type { Latencies } from "../collector-api.ts";
import { type AgentStatus, imbalance, type PipelineCounters, type PipelineStatus } from "./agent-status.ts";
import { type NamespaceBacklog, namespaceBacklogs } from "./backlog.ts";
import { Histogram } from "./histogram.ts";

export interface ProcessUsage {
  readonly cpuMs: () => number;
  readonly residentBytes: () => number;
}

type Client = typeof import("prom-client");

const COUNTERS: readonly (readonly [name: string, help: string, of: keyof Omit<PipelineCounters, ByReason>])[] = [
  ["read_bytes_total", "Bytes read from log files", "readBytes"],
  ["read_lines_total", "Physical lines decoded", "lines"],
  ["events_total", "Events handed to the sinks", "events"],
  ["filtered_events_total", "Events that a processor dropped", "filtered"],
  ["truncated_events_total", "Events that were longer than allowed", "truncated"],
  ["cut_bytes_total", "Bytes cut off from lines that were too long", "cutBytes"],
  ["malformed_lines_total", "Lines that were not in the format of their file", "malformed"],
  ["partial_events_total", "Events that went out without their end", "partial"],
  ["rotations_total", "Rotations seen", "rotations"],
  ["truncations_total", "Files emptied in place", "truncations"],
  ["inode_reuses_total", "New files under an inode known before", "inodeReuses"],
  ["gz_continuations_total", "Files read on inside their .gz", "gzContinuations"],
  ["duplicates_suppressed_total", "Records that a sink had already", "duplicates"],
];
type ByReason = "lostBytesByReason";

const GAUGES: readonly (readonly [name: string, help: string, of: (pipeline: PipelineStatus) => number])[] = [
  ["seen_bytes", "Bytes of log files that were ever there", ({ balance }) => balance.seen],
  ["acked_bytes", "Bytes delivered by every sink", ({ balance }) => balance.acked],
  ["in_flight_bytes", "Bytes read and not yet delivered", ({ balance }) => balance.inFlight],
  ["unread_bytes", "Bytes waiting in the files", ({ balance }) => balance.unread],
  ["gap_bytes", "Bytes that went away undelivered", ({ balance }) => balance.lost],
  ["balance_bytes", "seen - acked - in flight - unread - gap: 0, or bytes are unaccounted for", balanceOf],
  ["chains", "Logs being followed", ({ chains }) => chains.length],
  ["at_risk_chains", "Logs with unread bytes that are about to be deleted", atRisk],
  ["chains_with_problems", "Logs that cannot be read as they should", withProblems],
];

export class Metrics implements Latencies {
  readonly contentType = "text/plain; version=0.0.4; charset=utf-8";
  readonly #usage: ProcessUsage;
  readonly #delivery = new Histogram(
    "klog_agent_delivery_seconds",
    "From a segment's read to its delivery by every sink",
  );
  readonly #discovery = new Histogram("klog_agent_discovery_seconds", "From a log file's birth to its first read");

  constructor(usage: ProcessUsage) {
    this.#usage = usage;
  }

  delivered(milliseconds: number): void {
    this.#delivery.observe(milliseconds / 1000);
  }

  discovered(milliseconds: number): void {
    this.#discovery.observe(milliseconds / 1000);
  }

  /** The text of /metrics. `now`: ms since the epoch. */
  async scrape(status: AgentStatus, now: number): Promise<string> {
    // An agent that nobody scrapes does without it: it takes 12 ms and some megabytes.
    const { default: client } = await import("prom-client");
    const page = new Page(client);
    page.counter("process_cpu_seconds_total", "CPU time used", this.#usage.cpuMs() / 1000);
    page.gauge("process_resident_memory_bytes", "Resident memory", this.#usage.residentBytes());
    page.gauge("process_start_time_seconds", "When the process began", status.agent.startedAt / 1000);
    agentMetrics(page, status, now);
    for (const pipeline of status.pipelines) pipelineMetrics(page, pipeline);
    for (const backlog of namespaceBacklogs(status.pipelines)) backlogMetrics(page, backlog, now);
    return (await page.registry.metrics()) + this.#delivery.text + this.#discovery.text;
  }
}

function agentMetrics(page: Page, status: AgentStatus, now: number): void {
  const { version, node } = status.agent;
  page.gauge("klog_agent_info", "1, with the version and the node", 1, { version, node });
  page.gauge("klog_agent_ready", "1 once the first full scan is done", status.ready ? 1 : 0);
  page.gauge("klog_agent_loop_age_seconds", "Since the loop last turned", (now - status.turnedAt) / 1000);
  page.gauge("klog_agent_open_descriptors", "Log files held open", status.openDescriptors);
  page.gauge("klog_agent_held_deleted_bytes", "Bytes of deleted files kept alive to be read", status.heldDeletedBytes);
  if (status.checkpointedAt > 0) {
    const age = (now - status.checkpointedAt) / 1000;
    page.gauge("klog_agent_checkpoint_age_seconds", "Since the journal was last made durable", age);
  }
  for (const { kind } of status.degraded) {
    page.gauge("klog_agent_degraded", "1 for each kind of trouble there is", 1, { kind });
  }
  const { cpu, memory } = status.limits;
  if (cpu !== undefined) {
    page.gauge("klog_agent_cpu_limit_cores", "limits.cpu", cpu.limit);
    page.counter("klog_agent_throttled_seconds_total", "Slept to stay under limits.cpu", cpu.throttledMs / 1000);
  }
  if (memory !== undefined) {
    page.gauge("klog_agent_memory_limit_bytes", "limits.memory", memory.limit);
    page.counter("klog_agent_paused_seconds_total", "Not read to stay under limits.memory", memory.pausedMs / 1000);
  }
}

function pipelineMetrics(page: Page, status: PipelineStatus): void {
  const pipeline = status.name;
  for (const [name, help, of] of COUNTERS) page.counter(`klog_agent_${name}`, help, status.counters[of], { pipeline });
  for (const [name, help, of] of GAUGES) page.gauge(`klog_agent_${name}`, help, of(status), { pipeline });
  page.counter("klog_agent_gaps_total", "Losses, over all agents with this state directory", status.gapCount, {
    pipeline,
  });
  for (const [reason, bytes] of Object.entries(status.counters.lostBytesByReason)) {
    page.counter(
      "klog_agent_lost_bytes_total",
      "Bytes lost, by reason, over all agents with this state directory",
      bytes,
      { pipeline, reason },
    );
  }
  for (const { name: sink, state, records, bytes, failures } of status.sinks) {
    const labels = { pipeline, sink };
    page.counter("klog_agent_sink_records_total", "Records delivered", records, labels);
    page.counter("klog_agent_sink_bytes_total", "Bytes delivered", bytes, labels);
    page.counter("klog_agent_sink_failures_total", "Attempts that failed and are repeated", failures, labels);
    page.gauge("klog_agent_sink_blocked", "1 while the sink takes nothing", state === "blocked" ? 1 : 0, labels);
  }
}

function backlogMetrics(page: Page, { namespace, unread, since, chains }: NamespaceBacklog, now: number): void {
  page.gauge("klog_agent_namespace_unread_bytes", "Bytes waiting, by namespace", unread, { namespace });
  const age = since === undefined ? 0 : (now - since) / 1000;
  page.gauge("klog_agent_oldest_unread_seconds", "Age of the oldest unread byte", age, { namespace });
  for (const { id, balance } of chains) {
    const labels = { namespace, chain: id };
    page.gauge("klog_agent_chain_unread_bytes", "Bytes waiting in the logs that lag most", balance.unread, labels);
  }
}

/** One answer: every series is made anew, so that what is gone from the status is gone from the page. */
class Page {
  readonly registry: Registry;
  readonly #client: Client;
  readonly #series = new Map<string, Counter | Gauge>();

  constructor(client: Client) {
    this.#client = client;
    this.registry = new client.Registry();
  }

  counter(name: string, help: string, value: number, labels: Record<string, string> = {}): void {
    this.#metric(this.#client.Counter, name, help, labels).inc(labels, value);
  }

  gauge(name: string, help: string, value: number, labels: Record<string, string> = {}): void {
    this.#metric(this.#client.Gauge, name, help, labels).inc(labels, value);
  }

  #metric(kind: typeof Counter | typeof Gauge, name: string, help: string, labels: Record<string, string>) {
    let metric = this.#series.get(name);
    if (metric === undefined) {
      metric = new kind({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
      this.#series.set(name, metric);
    }
    return metric;
  }
}

function balanceOf({ balance }: PipelineStatus): number {
  return imbalance(balance);
}

function atRisk({ chains }: PipelineStatus): number {
  return chains.filter(({ timeToLoss }) => timeToLoss !== undefined).length;
}

function withProblems({ chains }: PipelineStatus): number {
  return chains.filter(({ problems }) => problems.length > 0).length;
}

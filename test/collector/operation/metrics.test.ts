import { describe, expect, test } from "vitest";
import { Metrics } from "../../../src/collector/operation/metrics.ts";
import { agentStatus, BALANCE, chainStatus, NOW, pipelineStatus } from "./statuses.ts";

const USAGE = { cpuMs: () => 1500, residentBytes: () => 90_000_000 };

async function series(metrics: Metrics, status = agentStatus()): Promise<Map<string, number>> {
  const text = await metrics.scrape(status, NOW);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

describe("/metrics", () => {
  test("shows the balance, the counters and the sinks of each pipeline", async () => {
    const got = await series(new Metrics(USAGE));
    const of = (name: string) => got.get(`klog_agent_${name}{pipeline="containers"}`);
    expect(of("seen_bytes")).toBe(1000);
    expect(of("acked_bytes")).toBe(800);
    expect(of("in_flight_bytes")).toBe(100);
    expect(of("unread_bytes")).toBe(100);
    expect(of("balance_bytes")).toBe(0);
    expect(of("read_lines_total")).toBe(9);
    expect(of("rotations_total")).toBe(2);
    expect(got.get('klog_agent_sink_records_total{pipeline="containers",sink="store:/store"}')).toBe(6);
    expect(got.get("process_cpu_seconds_total")).toBe(1.5);
    expect(got.get('klog_agent_info{version="1.2.3",node="n1"}')).toBe(1);
  });

  test("the balance is not 0 when bytes are unaccounted for, and losses have their reason", async () => {
    const status = agentStatus({
      pipelines: [
        pipelineStatus({
          balance: { ...BALANCE, seen: 1042, lost: 10 },
          counters: { ...pipelineStatus().counters, lostBytesByReason: { deleted: 10 } },
          gapCount: 1,
        }),
      ],
    });
    const got = await series(new Metrics(USAGE), status);
    expect(got.get('klog_agent_balance_bytes{pipeline="containers"}')).toBe(32);
    expect(got.get('klog_agent_lost_bytes_total{pipeline="containers",reason="deleted"}')).toBe(10);
    expect(got.get('klog_agent_gaps_total{pipeline="containers"}')).toBe(1);
  });

  test("what is gone from the status is gone from the page, and counters are not added up over scrapes", async () => {
    const metrics = new Metrics(USAGE);
    await series(metrics, agentStatus({ degraded: [{ kind: "sink-blocked", what: "x", since: NOW }] }));
    const got = await series(metrics);
    expect([...got.keys()].filter((name) => name.startsWith("klog_agent_degraded"))).toEqual([]);
    expect(got.get('klog_agent_events_total{pipeline="containers"}')).toBe(7);
  });

  test("backlog is by namespace, and by log only for the ten that lag most", async () => {
    const chains = Array.from({ length: 40 }, (_, i) =>
      chainStatus({ id: `pod/${i}`, balance: { ...BALANCE, unread: i * 10 }, unreadSince: NOW - i * 1000 }),
    );
    const got = await series(new Metrics(USAGE), agentStatus({ pipelines: [pipelineStatus({ chains })] }));
    expect(got.get('klog_agent_namespace_unread_bytes{namespace="shop"}')).toBe(7800);
    expect(got.get('klog_agent_oldest_unread_seconds{namespace="shop"}')).toBe(39);
    const named = [...got.keys()].filter((name) => name.startsWith("klog_agent_chain_unread_bytes"));
    expect(named.map((name) => /chain="pod\/(\d+)"/.exec(name)![1]).sort()).toEqual(
      Array.from({ length: 10 }, (_, i) => String(30 + i)),
    );
  });

  test("times go into the histograms", async () => {
    const metrics = new Metrics(USAGE);
    metrics.delivered(40);
    metrics.delivered(4000);
    metrics.discovered(10);
    const got = await series(metrics);
    expect(got.get('klog_agent_delivery_seconds_bucket{le="0.05"}')).toBe(1);
    expect(got.get("klog_agent_delivery_seconds_count")).toBe(2);
    expect(got.get("klog_agent_delivery_seconds_sum")).toBeCloseTo(4.04);
    expect(got.get("klog_agent_discovery_seconds_count")).toBe(1);
  });

  test("limits show only where they are set", async () => {
    const without = await series(new Metrics(USAGE));
    expect([...without.keys()].some((name) => name.includes("limit"))).toBe(false);
    const limits = {
      cpu: { limit: 0.4, used: 0.2, throttledMs: 1500 },
      memory: { limit: 2e8, used: 9e7, pausedMs: 0 },
    };
    const got = await series(new Metrics(USAGE), agentStatus({ limits }));
    expect(got.get("klog_agent_cpu_limit_cores")).toBe(0.4);
    expect(got.get("klog_agent_throttled_seconds_total")).toBe(1.5);
    expect(got.get("klog_agent_memory_limit_bytes")).toBe(2e8);
  });
});

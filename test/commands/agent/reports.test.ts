import { describe, expect, test } from "vitest";
import { ageText, bytesText, countText } from "../../../src/commands/agent/amounts.ts";
import { audit } from "../../../src/commands/agent/audit-text.ts";
import { isNamed } from "../../../src/commands/agent/chain-name.ts";
import { chainText } from "../../../src/commands/agent/explain-text.ts";
import { summaryText } from "../../../src/commands/agent/once-summary.ts";
import { statusText } from "../../../src/commands/agent/status-text.ts";
import { createStyles } from "../../../src/output/theme.ts";
import { agentStatus, BALANCE, chainStatus, NOW, pipelineStatus } from "../../collector/operation/statuses.ts";

const styles = createStyles("dark", 0);
const view = { now: NOW, styles, isAlive: true };

describe("klog agent status", () => {
  test("says how the agent is, each pipeline's balance and sinks, and which logs lag", () => {
    expect(statusText(agentStatus(), view)).toBe(
      [
        `agent on n1: running for 1h, pid ${process.pid}, klog 1.2.3`,
        "  state /state; configuration of the defaults and flags",
        "",
        "containers: stdout and stderr of containers in /var/log/pods",
        "  1 log; since the start 1000 B: delivered 800 B, in flight 100 B, unread 100 B",
        "  9 lines, 7 events, 1 filtered, 0 truncated",
        "  to store:/store: 6 records, 700 B",
        "  LOG             STATE  UNREAD  BEHIND  LOST",
        "  shop/web-1/app  LIVE    100 B      2s   0 B",
        "",
      ].join("\n"),
    );
  });

  test("trouble is named: degraded, blocked, lost, about to be lost, unreadable", () => {
    const text = statusText(
      agentStatus({
        degraded: [{ kind: "config-invalid", what: "agent.yaml:3: no", since: NOW - 60_000 }],
        limits: {
          cpu: { limit: 0.4, used: 0.25, throttledMs: 5000 },
          memory: { limit: 2 ** 28, used: 2 ** 27, pausedMs: 0 },
        },
        pipelines: [
          pipelineStatus({
            total: { since: NOW - 86_400_000, balance: { ...BALANCE, seen: 3048, lost: 2048 } },
            gapCount: 2,
            sinks: [
              { name: "file:/x", state: "blocked", reason: "/x: the disk is full", records: 0, bytes: 0, failures: 4 },
            ],
            chains: [chainStatus({ timeToLoss: 9000, problems: ["permission denied"] })],
          }),
        ],
      }),
      view,
    );
    expect(text).toContain("  degraded (config-invalid): agent.yaml:3: no, for 1m\n");
    expect(text).toContain("  limits: cpu 0.25 of 0.4 cores, slept 5s; memory 128 MiB of 256 MiB, paused 0ms\n");
    expect(text).toContain("; lost 2 KiB in 2 gaps since 2026-09-20");
    expect(text).toContain("to file:/x: 0 records, 0 B, 4 failures, blocked: /x: the disk is full\n");
    expect(text).toContain("permission denied; deleted in about 9s\n");
  });

  test("an agent that is gone or hangs does not look well", () => {
    expect(statusText(agentStatus(), { ...view, isAlive: false })).toMatch(
      /^agent on n1: not running, last heard of 0ms ago: it ended without a drain, pid/,
    );
    expect(statusText(agentStatus({ phase: "stopped" }), { ...view, now: NOW + 5000, isAlive: false })).toMatch(
      /^agent on n1: stopped 5s ago, pid/,
    );
    expect(statusText(agentStatus(), { ...view, now: NOW + 60_000 })).toMatch(
      /^agent on n1: not answering, last heard of 1m ago/,
    );
    expect(statusText(agentStatus({ ready: false }), view)).toContain(", first scan not done,");
  });

  test("of many logs the worst are shown, the rest is counted", () => {
    const chains = Array.from({ length: 300 }, (_, i) => chainStatus({ balance: { ...BALANCE, unread: i } }));
    const text = statusText(agentStatus({ pipelines: [pipelineStatus({ chains })] }), view);
    expect(text.match(/shop\/web-1\/app/g)).toHaveLength(20);
    expect(text).toContain("280 other logs: all read, or less behind\n");
    expect(text).toContain("299 B");
  });
});

describe("klog agent audit", () => {
  test("is clean when the law holds and nothing was lost", () => {
    const { text, isClean } = audit(agentStatus(), styles);
    expect(isClean).toBe(true);
    expect(text).toMatch(/containers +2026-09-21T12:13:20Z +1,000 +800 +100 +100 +0 +adds up\n$/);
  });

  test("names what is unaccounted for, in a pipeline or one log", () => {
    const chains = [chainStatus({ balance: { ...BALANCE, seen: 1007 } })];
    const { text, isClean } = audit(
      agentStatus({
        pipelines: [pipelineStatus({ chains, total: { since: NOW, balance: { ...BALANCE, seen: 1007 } } })],
      }),
      styles,
    );
    expect(isClean).toBe(false);
    expect(text).toContain("7 bytes unaccounted for");
    expect(text).toContain("/app/0.log: 7 bytes unaccounted for");
  });

  test("lists the gaps with their cause", () => {
    const gap = {
      chain: "pod/u1/app/0",
      path: "/var/log/x",
      generation: "g",
      from: 100,
      to: 2148,
      bytes: 2048,
      reason: "deleted before it was read",
      at: NOW,
    };
    const { text, isClean } = audit(
      agentStatus({
        pipelines: [
          pipelineStatus({
            ...{ total: { since: NOW, balance: { ...BALANCE, seen: 3048, lost: 2048 } }, gaps: [gap], gapCount: 9 },
          }),
        ],
      }),
      styles,
    );
    expect(isClean).toBe(false);
    expect(text).toContain("containers: 9 gaps, the newest 1\n");
    expect(text).toContain(
      "2026-09-21T14:13:20.000Z  /var/log/x  bytes 100-2,148 (2 KiB): deleted before it was read\n",
    );
  });
});

test("klog agent audit is not clean where files may have been missed, nor where a former pipeline has lost some", () => {
  const gap = { ...{ chain: "pod/u1/app/0", path: "/var/log/x", generation: "g", from: 5, to: 5, bytes: 0 }, at: NOW };
  const unseen = { gaps: [{ ...gap, reason: "unseen" }], gapCount: 1 };
  const missed = audit(agentStatus({ pipelines: [pipelineStatus(unseen)] }), styles);
  expect(missed.isClean).toBe(false);
  expect(missed.text).toContain(
    "/var/log/x  behind byte 5 of a file that is gone: others may have come and gone unseen",
  );
  const total = { since: NOW, balance: { seen: 9, acked: 0, inFlight: 0, unread: 0, lost: 9 } };
  const former = audit(agentStatus({ former: [{ name: "old", total, gaps: [], gapCount: 1 }] }), styles);
  expect(former.isClean).toBe(false);
  expect(former.text).toMatch(/old \(former\) +2026-09-21T14:13:20Z +9 +0 +0 +0 +9 +adds up/);
});

test("klog agent audit --since passes over gaps that are older, unless some are not kept that may be younger", () => {
  const gap = { ...{ chain: "pod/u1/app/0", path: "/var/log/x", generation: "g" }, from: 0, to: 9, bytes: 9, at: NOW };
  const total = { since: NOW, balance: { seen: 9, acked: 0, inFlight: 0, unread: 0, lost: 9 } };
  const lost = (gapCount: number) =>
    agentStatus({ pipelines: [pipelineStatus({ total, gaps: [{ ...gap, reason: "deleted" }], gapCount })] });
  expect(audit(lost(1), styles, NOW).isClean).toBe(false);
  expect(audit(lost(1), styles, NOW + 1)).toMatchObject({
    isClean: true,
    text: expect.not.stringContaining("deleted"),
  });
  expect(audit(lost(2), styles, NOW + 1).isClean).toBe(true);
  expect(audit(lost(2), styles, NOW).isClean).toBe(false);
});

describe("klog agent explain", () => {
  test.each([
    "web-1",
    "app",
    "shop/web-1",
    "web-1/app",
    "shop/web-1/app",
    "u1",
    "pod/u1/app/0",
    "abcdef",
    "/var/log/pods",
    "/var/log/pods/",
    "/var/log/pods/shop_web-1_u1/app/0.log",
  ])("%s names the log", (text) => {
    expect(isNamed(chainStatus(), text)).toBe(true);
  });

  test.each(["web", "abcde", "/var/log/po", "shop", "", "pods"])("%j does not", (text) => {
    expect(isNamed(chainStatus(), text)).toBe(false);
  });

  test("shows the files of a log and the cursor in each", () => {
    const [live] = chainStatus().generations;
    const rotated = {
      ...live!,
      name: "0.log.20261121-1",
      epoch: 1,
      state: "SEALED" as const,
      compressed: true,
      deleted: true,
    };
    const explained = {
      pipeline: "containers",
      sinks: ["store:/store"],
      filtered: 3,
      chain: chainStatus({ realPath: "/real/0.log", generations: [rotated, live!] }),
    };
    expect(chainText(explained, NOW, styles).join("\n")).toBe(
      [
        "shop/web-1/app: /var/log/pods/shop_web-1_u1/app/0.log, which is /real/0.log",
        "  collected by pipeline containers, to store:/store; format cri, container abcdef012345",
        "  since the start 1000 B seen: delivered 800 B, in flight 100 B, unread 100 B, lost 0 B",
        "  the pipeline's filters have dropped 3 events of its logs",
        "  the oldest unread byte has waited 2s",
        "  FILE              STATE    SIZE  READ  DELIVERED  ID",
        "  0.log.20261121-1  SEALED  1,000   900        800  00c0ffee00c0ffee-1  deleted, held open, read inside the .gz",
        "  0.log             LIVE    1,000   900        800  00c0ffee00c0ffee",
      ].join("\n"),
    );
  });
});

test("the summary of --once", () => {
  const summary = {
    files: 3,
    bytes: 2 ** 20,
    lines: 12_345,
    events: 12_000,
    filtered: 5,
    truncated: 0,
    lostBytes: 0,
    gaps: 0,
    seconds: 0.5,
    sinks: [{ name: "null", state: "open" as const, records: 12_000, bytes: 900, failures: 0 }],
    problems: ["/x: permission denied"],
    complete: true,
  };
  expect(summaryText(summary)).toBe(
    [
      "klog: 12,345 lines (1 MiB) of 3 files, 12,000 events in 0.50 s, 2 MiB/s",
      "  5 filtered",
      "  to null: 12,000 records, 900 B",
      "  not read: /x: permission denied",
      "",
    ].join("\n"),
  );
  expect(summaryText({ ...summary, complete: false })).toMatch(/^klog: interrupted after 12,345 lines/);
});

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [2048, "2 KiB"],
  [123 * 1024, "123 KiB"],
  [5 * 1024 ** 4, "5 TiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [850, "850ms"],
  [42_900, "42s"],
  [3_723_000, "1h2m"],
  [90_061_000, "1d1h"],
])("%d ms are %s", (ms, text) => {
  expect(ageText(ms)).toBe(text);
  expect(countText(1_234_567)).toBe("1,234,567");
  expect([0, 999, 1000, 123_456, -1234].map(countText)).toEqual(["0", "999", "1,000", "123,456", "-1,234"]);
});

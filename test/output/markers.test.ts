import { describe, expect, test } from "vitest";
import { createFormatter } from "../../src/output/formatter.ts";
import type { ClusterEvent, Ended, Gap } from "../../src/record/log-line.ts";
import { colouredOptions, makeFormatOptions } from "./make-formatter.ts";
import { AT, makeOrigin } from "./make-line.ts";

const gap: Gap = {
  kind: "gap",
  origin: makeOrigin(),
  at: AT,
  after: AT,
  before: { sec: AT.sec + 1, nsec: 200_000_000 },
  cause: "rotated",
};
const ended: Ended = {
  kind: "ended",
  origin: makeOrigin(),
  at: AT,
  exitCode: 137,
  reason: "OOMKilled",
  signal: undefined,
  message: undefined,
  startedAt: { sec: AT.sec - 192, nsec: 0 },
  finishedAt: { sec: AT.sec, nsec: 0 },
  restarted: true,
  restartCount: 4,
};
const event: ClusterEvent = {
  kind: "event",
  at: AT,
  cluster: "prod",
  namespace: "ns1",
  object: "pod/web-1",
  type: "Warning",
  reason: "BackOff",
  message: "Back-off\nrestarting \x1b[2Jfailed container",
  count: 5,
};
const text = createFormatter(makeFormatOptions()).marker;

describe("a gap", () => {
  test("says whose lines are missing, between which times, and why", () => {
    expect(text(gap)).toBe(
      "--- gap: lines of pod1/container1 between 04:05:06.007 and 04:05:07.200 cannot be read any more (the node rotated the file) ---",
    );
  });

  test("says what is known where one end is open", () => {
    expect(text({ ...gap, before: undefined, cause: "instance-gone" })).toContain("after 04:05:06.007 cannot");
    expect(text({ ...gap, after: undefined, cause: "unreadable" })).toContain("before 04:05:07.200 cannot");
    expect(text({ ...gap, cause: "truncated" })).toContain(
      "was read up to 04:05:06.007, then --limit-bytes was reached",
    );
  });

  test("says how much of it a store had", () => {
    expect(text({ ...gap, filled: 12 })).toMatch(/\(the node rotated the file\); 12 of them are from the store ---$/);
    expect(text({ ...gap, filled: 1 })).toContain("; 1 line of them is from the store");
  });

  test("has dates where it is longer than a day", () => {
    expect(text({ ...gap, before: { sec: AT.sec + 86_400, nsec: 0 } })).toContain(
      "between 2024-07-09 04:05:06.007 and 2024-07-10 04:05:06.000",
    );
  });

  test("names namespace and cluster where prefixes do", () => {
    const options = makeFormatOptions({ showNamespace: true, showCluster: true });
    expect(createFormatter(options).marker(gap)).toContain("lines of prod/ns1/pod1/container1 between");
  });
});

describe("the card of an ended container", () => {
  test("has exit code, reason, how long it ran, and what follows", () => {
    expect(text(ended)).toBe("=== pod1/container1 ended: exit code 137, OOMKilled, ran 3m12s; restart 4 follows ===");
  });

  test("has only what is known", () => {
    const unknown = { ...ended, exitCode: undefined, reason: undefined, startedAt: undefined, restarted: false };
    expect(text(unknown)).toBe("=== pod1/container1 ended ===");
  });

  test.each([
    [0.25, "250ms"],
    [12, "12s"],
    [12.34, "12.3s"],
    [7500, "2h5m"],
    [273_600, "3d4h"],
    [60, "1m"],
  ])("of %d seconds says %s", (seconds, expected) => {
    const finishedAt = { sec: AT.sec + Math.floor(seconds), nsec: Math.round((seconds % 1) * 1e9) };
    expect(text({ ...ended, startedAt: { sec: AT.sec, nsec: 0 }, finishedAt })).toContain(`ran ${expected};`);
  });

  test("is red when the container failed, pale when it was done", () => {
    const { marker } = createFormatter(colouredOptions());
    expect(marker(ended)).toMatch(/^\x1b\[31m===/);
    expect(marker({ ...ended, exitCode: 0, reason: "Completed" })).toMatch(/^\x1b\[2m===/);
  });
});

test("an event is one clean line", () => {
  expect(text(event)).toBe(
    "*** 04:05:06.007 Warning BackOff pod/web-1: Back-off restarting failed container (5 times) ***",
  );
});

describe("in other formats", () => {
  test("JSON formats have an object with the key marker", () => {
    const { marker } = createFormatter(makeFormatOptions({ format: "json" }));
    expect(JSON.parse(marker(gap))).toMatchObject({
      marker: "gap",
      "@timestamp": "2024-07-09T04:05:06.007080900Z",
      cause: "rotated",
      after: "2024-07-09T04:05:06.007080900Z",
      k8s_pod: "pod1",
    });
    expect(JSON.parse(marker(ended))).toMatchObject({ marker: "ended", exit_code: 137, restart_count: 4 });
    expect(JSON.parse(marker(event))).toMatchObject({ marker: "event", reason: "BackOff", count: 5 });
  });

  test("logfmt has pairs", () => {
    const { marker } = createFormatter(makeFormatOptions({ format: "logfmt" }));
    expect(marker(ended)).toMatch(/^marker=ended ts=2024-07-09T04:05:06.007080900Z exit_code=137 reason=OOMKilled /);
  });
});

// Builds origins and lines for the tests of the output room.
import type { LogLine, Origin } from "../../src/record/log-line.ts";

export function makeOrigin(changes: Partial<Origin> = {}): Origin {
  return {
    source: "pod",
    cluster: "prod",
    node: "node1",
    namespace: "ns1",
    pod: "pod1",
    podUid: "uid-1",
    container: "container1",
    containerKind: "container",
    containerId: "containerd://abc",
    restart: 0,
    labels: { tier: "web", app: "shop" },
    annotations: {},
    workload: "deployment/shop",
    ...changes,
  };
}

/** 2024-07-09T04:05:06.007080900Z */
export const AT = { sec: 1720497906, nsec: 7080900 };

export function makeLine(text: string | Buffer, changes: Partial<LogLine> = {}): LogLine {
  // Surrounded by other bytes, as a line inside a received chunk is.
  const body = Buffer.from(text as string);
  const buffer = Buffer.concat([Buffer.from("<<"), body, Buffer.from(">>")]);
  return {
    kind: "line",
    origin: makeOrigin(),
    ...AT,
    buffer,
    start: 2,
    end: 2 + body.length,
    cut: 0,
    arrival: 0,
    rest: undefined,
    late: false,
    ...changes,
  };
}

// One line as a query sees it.
import type { QueryRecord } from "../../src/query/query-record.ts";
import type { Origin } from "../../src/record/log-line.ts";

/** `ms` since the epoch; without it the line has no time. */
export function lineRecord(text: string, origin: Partial<Origin> = {}, ms?: number): QueryRecord {
  const buffer = Buffer.from(text);
  return {
    sec: ms === undefined ? -1 : Math.floor(ms / 1000),
    nsec: ms === undefined ? 0 : (ms % 1000) * 1e6,
    origin: { ...NOBODY, ...origin },
    buffer,
    start: 0,
    end: buffer.length,
    rest: undefined,
  };
}

const NOBODY: Origin = {
  source: "stdin",
  cluster: "",
  node: "",
  namespace: "",
  pod: "",
  podUid: "",
  container: "",
  containerKind: "container",
  containerId: "",
  restart: 0,
  labels: {},
  annotations: {},
  workload: "",
};

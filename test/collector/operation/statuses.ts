// An agent's status for tests: well, and changed where a test says so.
import {
  type AgentStatus,
  type Balance,
  type ChainStatus,
  type PipelineCounters,
  type PipelineStatus,
  STATUS_FORMAT,
} from "../../../src/collector/operation/agent-status.ts";

export const NOW = 1_790_000_000_000;

export const BALANCE: Balance = { seen: 1000, acked: 800, inFlight: 100, unread: 100, lost: 0 };

const COUNTERS: PipelineCounters = {
  readBytes: 900,
  lines: 9,
  events: 7,
  filtered: 1,
  truncated: 0,
  cutBytes: 0,
  malformed: 0,
  partial: 0,
  rotations: 2,
  truncations: 0,
  inodeReuses: 0,
  gzContinuations: 0,
  duplicates: 0,
  lostBytesByReason: {},
};

export function chainStatus(changes: Partial<ChainStatus> = {}): ChainStatus {
  const path = "/var/log/pods/shop_web-1_u1/app/0.log";
  return {
    id: "pod/u1/app/0",
    path,
    realPath: path,
    format: "cri",
    origin: {
      namespace: "shop",
      pod: "web-1",
      podUid: "u1",
      container: "app",
      containerId: "abcdef012345",
      restart: 0,
      dockerContainer: "",
    },
    balance: BALANCE,
    generations: [
      {
        id: "00c0ffee00c0ffee",
        epoch: 0,
        name: "0.log",
        state: "LIVE",
        inode: "42",
        size: 1000,
        start: 0,
        readPosition: 900,
        ackPosition: 800,
        deleted: false,
        compressed: false,
      },
    ],
    unreadSince: NOW - 2000,
    problems: [],
    ...changes,
  };
}

export function pipelineStatus(changes: Partial<PipelineStatus> = {}): PipelineStatus {
  return {
    name: "containers",
    inputs: ["stdout and stderr of containers in /var/log/pods"],
    balance: BALANCE,
    counters: COUNTERS,
    sinks: [{ name: "store:/store", state: "open", records: 6, bytes: 700, failures: 0 }],
    chains: [chainStatus()],
    total: { since: NOW - 7_200_000, balance: BALANCE },
    gaps: [],
    gapCount: 0,
    ...changes,
  };
}

export function agentStatus(changes: Partial<AgentStatus> = {}): AgentStatus {
  return {
    format: STATUS_FORMAT,
    agent: {
      pid: process.pid,
      version: "1.2.3",
      node: "n1",
      startedAt: NOW - 3_600_000,
      writtenAt: NOW,
      stateDirectory: "/state",
      config: [],
    },
    phase: "running",
    ready: true,
    turnedAt: NOW - 50,
    degraded: [],
    limits: {},
    openDescriptors: 12,
    heldDeletedBytes: 0,
    checkpointedAt: NOW - 400,
    pipelines: [pipelineStatus()],
    former: [],
    ...changes,
  };
}

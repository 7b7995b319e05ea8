// The agent of this machine and its store: does it run, does it keep up, is what it stored whole, is there room.
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import type { AgentStatus } from "../../collector/operation/agent-status.ts";
import { readStatus, STALE_MS } from "../../collector/operation/status-file.ts";
import { KlogError, messageOf } from "../../errors.ts";
import { listStore } from "../../store/file-header.ts";
import { nodeStoreFiles } from "../../store/store-files.ts";
import { StoreReader } from "../../store/store-reader.ts";
import { ageText, bytesText, counted } from "../agent/amounts.ts";
import { isAlive } from "../agent/report.ts";
import { type Finding, findingsOf } from "./finding.ts";

const say = findingsOf("agent and store");

export interface AgentFacts {
  readonly stateDirectory: string;
  readonly storeDirectory: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function checkAgent({ stateDirectory, storeDirectory, now }: AgentFacts): Finding[] {
  return [...agentFindings(stateDirectory, now), ...storeFindings(storeDirectory, now)];
}

function agentFindings(directory: string, now: number): Finding[] {
  let status: AgentStatus | undefined;
  try {
    status = readStatus(nodeFileSystem, directory);
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    return [say("warn", "agent", error.message, error.hint)];
  }
  if (status === undefined) return [say("ok", "agent", `none has run on this machine (state directory ${directory})`)];
  const age = now - status.agent.writtenAt;
  const last = `last heard of ${ageText(age)} ago`;
  if (status.phase === "stopped") return [say("warn", "agent", `is stopped, ${last}`, "start it: klog agent run")];
  if (!isAlive(status)) return [say("fail", "agent", `has ended without a drain, ${last}`, "start it: klog agent run")];
  if (age > STALE_MS) {
    return [say("fail", "agent", `runs and does not answer, ${last}`, "klog agent status tells more; start it again")];
  }
  const lost = status.pipelines.reduce((sum, { balance }) => sum + balance.lost, 0);
  const blocked = status.pipelines.flatMap(({ sinks }) => sinks.filter(({ state }) => state !== "open"));
  const logs = status.pipelines.reduce((sum, { chains }) => sum + chains.length, 0);
  return [
    status.ready
      ? say("ok", "agent", `runs, ${counted(logs, "log")}, status ${ageText(age)} old`)
      : say("warn", "agent", "runs, and has not finished its first scan", "look again in a moment"),
    ...status.degraded.map(({ what }) => say("warn", "agent", `is degraded: ${what}`, "klog agent status tells more")),
    ...blocked.map(({ name, reason }) =>
      say(
        "fail",
        "delivery",
        `${name} takes nothing: ${reason ?? "no reason is known"}`,
        "klog agent status tells more",
      ),
    ),
    ...(lost === 0
      ? []
      : [say("warn", "loss", `${bytesText(lost)} could not be read in time`, "klog agent audit tells which, and why")]),
  ];
}

function storeFindings(directory: string, now: number): Finding[] {
  if (!existsSync(directory)) {
    return [say("ok", "store", `none at ${directory}: klog search reads the cluster and files`)];
  }
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    const { segments, openBlocks } = listStore(nodeStoreFiles.list(directory));
    if (segments.length === 0 && openBlocks.length === 0) {
      return [say("ok", "store", `${directory} is empty`), ...roomFindings(directory)];
    }
    return [...contentFindings(directory, now), ...roomFindings(directory)];
  } catch (error) {
    const isDenied = ["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "");
    const advice = isDenied ? "try sudo, or join the group that owns it" : "see what it is: ls -l";
    return [say("fail", "store", `${directory} cannot be read: ${messageOf(error)}`, advice)];
  }
}

function contentFindings(directory: string, now: number): Finding[] {
  const reader = new StoreReader(directory);
  try {
    const { blocks, open, problems } = reader.view();
    const records = [...blocks.map(({ entry }) => entry), ...open].reduce((sum, { rows }) => sum + rows, 0);
    // A store may have more blocks than a call takes arguments.
    const newest = [
      ...blocks.map(({ entry }) => entry.lastSec),
      ...open.flatMap(({ columns }) => columns.sec.at(-1) ?? []),
    ].reduce((latest, sec) => Math.max(latest, sec), Number.NEGATIVE_INFINITY);
    const age = Number.isFinite(newest) ? `, newest ${ageText(Math.max(0, now - newest * 1000))} ago` : "";
    return [
      say("ok", "store", `${directory}: ${counted(records, "record")}${age}`),
      ...problems.map(({ file, what }) =>
        say("fail", "store", `${file} ${what}`, "klog store verify tells what is lost; the rest can be read"),
      ),
    ];
  } finally {
    reader.close();
  }
}

const SCARCE = 0.05;
const NONE = 0.01;

function roomFindings(directory: string): Finding[] {
  const { bavail, blocks, bsize } = statfsSync(directory);
  const share = blocks === 0 ? 1 : bavail / blocks;
  const detail = `${bytesText(bavail * bsize)} free (${(share * 100).toFixed(share < SCARCE ? 1 : 0)} %) on the disk of the store`;
  if (share >= SCARCE) return [say("ok", "disk", detail)];
  const advice = "make room, or let the store keep less: klog store prune, and retention in the agent's configuration";
  return [say(share < NONE ? "fail" : "warn", "disk", detail, advice)];
}

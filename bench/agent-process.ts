// Runs `klog agent run` for its benches: once over what is there, or beside a writer until it is told to end.
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { waitFor } from "../test/services/cluster.ts";
import type { Tree, Workload } from "./agent-workload.ts";
import { type Cost, measure, type RunningProgram, start } from "./measure.ts";
import { klog } from "./programs.ts";

export interface AgentRun {
  /** `--pods-dir DIR` and whatever else it is told. */
  readonly flags: readonly string[];
  /** Where its state, and what it says, is kept: a folder that the caller removes. */
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  /** It gets the first core and no other. */
  readonly pinned?: boolean;
}

const READY_MS = 60_000;

/** Reads all that is there, to the end. */
export function runOnce(run: AgentRun): Promise<Cost> {
  return measure([...commandOf(run), "--once"], optionsOf(run));
}

/** Follows what is there, until `stopAgent`. */
export async function startAgent(run: AgentRun): Promise<RunningProgram> {
  const options = optionsOf(run);
  const program = await start(commandOf(run), options);
  const ready = waitFor("the agent to collect", async () => await said(options.stderr, '"collecting"'), {
    timeoutMs: READY_MS,
    everyMs: 20,
  });
  await program.during(ready);
  return program;
}

/** As the kubelet ends it: it delivers what it has read. */
export async function stopAgent(program: RunningProgram): Promise<Cost> {
  process.kill(program.pid, "SIGTERM");
  const cost = await program.ended;
  if (cost.status !== 0) throw new Error(`the agent ended with ${cost.status}`);
  return cost;
}

/** What its `--once` counted: for a sink that keeps nothing. */
export async function countedEvents({ folder }: AgentRun): Promise<number> {
  const summary = await readFile(join(folder, "stderr"), "utf8");
  return Number(/([\d,]+) events/.exec(summary)?.[1]?.replaceAll(",", "") ?? Number.NaN);
}

/** In front of a command: the agent has one core, and who writes or reads beside it the other. */
export function onCore(core: 0 | 1): string[] {
  return cpus().length > 1 ? ["taskset", "-c", String(core)] : [];
}

export function inputFlags({ directory }: Tree, kind: "pods" | "docker" | "files"): string[] {
  return kind === "files" ? ["--files", join(directory, "*.log")] : [`--${kind}-dir`, directory];
}

/** Runs and removes its state and output, whatever happens. */
export async function inFolder<T>(workload: Workload, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = workload.folder();
  try {
    return await use(folder);
  } finally {
    workload.remove(folder);
  }
}

function commandOf({ flags, folder, pinned = false }: AgentRun): string[] {
  const own = ["--state-dir", join(folder, "state"), "--node", "node-1", "--log-format", "json"];
  return [...(pinned ? onCore(0) : []), ...klog("agent", "run", ...flags, ...own, "--http", "off")];
}

function optionsOf({ folder, env = {} }: AgentRun): { env: NodeJS.ProcessEnv; stdout: string; stderr: string } {
  const { PATH, HOME } = process.env;
  return {
    env: { PATH, HOME, TZ: "UTC", XDG_CONFIG_HOME: "/nonexistent", ...env },
    stdout: join(folder, "stdout"),
    stderr: join(folder, "stderr"),
  };
}

async function said(file: string, what: string): Promise<true | undefined> {
  return (await readFile(file, "utf8")).includes(what) ? true : undefined;
}

// `klog agent` in a folder of its own: started, killed, stopped and asked, with the logs, the state and the sinks beside each other.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentStatus, PipelineStatus } from "../../../src/collector/operation/agent-status.ts";
import { waitFor } from "../../services/cluster.ts";
import { SmallDisk } from "./agent-disk.ts";
import { type KlogOptions, KlogProcess } from "./klog.ts";

export interface AgentStart extends KlogOptions {
  /** Default: the rig's store. */
  readonly sink?: string;
  /** Instead of the rig's pods, sink and state. */
  readonly args?: readonly string[];
  readonly extra?: readonly string[];
}

/** What an agent that has ended says. */
export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** `await using rig = new AgentRig(…)`: nothing of it is left behind the test. */
export class AgentRig implements AsyncDisposable {
  readonly root: string;
  readonly pods: string;
  readonly state: string;
  readonly store: string;
  private readonly running = new Set<KlogProcess>();
  private readonly disks: SmallDisk[] = [];

  constructor(name: string) {
    this.root = mkdtempSync(join(tmpdir(), `klog-agent-${name}-`));
    this.pods = join(this.root, "pods");
    this.state = join(this.root, "state");
    this.store = join(this.root, "store");
    mkdirSync(this.pods);
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Mounts a small file system in the rig's folder. */
  disk(name: string, mebibytes: number): SmallDisk {
    const disk = new SmallDisk(this.path(name), mebibytes);
    this.disks.push(disk);
    return disk;
  }

  /** Starts `klog agent run`, which goes on until it is ended. */
  start({ sink = `store:${this.store}`, args, extra = [], ...options }: AgentStart = {}): KlogProcess {
    const own = args ?? ["--pods-dir", this.pods, "--state-dir", this.state, "--sink", sink];
    const http = [...own, ...extra].some((word) => word === "--http" || word === "--config") ? [] : ["--http", "off"];
    const agent = new KlogProcess(["agent", "run", ...own, ...http, ...extra], options);
    this.running.add(agent);
    void agent.exited.then(() => this.running.delete(agent));
    return agent;
  }

  /** Reads all that is there and ends. */
  async once(start: AgentStart = {}): Promise<Ended> {
    const agent = this.start({ ...start, extra: ["--once", ...(start.extra ?? [])] });
    return { code: await agent.exited, stderr: agent.stderr };
  }

  /** One more look at everything, which has to end well. */
  async finish(start: AgentStart = {}): Promise<void> {
    const { code, stderr } = await this.once(start);
    if (code !== 0) throw new Error(`klog agent run --once ended with ${code}\n${stderr.slice(-2000)}`);
  }

  /** `klog agent COMMAND` about this rig's state. */
  async ask(command: "status" | "audit", args: readonly string[] = []): Promise<Ended & { readonly stdout: string }> {
    const klog = new KlogProcess(["agent", command, "--state-dir", this.state, ...args]);
    return { code: await klog.exited, stderr: klog.stderr, stdout: klog.stdout };
  }

  /** As the status file has it now. */
  get status(): AgentStatus {
    return JSON.parse(readFileSync(join(this.state, "status.json"), "utf8")) as AgentStatus;
  }

  get pipeline(): PipelineStatus {
    return this.status.pipelines[0]!;
  }

  /** Waits until an agent that runs has its status as `is` wants it. */
  async until(what: string, is: (status: AgentStatus) => boolean, timeoutMs = 40_000): Promise<AgentStatus> {
    return waitFor(
      what,
      async () => {
        const { status } = this;
        return is(status) ? status : undefined;
      },
      { timeoutMs, everyMs: 100 },
    );
  }

  /** Until it degrades this way; resolves to what it says. */
  async degraded(kind: string, timeoutMs = 40_000): Promise<string> {
    const find = ({ degraded }: AgentStatus) => degraded.find((one) => one.kind === kind)?.what;
    return find(await this.until(`the state ${kind}`, (status) => find(status) !== undefined, timeoutMs))!;
  }

  /** Ends what runs and removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.running].map((agent) => killed(agent)));
    for (const disk of this.disks) disk.unmount();
    rmSync(this.root, { recursive: true, force: true });
  }
}

export async function killed(agent: KlogProcess): Promise<void> {
  agent.child.kill("SIGKILL");
  await agent.exited;
}

/** As the kubelet ends a pod. */
export async function stopped(agent: KlogProcess): Promise<Ended> {
  agent.child.kill("SIGTERM");
  return { code: await agent.exited, stderr: agent.stderr };
}

/** Resolves when the agent has done its first scan. */
export async function collecting(agent: KlogProcess): Promise<void> {
  await agent.until("the agent to collect", () => agent.stderr.includes('"collecting"') || agent.code !== undefined);
  if (agent.code !== undefined) throw new Error(`the agent ended with ${agent.code}\n${agent.stderr.slice(-1500)}`);
}

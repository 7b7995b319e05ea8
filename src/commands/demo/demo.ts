// `klog demo`: a small shop that logs, a real agent that collects it, and klog's own commands on what it stored. Nothing is left behind.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import { readStatus } from "../../collector/operation/status-file.ts";
import { KlogError, messageOf } from "../../errors.ts";
import { colorLevel, detectedLevel } from "../../output/color-level.ts";
import type { Paint } from "../../output/paint.ts";
import { createStyles, type Styles } from "../../output/theme.ts";
import { StoreReader } from "../../store/store-reader.ts";
import type { CommandIo } from "../command-io.ts";
import { shellQuoted } from "../shell-quote.ts";
import type { DemoOptions } from "./demo-options.ts";
import { KlogChild } from "./klog-child.ts";
import { Load } from "./load.ts";
import { makeScratch, noteOwner, removeScratch, type Scratch } from "./scratch.ts";
import { CONTAINERS } from "./shop.ts";
import { type Findings, type Stop, tour } from "./tour.ts";

const VISITS_PER_SECOND = 12;
/** Small enough that files rotate while one looks on. */
const ROTATE_BYTES = 1024 * 1024;
const COLLECT_LIMIT_MS = 60_000;
const AGENT_PATIENCE_MS = 10_000;

/** Resolves to the exit status: 0, 130 when interrupted, 3 when a stop of the tour failed. */
export async function runDemo(options: DemoOptions, io: CommandIo): Promise<number> {
  const scratch = makeScratch();
  const demo = new Demo(options, scratch, io);
  try {
    return await demo.run();
  } finally {
    await demo.end();
    if (options.keep) io.stderr.write(`klog: note: the demo's files are still in ${scratch.root}\n`);
    else removeScratch(scratch);
  }
}

class Demo {
  readonly #options: DemoOptions;
  readonly #scratch: Scratch;
  readonly #io: CommandIo;
  readonly #env: NodeJS.ProcessEnv;
  readonly #load: Load;
  readonly #styles: Styles;
  readonly #isInteractive: boolean;
  #agent: KlogChild | undefined;
  #agentSays = "";
  #loadError: unknown;

  constructor(options: DemoOptions, scratch: Scratch, io: CommandIo) {
    this.#options = options;
    this.#scratch = scratch;
    this.#io = io;
    this.#isInteractive = io.stdout.isTTY === true && process.stdin.isTTY === true;
    const isTerminal = io.stdout.isTTY === true;
    const level = colorLevel({ choice: "auto", env: io.env, isTerminal, detected: detectedLevel("stdout") });
    this.#styles = createStyles("dark", level);
    this.#env = demoEnvironment(io.env, scratch);
    this.#load = new Load({
      podsDir: scratch.pods,
      now: () => Date.now(),
      visitsPerSecond: VISITS_PER_SECOND,
      rotateBytes: ROTATE_BYTES,
      onError: (error) => {
        this.#loadError = error;
      },
    });
  }

  async run(): Promise<number> {
    const { tree } = this.#load;
    this.#say(`A small shop writes its logs below ${this.#scratch.root}.`);
    this.#load.writePast();
    this.#say(
      `${tree.lines} lines of the past hour, ${CONTAINERS.length} containers, ${tree.rotations} rotated files, ${tree.restarts} restarts.`,
    );
    const started = performance.now();
    this.#startAgent();
    await this.#collected(tree.lines);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    this.#say(`klog's agent has them all in its store, ${seconds} s after it was started.`);
    this.#load.start();
    const status = this.#options.stay ? await this.#stay() : await this.#walk();
    return this.#io.signal.aborted ? 130 : status;
  }

  async end(): Promise<void> {
    this.#load.stop();
    await this.#agent?.stop(AGENT_PATIENCE_MS);
  }

  #startAgent(): void {
    const { pods, state, store, root } = this.#scratch;
    const words = [
      "agent",
      "run",
      "--pods-dir",
      pods,
      "--state-dir",
      state,
      "--sink",
      `store:${store}`,
      "--http",
      "off",
    ];
    const agent = new KlogChild([...words, "--log-format", "text", "--node", "demo-node"], {
      env: this.#env,
      stdio: ["ignore", "ignore", "pipe"],
      cwd: root,
    });
    agent.process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#agentSays = (this.#agentSays + text).slice(-2000);
    });
    agent.ended.catch((error: unknown) => {
      this.#agentSays = messageOf(error);
    });
    this.#agent = agent;
    if (agent.process.pid !== undefined) noteOwner(this.#scratch, [agent.process.pid]);
  }

  /** Waits until the store has so many lines. */
  async #collected(lines: number): Promise<void> {
    const reader = new StoreReader(this.#scratch.store);
    const until = performance.now() + COLLECT_LIMIT_MS;
    try {
      for (;;) {
        const { blocks, open } = reader.view();
        const have = [...blocks.map(({ entry }) => entry.rows), ...open.map(({ rows }) => rows)].reduce(
          (a, b) => a + b,
          0,
        );
        if ((have >= lines && this.#isSettled()) || this.#io.signal.aborted) return;
        if (this.#agent?.isRunning !== true || performance.now() > until)
          throw new KlogError(
            "STORE_UNUSABLE",
            `the demo's agent has stored ${have} of ${lines} lines and does not go on`,
            {
              hint: this.#agentSays.trim() || "klog demo --keep leaves its files for a look",
            },
          );
        await sleep(50);
      }
    } finally {
      reader.close();
    }
  }

  /** The agent's own account, which is written once a second, says that all is read. */
  #isSettled(): boolean {
    const status = readStatus(nodeFileSystem, this.#scratch.state);
    return status?.pipelines.every(({ balance }) => balance.unread === 0 && balance.acked > 0) ?? false;
  }

  async #walk(): Promise<number> {
    const findings: Findings = { trace: this.#load.failedTrace, state: this.#scratch.state };
    let failed = false;
    for (const stop of tour(findings, this.#options.liveMs)) {
      if (this.#io.signal.aborted) break;
      const { status } = await this.#visit(stop);
      failed ||= status !== 0;
      if (this.#loadError !== undefined) throw this.#loadError;
      if (this.#io.signal.aborted || !(await this.#goOn())) break;
    }
    if (!this.#io.signal.aborted)
      this.#say(this.#options.keep ? "That was the tour." : "That was the tour; its files are removed.", FURTHER);
    return failed ? 3 : 0;
  }

  async #visit({ title, command, forMs }: Stop): Promise<{ readonly status: number }> {
    this.#say(title);
    this.#io.print(
      `${this.#paint("$", this.#styles.dim)} ${this.#paint(`klog ${command.map(shellQuoted).join(" ")}`, this.#styles.key)}\n`,
    );
    const child = new KlogChild(command, {
      env: this.#env,
      stdio: ["ignore", "inherit", "inherit"],
      cwd: this.#scratch.root,
    });
    const stop = () => child.process.kill("SIGINT");
    this.#io.signal.addEventListener("abort", stop, { once: true });
    const timer = forMs === undefined ? undefined : setTimeout(stop, forMs);
    try {
      const end = await child.ended;
      // Ended by the clock it did what it should.
      return forMs === undefined ? end : { status: end.status === 130 ? 0 : end.status };
    } finally {
      clearTimeout(timer);
      this.#io.signal.removeEventListener("abort", stop);
    }
  }

  /** On a terminal the reader says when: Enter goes on, q ends. */
  async #goOn(): Promise<boolean> {
    if (!this.#isInteractive) return true;
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await new Promise<string>((resolve) => {
      const stop = () => resolve("q");
      this.#io.signal.addEventListener("abort", stop, { once: true });
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
      lines.once("close", stop);
      lines.question(this.#paint("  Enter: go on, q: end ", this.#styles.dim), resolve);
    });
    lines.close();
    return !/^\s*q/i.test(answer);
  }

  /** Until Ctrl-C. */
  async #stay(): Promise<number> {
    const { store, state } = this.#scratch;
    this.#say("The shop goes on until Ctrl-C. In another terminal:", [
      `  export KLOG_STORE=${shellQuoted(store)}`,
      "  klog tail . --source store",
      "  klog search 'level:>=error'",
      `  klog agent status --state-dir ${shellQuoted(state)}`,
    ]);
    while (!this.#io.signal.aborted && this.#loadError === undefined && this.#agent?.isRunning === true)
      await sleep(100);
    if (this.#loadError !== undefined) throw this.#loadError;
    if (this.#io.signal.aborted) return 130;
    throw new KlogError("STORE_UNUSABLE", "the demo's agent has ended", { hint: this.#agentSays.trim() });
  }

  #say(text: string, more: readonly string[] = []): void {
    this.#io.print(`\n${this.#paint(text, this.#styles.started)}\n${more.map((line) => `${line}\n`).join("")}`);
  }

  #paint(text: string, paint: Paint): string {
    return `${paint.open}${text}${paint.close}`;
  }
}

const FURTHER = [
  "  klog tail .                    the pods of your cluster",
  "  klog agent run                 collect this node",
  "  klog search 'level:>=error'    what was collected, and what pods still have",
  "  klog demo --stay               the shop again, to try things on",
];

/** The user's own settings and sources play no part: the tour is the same everywhere. */
function demoEnvironment(env: CommandIo["env"], { home, store }: Scratch): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith("KLOG_") && name !== "STERNCONFIG" && name !== "KUBECONFIG",
  );
  const debug = env["KLOG_DEBUG"];
  return {
    ...Object.fromEntries(kept),
    ...(debug === undefined ? {} : { KLOG_DEBUG: debug }),
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_STATE_HOME: home,
    XDG_CACHE_HOME: home,
    KLOG_STORE: store,
  };
}

// A whole collector on a model file system and a fake clock; its standard output can hold back what it was given, or fail.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { createCollector } from "../../src/collector/collector.ts";
import type { Collector, CollectorEdges, Pace } from "../../src/collector/collector-api.ts";
import { Journal } from "../../src/collector/commit/journal.ts";
import { type Account, Ledger } from "../../src/collector/commit/ledger.ts";
import {
  type AgentConfig,
  DEFAULT_FILE_SINK,
  DEFAULT_LIMITS,
  type FilesInput,
  type PipelineConfig,
  type SinkConfig,
} from "../../src/collector/declare/agent-config.ts";
import type { StandardOutput } from "../../src/collector/deliver/stdout-sink.ts";
import type { FileSystem } from "../../src/collector/file-system.ts";
import { FakeClock, settled } from "../support/fake-clock.ts";
import { ModelFileSystem } from "../support/model-file-system.ts";

export const STDOUT: SinkConfig = { type: "stdout" };
export const fileSink = (path: string): SinkConfig => ({ type: "file", path, ...DEFAULT_FILE_SINK, fsync: "never" });

export function filesInput(...paths: string[]): FilesInput {
  return {
    ...{ type: "files", firstRead: "beginning", shared: false, exclude: [], maxDepth: 8, followLinks: true },
    ...{ paths, format: "plain" },
  };
}

export function pipeline(name: string, paths: readonly string[], parts: Partial<PipelineConfig> = {}): PipelineConfig {
  return {
    ...{ name, inputs: [filesInput(...paths)], multiline: undefined, processors: [], tags: {}, sinks: [STDOUT] },
    ...parts,
  };
}

/** Of a pipeline that no process had before. */
export function accountOf(name: string): Account {
  return new Ledger(Journal.open(new ModelFileSystem(), "/journal"), () => 0).account(name);
}

/** What the sink `stdout` writes to. While it is held, what it was given waits, and would be lost with it. */
export class Output implements StandardOutput {
  held = false;
  text = "";
  private waiting: { readonly text: string; readonly written: (error?: Error | null) => void }[] = [];

  write(bytes: Uint8Array, written: (error?: Error | null) => void): void {
    this.waiting.push({ text: Buffer.from(bytes).toString(), written });
    if (!this.held) this.release();
  }

  release(count = Number.POSITIVE_INFINITY): void {
    for (const { text, written } of this.waiting.splice(0, count)) {
      this.text += text;
      setImmediate(written);
    }
  }

  lose(): void {
    this.waiting = [];
  }

  fail(error: Error): void {
    for (const { written } of this.waiting.splice(0)) written(error);
  }

  get messages(): string[] {
    return messagesOf(this.text);
  }
}

export function messagesOf(ndjson: string): string[] {
  return ndjson.split("\n").flatMap((line) => (line === "" ? [] : [(JSON.parse(line) as { message: string }).message]));
}

export class AgentRig {
  readonly clock = new FakeClock();
  readonly fs = new ModelFileSystem({ clock: () => this.clock.now() });
  readonly stateDir = mkdtempSync(`${tmpdir()}/klog-collector-rig-`);
  readonly logged: string[] = [];
  /** Milliseconds that somebody has set the wall clock back. */
  setBack = 0;
  /** In place of the file system, where a test has one of its own. */
  files: FileSystem = this.fs;
  output = new Output();
  pace: Pace = { pause: () => 0, budget: (bytes) => bytes, status: () => ({}) };
  collector: Collector | undefined;

  constructor() {
    this.fs.directory("/logs");
  }

  config(pipelines: readonly PipelineConfig[], limits: Partial<AgentConfig["limits"]> = {}): AgentConfig {
    return {
      ...{ node: "n1", stateDir: this.stateDir, http: undefined, pipelines },
      roots: { pods: undefined, containers: undefined, docker: undefined },
      limits: { ...DEFAULT_LIMITS, ...limits },
    };
  }

  create(config: AgentConfig): Collector {
    const log = (message: string, fields: object = {}) => this.logged.push(`${message} ${JSON.stringify(fields)}`);
    const edges: CollectorEdges = {
      ...{ fs: this.files, now: () => this.clock.now() - this.setBack, stdout: this.output, pace: this.pace },
      timer: (ms, run) => this.clock.timer(ms, run),
      log: { info: log, warn: log, error: log },
      latencies: { delivered: () => {}, discovered: () => {} },
      ...{ version: "0", pid: 1 },
    };
    this.collector = createCollector(config, [], edges);
    return this.collector;
  }

  async start(config: AgentConfig): Promise<Collector> {
    const collector = this.create(config);
    await collector.start();
    return collector;
  }

  /** Time goes on. */
  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Of something that waits for timers: time goes on until it is there, a minute at most. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    for (let i = 0; i < 1200 && !isOver; i++) await this.clock.advance(50);
    if (!isOver) throw new Error("it takes for ever");
    return promise;
  }

  async drain(ms = 25_000) {
    return this.until(this.collector!.drain(ms));
  }

  /** seen - acked - in flight - unread - lost over all pipelines: 0. */
  get imbalance(): number {
    return this.collector!.status().pipelines.reduce(
      (sum, { balance: { seen, acked, inFlight, unread, lost } }) => sum + seen - acked - inFlight - unread - lost,
      0,
    );
  }

  get lost(): number {
    return this.collector!.status().pipelines.reduce((sum, { balance }) => sum + balance.lost, 0);
  }

  async end(): Promise<void> {
    this.output.held = false;
    this.output.release();
    await this.drain(1).catch(() => undefined);
    await settled();
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}

export function numbered(from: number, to: number, prefix = "line"): string {
  let text = "";
  for (let n = from; n < to; n++) text += `${prefix} ${n}\n`;
  return text;
}

export function lines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

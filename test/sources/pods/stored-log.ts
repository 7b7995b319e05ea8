// An agent beside a model kubelet: what its containers write goes into a real store, as late and as incomplete as a test wants it.

import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { lineChecksum } from "../../../src/record/line-checksum.ts";
import { type LogHistory, sourceHistory } from "../../../src/sources/pods/history.ts";
import { createStoreSource } from "../../../src/sources/store/store-source.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { temporaryDirectory } from "../../store/support/directory.ts";
import { ORIGIN, type Row, row, storeRows } from "../../store/support/rows.ts";
import type { FakeClock } from "../../support/fake-clock.ts";
import type { ModelInstance, ModelKubelet } from "../../support/model-kubelet.ts";
import type { ModelLine } from "../../support/model-log.ts";
import { CONTEXT } from "../store/searching.ts";

export class StoredLog {
  readonly directory: string;
  readonly history: LogHistory;
  readonly problems: string[] = [];
  private readonly kubelet: ModelKubelet;
  private writer: StoreWriter;
  private readonly stored = new Map<string, number>();

  private constructor(kubelet: ModelKubelet, clock: FakeClock, directory: string, writer: StoreWriter) {
    this.kubelet = kubelet;
    this.directory = directory;
    this.writer = writer;
    this.history = sourceHistory(createStoreSource({ directory, context: CONTEXT }), {
      stream: undefined,
      maxLineBytes: 1 << 20,
      onProblem: (text) => this.problems.push(text),
      monotonic: () => clock.monotonic(),
    });
  }

  static async open(kubelet: ModelKubelet, clock: FakeClock): Promise<StoredLog> {
    const directory = temporaryDirectory();
    return new StoredLog(kubelet, clock, directory, await StoreWriter.open(directory, { fsync: "never" }));
  }

  /** Stores what was written since the last time; `keeps` says which lines the agent has seen. */
  async collect(keeps: (line: ModelLine, instance: ModelInstance) => boolean = () => true): Promise<void> {
    for (const instance of this.kubelet.instances) {
      const from = this.stored.get(instance.id) ?? 0;
      this.stored.set(instance.id, instance.log.lines.length);
      const lines = instance.log.lines.slice(from).filter((line) => keeps(line, instance));
      this.append(
        instance,
        lines.map((line) => ({ line, text: line.text })),
      );
    }
    await this.writer.flush();
  }

  /** Stores some lines of an instance as one event. */
  async collectEvent(instance: ModelInstance, lines: readonly ModelLine[]): Promise<void> {
    this.append(instance, [{ line: lines[0]!, text: lines.map(({ text }) => text).join("\n"), lines: lines.length }]);
    await this.writer.flush();
  }

  /** What is stored from now on goes into another file. */
  async seal(): Promise<void> {
    await this.writer.close();
    this.writer = await StoreWriter.open(this.directory, { fsync: "never" });
  }

  /** The newest file that is sealed cannot be read any more. */
  damage(): void {
    const newest = readdirSync(this.directory)
      .filter((name) => name.endsWith(".kseg"))
      .toSorted()
      .at(-1)!;
    const bytes = readFileSync(join(this.directory, newest));
    writeFileSync(join(this.directory, newest), bytes.fill(0xff, 60, 90));
  }

  /** The directory is gone from now on. */
  spoil(): void {
    renameSync(this.directory, `${this.directory}-away`);
    onTestFinished(() => rmSync(`${this.directory}-away`, { recursive: true, force: true }));
  }

  async close(): Promise<void> {
    await this.writer.close();
  }

  private append(
    instance: ModelInstance,
    events: readonly { readonly line: ModelLine; readonly text: string; readonly lines?: number }[],
  ): void {
    const files = [...instance.log.rotatedAt].sort((a, b) => a - b);
    const byFile = new Map<number, Row[]>();
    for (const { line, text, lines = 1 } of events) {
      const file = files.filter((at) => at <= line.index).length;
      const bytes = Buffer.from(text);
      const rows = byFile.get(file) ?? [];
      const { sec, nsec, index } = line;
      rows.push(row(bytes, { sec, nsec, offset: 100 * index, lines, checksum: lineChecksum(bytes, 0, bytes.length) }));
      byFile.set(file, rows);
    }
    for (const [file, rows] of byFile) {
      const { restart } = instance;
      const origin = { ...ORIGIN, namespace: "default", pod: "web-1", podUid: "uid-1", container: "app", restart };
      const id = (restart * 100 + file).toString(16).padStart(16, "0");
      this.writer.append(storeRows({ id, epoch: 0, origin }, rows), () => undefined);
    }
  }
}

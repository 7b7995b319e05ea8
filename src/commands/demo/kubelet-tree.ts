// Writes container logs as a kubelet's runtime does: CRI lines in parts of 16 KiB, one file an instance, rotated by rename.
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { DemoContainer, DemoEntry } from "./shop.ts";

/** The runtime's buffer: a longer line is written in parts. */
const PART_BYTES = 16 * 1024;

interface ContainerLog {
  readonly directory: string;
  restart: number;
  fd: number;
  size: number;
  /** Time stamps of one log never repeat. */
  last: bigint;
  rotations: number;
}

export class KubeletTree {
  readonly #root: string;
  readonly #rotateBytes: number;
  readonly #logs = new Map<DemoContainer, ContainerLog>();
  lines = 0;
  rotations = 0;
  restarts = 0;

  constructor(root: string, rotateBytes: number) {
    this.#root = root;
    this.#rotateBytes = rotateBytes;
  }

  /** Entries in the order of time. */
  write(entries: readonly DemoEntry[]): void {
    const pending = new Map<ContainerLog, string[]>();
    for (const entry of entries) {
      const log = this.#logs.get(entry.container) ?? this.#open(entry.container);
      let texts = pending.get(log);
      if (texts === undefined) {
        texts = [];
        pending.set(log, texts);
      }
      for (const line of entry.lines) texts.push(this.#line(log, entry, line));
      if (entry.dies !== true) continue;
      this.#append(log, texts);
      pending.delete(log);
      this.#restart(log);
    }
    for (const [log, texts] of pending) this.#append(log, texts);
  }

  close(): void {
    for (const { fd } of this.#logs.values()) closeSync(fd);
    this.#logs.clear();
  }

  #open(container: DemoContainer): ContainerLog {
    const pod = `${container.namespace}_${container.pod}_${container.uid}`;
    const directory = join(this.#root, pod, container.container);
    mkdirSync(directory, { recursive: true });
    const log = { directory, restart: 0, fd: openSync(join(directory, "0.log"), "a"), size: 0, last: 0n, rotations: 0 };
    this.#logs.set(container, log);
    return log;
  }

  #line(log: ContainerLog, { at, stream }: DemoEntry, text: string): string {
    let stamp = BigInt(at) * 1_000_000n;
    if (stamp <= log.last) stamp = log.last + 1_000n;
    log.last = stamp;
    this.lines++;
    const head = `${rfc3339(stamp)} ${stream} `;
    let out = "";
    let from = 0;
    for (; text.length - from > PART_BYTES; from += PART_BYTES)
      out += `${head}P ${text.slice(from, from + PART_BYTES)}\n`;
    return `${out}${head}F ${text.slice(from)}\n`;
  }

  #append(log: ContainerLog, texts: readonly string[]): void {
    for (let from = 0; from < texts.length; from += 512) {
      const bytes = Buffer.from(texts.slice(from, from + 512).join(""));
      writeSync(log.fd, bytes);
      log.size += bytes.length;
      if (log.size >= this.#rotateBytes) this.#rotate(log);
    }
  }

  /** As the kubelet does: rename, then a new file of the old name. */
  #rotate(log: ContainerLog): void {
    const path = join(log.directory, `${log.restart}.log`);
    // The kubelet's names go by seconds, so two rotations in one need different ones.
    const second = new Date(Number(log.last / 1_000_000n) + 1000 * log.rotations++);
    renameSync(path, `${path}.${second.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}`);
    closeSync(log.fd);
    log.fd = openSync(path, "a");
    log.size = 0;
    this.rotations++;
  }

  #restart(log: ContainerLog): void {
    closeSync(log.fd);
    log.restart++;
    log.fd = openSync(join(log.directory, `${log.restart}.log`), "a");
    log.size = 0;
    this.restarts++;
  }
}

function rfc3339(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, "0")}Z`;
}

// Container logs for the agent's rigs, written as a runtime writes them: numbered, so that a missing or doubled line shows.
import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const STAMP = "2026-11-21T10:00:00.123456789Z";

export function criLine(message: string, stream: "stdout" | "stderr" = "stdout", tag: "F" | "P" = "F"): string {
  return `${STAMP} ${stream} ${tag} ${message}\n`;
}

/** `line FIRST` to `line LAST`, as containerd writes them. */
export function criLines(first: number, last: number, width = 0): string {
  let text = "";
  for (let i = first; i <= last; i++) text += criLine(`line ${i}${width > 0 ? ` ${"x".repeat(width)}` : ""}`);
  return text;
}

export function podDirectory(pods: string, pod: string, { uid = `uid-of-${pod}`, namespace = "rig" } = {}): string {
  return join(pods, `${namespace}_${pod}_${uid}`);
}

/** Makes a container's directory and resolves to the path of its log. */
export function podLog(pods: string, pod: string, names: { uid?: string; namespace?: string } = {}): string {
  const directory = join(podDirectory(pods, pod, names), "main");
  mkdirSync(directory, { recursive: true });
  return join(directory, "0.log");
}

/** One container: numbered lines through a descriptor that stays, as the runtime's does, until it is told to open its file anew. */
export class NumberedLog {
  readonly path: string;
  /** Of the next line. */
  next = 1;
  private fd: number;

  constructor(path: string) {
    this.path = path;
    this.fd = openSync(path, "a", 0o640);
  }

  write(lines: number, width = 0): void {
    writeSync(this.fd, criLines(this.next, this.next + lines - 1, width));
    this.next += lines;
  }

  /** As the runtime does behind a rotation. */
  reopen(): void {
    this.close();
    this.fd = openSync(this.path, "a", 0o640);
  }

  close(): void {
    closeSync(this.fd);
  }
}

export function append(path: string, bytes: string | Uint8Array): void {
  appendFileSync(path, bytes);
}

export const pause = (ms: number): Promise<void> => sleep(ms);

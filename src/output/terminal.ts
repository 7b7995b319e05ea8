// All access to stdout and stderr: what they are, writing with back-pressure, and how writing ends.
import { fstatSync, writeSync } from "node:fs";
import { KlogError, messageOf } from "../errors.ts";

/** A stream such as process.stdout; tests hand in their own. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly fd?: number | undefined;
  write(chunk: Uint8Array | string): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
  once(event: "drain", listener: () => void): unknown;
}

const DEFAULT_COLUMNS = 80;

/** Why writing ended: undefined when the reader closed the pipe, which is no error. */
export type EndListener = (error: KlogError | undefined) => void;

export class Terminal {
  /** True when stdout is a terminal. */
  readonly isTerminal: boolean;
  readonly isErrorTerminal: boolean;
  private readonly stdout: OutputStream;
  private readonly stderr: OutputStream;
  private readonly file: number | undefined;
  private readonly onEnd: EndListener;
  private hasEnded = false;
  private waiting: Promise<void> | undefined;
  private wake: (() => void) | undefined;

  constructor(stdout: OutputStream, stderr: OutputStream, onEnd: EndListener) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.onEnd = onEnd;
    this.isTerminal = stdout.isTTY === true;
    this.isErrorTerminal = stderr.isTTY === true;
    this.file = regularFile(stdout.fd);
    stdout.on("error", (error) => this.end(error));
    // Nowhere is left to report this.
    stderr.on("error", () => {});
  }

  /** True when stdout is a file, where nobody waits for the last line. */
  get isFile(): boolean {
    return this.file !== undefined;
  }

  /** The width changes when the window does. */
  get columns(): number {
    return this.stdout.columns ?? DEFAULT_COLUMNS;
  }

  /** The buffer must not change afterwards. False: wait for drained() before the next. After the end everything is dropped. */
  write(bytes: Buffer): boolean {
    if (this.hasEnded || bytes.length === 0) return true;
    try {
      if (this.file !== undefined) {
        writeWhole(this.file, bytes);
        return true;
      }
      if (this.stdout.write(bytes)) return true;
    } catch (error) {
      this.end(error);
      return true;
    }
    this.waiting ??= new Promise((resolve) => {
      this.wake = () => {
        this.waiting = undefined;
        this.wake = undefined;
        resolve();
      };
      this.stdout.once("drain", () => this.wake?.());
    });
    return false;
  }

  /** Resolves once everything that was written has left, or will never leave. */
  drained(): Promise<void> {
    return this.waiting ?? Promise.resolve();
  }

  error(text: string): void {
    this.stderr.write(text);
  }

  private end(error: unknown): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.wake?.();
    this.onEnd(isClosedPipe(error) ? undefined : outputFailed(error));
  }
}

/** Node's stream for files takes a short write for a whole one: on a full disk lines would be lost without a word. */
function regularFile(fd: number | undefined): number | undefined {
  try {
    return fd !== undefined && fstatSync(fd).isFile() ? fd : undefined;
  } catch {
    return undefined;
  }
}

/** Throws what node:fs throws. */
export function writeWhole(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function isClosedPipe(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ECONNRESET";
}

function outputFailed(cause: unknown): KlogError {
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  return new KlogError("OUTPUT_FAILED", `cannot write to standard output: ${messageOf(cause)}`, {
    hint:
      code === "ENOSPC" || code === "EDQUOT"
        ? "make room on the disk, or write elsewhere"
        : "check where the output goes",
    cause,
  });
}

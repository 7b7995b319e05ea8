// What a command may touch of its process; tests hand in their own.
import type { Readable, Writable } from "node:stream";

export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Aborted by the first Ctrl-C and by SIGTERM: finish what is half done, then return. */
  readonly signal: AbortSignal;
  /** From now on SIGHUP calls `listener` instead of ending klog; the result takes that back. */
  readonly onHangUp: (listener: () => void) => () => void;
  /** Writes a short text to standard output, for commands that print one and end. */
  readonly print: (text: string) => void;
  /** How wide help may be. */
  readonly columns: number;
}

/** What cli.ts hands in of the process. */
export interface ProcessHooks extends Pick<CommandIo, "signal" | "onHangUp"> {
  /** Hears why a print failed; who writes to a stream listens to its errors. */
  readonly onPrintError: (error: unknown) => void;
}

/**
 * The io of this process. `process.stdout` alone costs as much as loading klog's help, so every stream is opened on first use.
 */
export function processIo({ signal, onHangUp, onPrintError }: ProcessHooks): CommandIo {
  // Not imported: the ESM face of node:fs loads all of it, promises and streams too.
  const { fstatSync, writeSync } = process.getBuiltinModule("node:fs");
  return {
    env: process.env,
    signal,
    onHangUp,
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    get columns() {
      return (fstatSync(1).isCharacterDevice() ? process.stdout.columns : undefined) ?? 100;
    },
    print(text) {
      const bytes = Buffer.from(text);
      let at = 0;
      try {
        while (at < bytes.length) at += writeSync(1, bytes, at);
      } catch (error) {
        // A pipe that somebody made non-blocking is full: the stream knows how to wait.
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") process.stdout.write(bytes.subarray(at));
        else onPrintError(error);
      }
    },
  };
}

// Runs klog itself as another process, as a person would from a shell.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { constants } from "node:os";

export interface ChildEnd {
  /** As a shell reports it: 128 and the signal's number where one ended it. */
  readonly status: number;
}

export class KlogChild {
  readonly process: ChildProcess;
  readonly ended: Promise<ChildEnd>;

  constructor(
    words: readonly string[],
    options: { readonly env: NodeJS.ProcessEnv; readonly stdio: StdioOptions; readonly cwd: string },
  ) {
    // The child's own argv[1]: this very program.
    this.process = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...words], options);
    this.ended = new Promise((resolve, reject) => {
      this.process.once("error", reject);
      this.process.once("close", (code, signal) => resolve({ status: code ?? signalStatus(signal) }));
    });
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Asks it to end; insists after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    if (!this.isRunning) return;
    this.process.kill("SIGTERM");
    const insist = setTimeout(() => this.process.kill("SIGKILL"), patienceMs);
    await this.ended.catch(() => undefined);
    clearTimeout(insist);
  }
}

function signalStatus(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

// The standard output of a command that streams, and how it ends: a reader that is gone, or a write that fails.
import type { KlogError } from "../errors.ts";
import { Terminal } from "../output/terminal.ts";
import type { CommandIo } from "./command-io.ts";

export interface CommandOutput {
  readonly terminal: Terminal;
  /** Aborted when nothing more can be written; a command aborts it when it has what it wanted. */
  readonly ended: AbortController;
  /** Why writing failed; undefined while it works, and where the reader closed the pipe. */
  failure(): KlogError | undefined;
}

export function openOutput({ stdout, stderr }: Pick<CommandIo, "stdout" | "stderr">): CommandOutput {
  const ended = new AbortController();
  let failure: KlogError | undefined;
  const terminal = new Terminal(stdout, stderr, (error) => {
    failure = error;
    ended.abort();
  });
  return { terminal, ended, failure: () => failure };
}

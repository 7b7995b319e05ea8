// The surroundings of a command for tests: what it prints and says is kept, and nothing of this machine is seen.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { onTestFinished } from "vitest";
import type { CommandIo } from "../../src/commands/command-io.ts";

export interface TestIo extends CommandIo {
  /** All that went to standard output. */
  readonly printed: () => string;
  /** All that went to standard error. */
  readonly told: () => string;
  readonly stdin: PassThrough & { isTTY?: boolean };
}

export function testIo(env: Record<string, string> = {}): TestIo {
  const out: string[] = [];
  const err: string[] = [];
  const into = (texts: string[]) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts.push(chunk.toString());
        done();
      },
    });
  return {
    env,
    stdin: new PassThrough(),
    stdout: into(out),
    stderr: into(err),
    signal: new AbortController().signal,
    onHangUp: () => () => undefined,
    print: (text) => void out.push(text),
    columns: 100,
    printed: () => out.join(""),
    told: () => err.join(""),
  };
}

/** A folder that goes with the test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "klog-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

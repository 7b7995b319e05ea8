// The built program as a child process, as a person runs it, with what it prints.
import { type ChildProcess, spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../services/cluster.ts";

/** KLOG_TEST_PROGRAM: a build that lies elsewhere. */
export const PROGRAM =
  process.env["KLOG_TEST_PROGRAM"] ?? fileURLToPath(new URL("../../../bin/klog.js", import.meta.url));

export interface KlogOptions {
  readonly kubeconfig?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** A program that runs klog, with its arguments: `setpriv …`. */
  readonly under?: readonly string[];
}

/** What a person's shell would give klog, without this machine's own settings. */
export function klogEnvironment(options: KlogOptions): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    XDG_CONFIG_HOME: "/nonexistent",
    ...(options.kubeconfig === undefined ? {} : { KUBECONFIG: options.kubeconfig }),
    ...options.env,
  };
}

export class KlogProcess {
  readonly lines: string[] = [];
  /** Standard output as it came. */
  readonly chunks: Buffer[] = [];
  stderr = "";
  code: number | null | undefined;
  readonly exited: Promise<number | null>;
  readonly child: ChildProcess;
  private rest = "";

  constructor(args: readonly string[], options: KlogOptions = {}) {
    const [command, ...words] = [...(options.under ?? []), process.execPath, PROGRAM, ...args];
    this.child = spawn(command!, words, {
      env: klogEnvironment(options),
      stdio: "pipe",
    });
    this.child.stdin!.on("error", () => {}); // klog may end without reading; its status tells why
    this.child.stdin!.end(options.input ?? "");
    const decoder = new StringDecoder("utf8");
    this.child.stdout!.on("data", (chunk: Buffer) => {
      this.chunks.push(chunk);
      const parts = (this.rest + decoder.write(chunk)).split("\n");
      this.rest = parts.pop()!;
      for (const part of parts) this.lines.push(part);
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => {
      this.child.on("close", (code) => {
        this.code = code;
        resolve(code);
      });
    });
  }

  get stdout(): string {
    return this.lines.join("\n");
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Waits until a line of stdout matches. */
  async line(pattern: RegExp, timeoutMs = 60_000): Promise<string> {
    return waitFor(
      `${pattern} from klog; stderr: ${this.stderr.slice(-500)}`,
      async () => this.lines.find((l) => pattern.test(l)),
      {
        timeoutMs,
        everyMs: 50,
      },
    );
  }

  async until(what: string, done: () => boolean, timeoutMs = 60_000): Promise<void> {
    await waitFor(`${what}; stderr: ${this.stderr.slice(-800)}`, async () => (done() ? true : undefined), {
      timeoutMs,
      everyMs: 50,
    });
  }

  /** As Ctrl-C does. */
  async interrupt(): Promise<number | null> {
    this.child.kill("SIGINT");
    return this.exited;
  }
}

export interface NumberedReport {
  /** The greatest number seen. */
  readonly last: number;
  readonly shown: number;
  /** Numbers that a gap marker stands for. */
  readonly missing: number;
  readonly gaps: number;
}

/** Checks `line N` of one pod: each number once, in order; where numbers are missing a gap marker of the pod stands between. Throws otherwise. */
export function checkNumbers(lines: readonly string[], pod: string, first = 1): NumberedReport {
  let expected = first;
  let shown = 0;
  let missing = 0;
  let gaps = 0;
  let gapped = false;
  for (const line of lines) {
    if (line.startsWith("--- gap") && line.includes(pod)) {
      gapped = true;
      gaps++;
      continue;
    }
    const match = new RegExp(`^${pod}\\S* \\S+ line (\\d+)`).exec(line);
    if (match === null) continue;
    const number = Number(match[1]);
    if (number < expected) throw new Error(`${pod}: line ${number} is shown again (after ${expected - 1})`);
    if (number > expected && !gapped)
      throw new Error(`${pod}: lines ${expected} to ${number - 1} are missing without a marker`);
    missing += number - expected;
    expected = number + 1;
    shown++;
    gapped = false;
  }
  return { last: expected - 1, shown, missing, gaps };
}

// Runs a program and tells what it cost: wall and CPU time as bash's `time` counts them, memory and samples as /proc does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";

/** Seconds and megabytes (10^6 bytes). */
export interface Cost {
  readonly wall: number;
  /** User and system time of the program and all that it started. */
  readonly cpu: number;
  /** The kernel's part of it. */
  readonly system: number;
  readonly maxRss: number;
  /** 128 + n when signal n ended it. */
  readonly status: number;
}

export interface Sample {
  /** Milliseconds of performance.now(). */
  readonly at: number;
  /** CPU seconds used so far. */
  readonly cpu: number;
  readonly rss: number;
}

interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Files that take what the program prints. Without `stdout` its output goes to `onData`. */
  readonly stdout?: string;
  readonly stderr: string;
  readonly onData?: (chunk: Buffer) => void;
}

export interface RunningProgram {
  readonly pid: number;
  /** Resolves when the program has ended. */
  readonly ended: Promise<Cost>;
  sample(): Sample;
  /** Settles as `work` does, and rejects when the program ends before. */
  during<T>(work: Promise<T>): Promise<T>;
  /** As Ctrl-C does. */
  interrupt(): void;
}

/** The peak that the kernel keeps is read this often, so what is missed is what the last moment added. */
const POLL_MS = 20;
/** Linux counts CPU time in /proc by hundredths, whatever its own tick is. */
const TICKS_A_SECOND = 100;

// getrusage of ended children is what tells CPU time to its end, and bash's `time` is the tool that every Debian has for
// it. The inner bash tells its process id, and then becomes the program.
const TIMED = `TIMEFORMAT='%R %U %S'; time bash -c 'echo $$ >&3; exec "$@" 2>&4 3>&- 4>&-' bash "$@"`;

export async function start(command: readonly string[], options: RunOptions): Promise<RunningProgram> {
  const out = options.stdout === undefined ? "pipe" : openSync(options.stdout, "w");
  const err = openSync(options.stderr, "w");
  const child = spawn("bash", ["-c", TIMED, "bash", ...command], {
    env: options.env,
    stdio: ["ignore", out, "pipe", "pipe", err],
  });
  const times = text(child.stdio[2]!);
  closeSync(err);
  if (out === "pipe") child.stdout!.on("data", (chunk: Buffer) => options.onData?.(chunk));
  else closeSync(out);

  const exited = once(child, "close") as Promise<[number | null]>;
  const [told] = (await once(child.stdio[3]!, "data")) as [Buffer];
  const pid = Number(told.toString());
  let maxRss = 0;
  const poll = setInterval(() => {
    maxRss = Math.max(maxRss, memory(pid, "VmHWM"));
  }, POLL_MS);

  const interrupt = () => {
    try {
      process.kill(pid, "SIGINT");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  // A bench that fails leaves nothing running.
  process.once("exit", interrupt);

  const ended = (async (): Promise<Cost> => {
    const [status] = await exited;
    process.off("exit", interrupt);
    clearInterval(poll);
    const [wall = NaN, user = NaN, sys = NaN] = (await times).trim().split("\n").at(-1)!.split(" ").map(Number);
    return { wall, cpu: user + sys, system: sys, maxRss, status: status ?? NaN };
  })();
  return {
    pid,
    ended,
    sample: () => ({ at: performance.now(), cpu: cpuSeconds(pid), rss: memory(pid, "VmRSS") }),
    during: (work) => Promise.race([work, ended.then((cost) => Promise.reject(endedWith(command, cost, options)))]),
    interrupt,
  };
}

/** Runs a program to its end. Rejects with what it wrote to stderr when its status is not 0. */
export async function measure(command: readonly string[], options: RunOptions): Promise<Cost> {
  const cost = await (await start(command, options)).ended;
  if (cost.status !== 0) throw endedWith(command, cost, options);
  return cost;
}

function endedWith(command: readonly string[], { status }: Cost, { stderr }: RunOptions): Error {
  const said = readFileSync(stderr, "utf8").trim().split("\n").slice(-5).join("\n");
  return new Error(`${command.join(" ")} ended with ${status}: ${said}`);
}

/** 0 for a program that has ended. */
function memory(pid: number, field: "VmHWM" | "VmRSS"): number {
  const kibibytes = new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(proc(pid, "status"))?.[1];
  return (Number(kibibytes ?? 0) * 1024) / 1e6;
}

function cpuSeconds(pid: number): number {
  // The program's name stands in brackets and may hold blanks: fields are counted from behind it.
  const stat = proc(pid, "stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}

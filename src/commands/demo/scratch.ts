// The folder that a demo lives in, and its end: also what a demo that was killed has left behind goes away with the next one.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KlogError, messageOf } from "../../errors.ts";

const PREFIX = "klog-demo-";
const OWNER = "owner.json";

/** Processes that a demo has started; their ids are written down so that the next demo can end those of a killed one. */
interface Owner {
  readonly pid: number;
  readonly children: readonly number[];
}

export interface Scratch {
  readonly root: string;
  readonly pods: string;
  readonly state: string;
  readonly store: string;
  /** In place of the user's own, which the demo neither reads nor writes. */
  readonly home: string;
}

/** Throws KlogError OUTPUT_FAILED where no folder can be made. */
export function makeScratch(parent: string = tmpdir()): Scratch {
  sweep(parent);
  try {
    const root = mkdtempSync(join(parent, PREFIX));
    const scratch = {
      root,
      pods: join(root, "pods"),
      state: join(root, "state"),
      store: join(root, "store"),
      home: join(root, "home"),
    };
    for (const folder of [scratch.pods, scratch.home]) mkdirSync(folder);
    noteOwner(scratch, []);
    return scratch;
  } catch (cause) {
    throw new KlogError("OUTPUT_FAILED", `cannot make a folder for the demo in ${parent}: ${messageOf(cause)}`, {
      hint: "set TMPDIR to a folder that you may write to, with 100 MB of room",
      cause,
    });
  }
}

export function noteOwner({ root }: Scratch, children: readonly number[]): void {
  const owner: Owner = { pid: process.pid, children };
  writeFileSync(join(root, OWNER), JSON.stringify(owner));
}

export function removeScratch({ root }: Scratch): void {
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}

/** Removes demos whose process has ended, and ends the agents that they left running. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const root = join(parent, name);
    if (!name.startsWith(PREFIX) || !existsSync(join(root, OWNER))) continue;
    try {
      const { pid, children } = JSON.parse(readFileSync(join(root, OWNER), "utf8")) as Owner;
      if (isAlive(pid)) continue;
      for (const child of children) if (isAgentOf(child, root)) process.kill(child, "SIGKILL");
      rmSync(root, { recursive: true, force: true });
    } catch {
      // Another user's, or half gone: it is not ours to mend.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Process ids are used again, so only one whose command line names the folder is a demo's. */
function isAgentOf(pid: number, root: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(root);
  } catch {
    return false;
  }
}

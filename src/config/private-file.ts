// Files of this person alone that several klogs may write at a time: each write is whole, and none is lost.
import { randomUUID } from "node:crypto";
import { appendFile, link, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "./make-folder.ts";

/** Whoever holds the lock this long has been killed: its work takes a millisecond. */
const STALE_MS = 5_000;
const PATIENCE_MS = 2_000;
const RETRY_MS = 5;
const MODE = 0o600;

/** Runs `work` while no other klog is at the file. Throws what node:fs throws, and Error where the lock cannot be had. */
export async function exclusively<T>(path: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(dirname(path));
  const lock = `${path}.lock`;
  const token = randomUUID();
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await writeFile(lock, token, { flag: "wx", mode: MODE });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      await removeStale(lock);
      if (performance.now() > giveUp) throw new Error(`another klog is writing ${path}`);
      await sleep(RETRY_MS + Math.random() * RETRY_MS);
    }
  }
  try {
    return await work();
  } finally {
    // Whoever took so long that another has the lock by now leaves it to him.
    if ((await readPrivate(lock)) === token) await rm(lock, { force: true });
  }
}

async function removeStale(lock: string): Promise<void> {
  try {
    if (!(await isStale(lock))) return;
    // By another name first: of two that find it stale, one gets it.
    const own = `${lock}.${randomUUID()}`;
    await rename(lock, own);
    // Meanwhile another may have removed the stale one, and a third have locked anew: that lock goes back.
    if (!(await isStale(own))) await link(own, lock).catch(() => undefined);
    await rm(own, { force: true });
  } catch {
    // Gone meanwhile, which is what was wanted.
  }
}

async function isStale(lock: string): Promise<boolean> {
  const { mtimeMs } = await stat(lock);
  return Date.now() - mtimeMs >= STALE_MS;
}

/** undefined where there is no file. */
export async function readPrivate(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A reader sees the old text or the new one, nothing between. */
export async function replacePrivate(path: string, text: string): Promise<void> {
  const half = `${path}.${process.pid}.new`;
  await writeFile(half, text, { mode: MODE });
  await rename(half, path);
}

export async function appendPrivate(path: string, text: string): Promise<void> {
  await appendFile(path, text, { mode: MODE });
}

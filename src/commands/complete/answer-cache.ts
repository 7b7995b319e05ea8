// Remembers answers in the user's cache folder: for the next TAB, and for clusters that answer too late.
// Whatever goes wrong here is no reason to disturb somebody who is typing: then nothing is remembered.
import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../config/make-folder.ts";
import type { Candidate } from "./request.ts";

/** `T`: what an answer is made of. */
export interface Remembered<T = Candidate> {
  readonly ageMs: number;
  readonly candidates: readonly T[];
}

export interface AnswerCache<T = Candidate> {
  recall(key: string): Promise<Remembered<T> | undefined>;
  remember(key: string, candidates: readonly T[]): Promise<void>;
}

export function answerCache<T = Candidate>(folder: string, now: () => number): AnswerCache<T> {
  const fileOf = (key: string) => join(folder, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`);
  return {
    async recall(key) {
      try {
        const { at, candidates } = JSON.parse(await readFile(fileOf(key), "utf8")) as Stored<T>;
        return Array.isArray(candidates) ? { ageMs: now() - at, candidates } : undefined;
      } catch {
        return undefined;
      }
    },
    async remember(key, candidates) {
      const file = fileOf(key);
      const half = `${file}.${process.pid}`;
      const stored: Stored<T> = { at: now(), candidates };
      try {
        await makeFolder(folder);
        await writeFile(half, JSON.stringify(stored), { mode: 0o600 });
        await rename(half, file);
      } catch {
        // A full or read-only disk: the next TAB asks the cluster again.
      }
    },
  };
}

interface Stored<T> {
  readonly at: number;
  readonly candidates: readonly T[];
}

// Remembers answers of a cluster in the user's cache folder, for the next TAB and for clusters that answer too late.
// Whatever goes wrong here is no reason to disturb somebody who is typing: then nothing is remembered.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Candidate } from "./request.ts";

export interface Remembered {
  readonly ageMs: number;
  readonly candidates: readonly Candidate[];
}

export interface AnswerCache {
  recall(key: string): Promise<Remembered | undefined>;
  remember(key: string, candidates: readonly Candidate[]): Promise<void>;
}

export function answerCache(folder: string, now: () => number): AnswerCache {
  const fileOf = (key: string) => join(folder, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`);
  return {
    async recall(key) {
      try {
        const { at, candidates } = JSON.parse(await readFile(fileOf(key), "utf8")) as Stored;
        return Array.isArray(candidates) ? { ageMs: now() - at, candidates } : undefined;
      } catch {
        return undefined;
      }
    },
    async remember(key, candidates) {
      const file = fileOf(key);
      const half = `${file}.${process.pid}`;
      const stored: Stored = { at: now(), candidates };
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(half, JSON.stringify(stored), { mode: 0o600 });
        await rename(half, file);
      } catch {
        // A full or read-only disk: the next TAB asks the cluster again.
      }
    },
  };
}

interface Stored {
  readonly at: number;
  readonly candidates: readonly Candidate[];
}

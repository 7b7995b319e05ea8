// Where reading begins in a file that is seen for the first time: always at the start of a line.
import type { FirstRead } from "../target.ts";
import type { FileEvidence } from "./identity.ts";

const CHUNK = 65_536;
const NEWLINE = 10;

export function firstPosition(policy: FirstRead, file: FileEvidence, live: boolean): number {
  if (policy === "beginning") return 0;
  if (!live) return file.size;
  if (policy === "end") return lineStart(file, file.size);
  const from = file.size - policy.lastBytes;
  return from <= 0 ? 0 : nextLine(file, from - 1);
}

/** Behind the last newline before `position`. */
function lineStart(file: FileEvidence, position: number): number {
  for (let to = position; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK);
    const at = file.bytes(from, to).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
  }
  return 0;
}

/** Behind the first newline at or after `position`; where there is none, the start of the line that is not finished. */
function nextLine(file: FileEvidence, position: number): number {
  for (let from = position; from < file.size; from += CHUNK) {
    const at = file.bytes(from, Math.min(from + CHUNK, file.size)).indexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
  }
  return lineStart(file, position);
}

// Which process numbers mean the same: those of one pid namespace. A container has its own.
import { readlinkSync } from "node:fs";

/** Undefined where the system has no such thing, or does not tell. */
export function pidNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined;
  }
}

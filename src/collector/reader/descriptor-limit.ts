// How many files the process may hold open, so that log files never take the descriptors that all else needs.
import { readFileSync } from "node:fs";

/** For sinks, the journal, listings, connections and Node itself. */
const OTHERS = 64;
const FEWEST = 8;

/** As many as the kernel's limit (`ulimit -n`) leaves for log files. */
export function mostDescriptors(limits: string | undefined = kernelLimits()): number {
  const hard = /^Max open files +(\d+)/m.exec(limits ?? "")?.[1];
  return hard === undefined ? Number.POSITIVE_INFINITY : Math.max(FEWEST, Number(hard) - OTHERS);
}

/** Undefined where there is no /proc. */
function kernelLimits(): string | undefined {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return undefined;
  }
}

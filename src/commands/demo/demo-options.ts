// What was asked of `klog demo`, from the flags: once, and typed.
import { KlogError } from "../../errors.ts";
import { scanWords } from "../argv.ts";
import { typedFlags } from "../flag-values.ts";
import { DEMO_FLAGS } from "./demo-flags.ts";

export interface DemoOptions {
  readonly stay: boolean;
  readonly keep: boolean;
  readonly liveMs: number;
}

const LIVE_MS = 6000;

/** Throws KlogError USAGE. */
export function parseDemoOptions(words: readonly string[]): DemoOptions {
  const table = { flags: DEMO_FLAGS, help: "klog help demo" };
  const scanned = scanWords(words, table.flags);
  const flags = typedFlags(scanned, table);
  const [extra] = scanned.positionals;
  if (extra !== undefined) {
    throw new KlogError("USAGE", `klog demo takes flags only, not also ${JSON.stringify(extra)}`, {
      hint: "`klog help demo` lists them",
    });
  }
  return {
    stay: flags.boolean("stay") ?? false,
    keep: flags.boolean("keep") ?? false,
    liveMs: flags.milliseconds("live") ?? LIVE_MS,
  };
}

// Where `klog tail` takes from what the kubelets do not have any more: the store that --history names, else this machine's.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { expandHome } from "../../config/user-folders.ts";
import { systemClock } from "../../sources/clock.ts";
import { defaultStore } from "../../sources/open-sources.ts";
import { type LogHistory, sourceHistory } from "../../sources/pods/history.ts";
import type { TailOptions } from "../tail-options.ts";

/** `note` hears why there is none though it was asked for, or why it cannot be read. */
export async function openHistory(
  { history, window, output }: Pick<TailOptions, "history" | "window" | "output">,
  env: Readonly<Record<string, string | undefined>>,
  note: (text: string) => void,
): Promise<LogHistory | undefined> {
  if (history === "off") return undefined;
  const isNamed = history !== undefined;
  const directory = isNamed && history.store !== "" ? resolve(expandHome(history.store, homedir())) : defaultStore(env);
  // Without an agent on this machine there is nothing to be said.
  if (!isNamed && !existsSync(directory)) return undefined;
  const { createStoreSource } = await import("../../sources/store/store-source.ts");
  const { stream, maxLineBytes } = window;
  // Everything is asked for, so nothing of the query's surroundings matters.
  const context = {
    now: Date.now(),
    zone: output.timezone,
    regexp: (text: string, flags: string) => new RegExp(text, flags),
  };
  return sourceHistory(createStoreSource({ directory, context }), {
    ...{ stream, maxLineBytes, onProblem: note },
    monotonic: () => systemClock.monotonic(),
  });
}

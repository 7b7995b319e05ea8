// `klog tail`: live pods, other sources, or standard input; resolves to the exit status.
import { forPeople } from "../clients/kubernetes/api-failure.ts";
import { ApiError } from "../clients/kubernetes/client.ts";
import { closePatterns } from "../regex/pattern.ts";
import type { CommandIo } from "./command-io.ts";
import type { TailPlace } from "./start-tail.ts";
import { tailPods } from "./tail/tail-pods.ts";
import { tailStdin } from "./tail/tail-stdin.ts";
import type { TailOptions } from "./tail-options.ts";

/** Throws KlogError for what makes the command unusable. */
export async function run(options: TailOptions, io: CommandIo, place: TailPlace): Promise<number> {
  try {
    if (options.stdin) return await tailStdin(options, io);
    if (options.sources.length === 0) return await tailPods(options, io);
    const { tailSources } = await import("./tail/tail-sources.ts");
    return await tailSources(options, io, place);
  } catch (error) {
    throw error instanceof ApiError ? forPeople(error) : error;
  } finally {
    closePatterns();
  }
}

// What of `klog tail` only live pods can answer: refused where other sources are read, with a way that works.
import { KlogError } from "../../errors.ts";
import type { TailOptions } from "../tail-options.ts";

const LIVE = "it is for live pods: leave it out, or leave --source out";

/** Throws KlogError USAGE for the first flag that cannot hold. */
export function rejectUnfit(options: TailOptions): void {
  for (const [flag, isGiven, hint] of unfit(options)) {
    if (!isGiven) continue;
    throw new KlogError("USAGE", `${flag} cannot be held to with --source ${options.sources.join(" --source ")}`, {
      hint,
    });
  }
}

function unfit(options: TailOptions): [flag: string, isGiven: boolean, hint: string][] {
  const { window, nodeLabels, sources, order } = options;
  const hasPods = sources.some((word) => word.startsWith("pods"));
  return [
    ["--previous", window.previous, "sources keep all instances: --since 1h shows those before a restart, too"],
    ["--dry-run", options.dryRun, "`klog sources` tells what there is"],
    ["--events", options.events, LIVE],
    ["--field-selector", options.fieldSelector !== undefined, "--node, -l and patterns work everywhere"],
    ["--region", nodeLabels.region.length > 0, "name nodes: --node"],
    ["--zone", nodeLabels.zone.length > 0, "name nodes: --node"],
    ["--os", nodeLabels.os.length > 0, "name nodes: --node"],
    ["--arch", nodeLabels.arch.length > 0, "name nodes: --node"],
    ["--condition", options.condition !== undefined, LIVE],
    ["--default-container", options.defaultContainer, "name the container: -c NAME"],
    ["--container-state", options.containerStates.length < 3, LIVE],
    ["--no-init-containers", !options.initContainers && !hasPods, "-E leaves containers out by name"],
    ["--no-ephemeral-containers", !options.ephemeralContainers && !hasPods, "-E leaves containers out by name"],
    ["--limit-bytes", window.limitBytes !== undefined, "--tail and --head count lines"],
    ["--order arrival", order === "arrival", "several sources are merged by time; leave it out"],
  ];
}

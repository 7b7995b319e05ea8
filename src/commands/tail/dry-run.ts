// `klog tail --dry-run`: which containers would be read.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import { systemClock } from "../../sources/clock.ts";
import { describeTargets, type PodTarget } from "../../sources/pods/describe-targets.ts";
import { PodCensus } from "../../sources/pods/pod-census.ts";
import { watchPods } from "../../sources/pods/pod-watch.ts";
import type { Selection } from "../../sources/pods/selection.ts";
import { whyNothing } from "../../sources/pods/why-nothing.ts";
import type { CommandIo } from "../command-io.ts";
import { placesOf, serverFilters } from "../tail-asked.ts";
import type { TailOptions } from "../tail-options.ts";
import { EXIT } from "./exit-status.ts";

export async function dryRun(
  selection: Selection,
  clients: readonly KubernetesClient[],
  options: TailOptions,
  io: CommandIo,
): Promise<number> {
  const targets: PodTarget[] = [];
  const census = new PodCensus();
  await Promise.all(
    clients.map((client) =>
      watchPods(
        client,
        selection,
        {
          pod: (pod, containers) => targets.push({ context: client.context, pod, containers }),
          gone: () => undefined,
          synced: () => undefined,
          problem: (problem) =>
            io.stderr.write(`klog: ${problem.message}\n${problem.hint ? `  ${problem.hint}\n` : ""}`),
        },
        { signal: io.signal, follow: false, clock: systemClock, census },
      ),
    ),
  );
  io.print(describeTargets(targets));
  const counts = census.counts();
  if (targets.length > 0) return counts.unreadable.length > 0 ? EXIT.partial : EXIT.done;
  const report = whyNothing({
    pods: counts,
    places: placesOf(selection, clients),
    selectors: options.selectorArgs,
    serverFilters: serverFilters(options),
    lines: { received: 0, shown: 0, filters: [] },
    window: [],
    withoutPrevious: 0,
  });
  io.stderr.write(report.map((line) => `klog: note: ${line}\n`).join(""));
  return counts.unreadable.length > 0 ? EXIT.unusable : EXIT.nothing;
}

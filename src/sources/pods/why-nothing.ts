// Explains an empty screen: from what was counted to at most five lines that say which step lost everything.
import { nearestFirst } from "../../clients/kubernetes/nearest-names.ts";
import type { PodCounts, WaitingContainer } from "./pod-census.ts";

export interface Silence {
  readonly pods: PodCounts;
  /** Where was looked, for a sentence: `namespace "shop" (context prod)`. */
  readonly places: readonly string[];
  /** Selectors as typed; none = every pod. */
  readonly selectors: readonly string[];
  /** Flags that the server applied: `-l app=web`; a pod that they leave out is not even seen. */
  readonly serverFilters: readonly string[];
  readonly lines: {
    readonly received: number;
    readonly shown: number;
    /** Flags that leave lines out: `-i ERROR`, `--level warn+`. */
    readonly filters: readonly string[];
  };
  /** Flags that bound the window, `--since 10m`; none = all that the nodes still have. */
  readonly window: readonly string[];
  /** Containers that --previous passed over because they never restarted. */
  readonly withoutPrevious: number;
}

const MAX_LINES = 5;
const MAX_EXAMPLES = 5;

/** Nothing when lines were shown. */
export function whyNothing(silence: Silence): string[] {
  const { pods, lines } = silence;
  if (lines.shown > 0) return [];
  const selected = pods.verdicts.selected;
  const report = [...few(pods.unreadable, 2)];
  if (lines.received > 0) report.push(allFiltered(silence));
  else if (selected > 0) report.push(...nothingWritten(silence));
  else if (pods.seen > 0) report.push(...noneSelected(silence));
  else if (pods.unreadable.length === 0) report.push(...noPods(silence));
  return report.slice(0, MAX_LINES);
}

function noPods({ places, serverFilters }: Silence): string[] {
  const filtered = serverFilters.length > 0 ? ` that match ${serverFilters.join(" and ")}` : "";
  return [
    `there are no pods${filtered} in ${places.join(", ")}`,
    "other namespaces: -n NAME, or -A for all; other clusters: --context NAME",
  ];
}

function noneSelected({ pods, selectors }: Silence): string[] {
  const { verdicts, seen } = pods;
  const steps = [
    verdicts.unnamed > 0 && selectors.length > 0 && `${be(verdicts.unnamed)} not named by ${selectors.join(", ")}`,
    verdicts.excluded > 0 && `${be(verdicts.excluded)} excluded`,
    verdicts["other-node"] > 0 && `${be(verdicts["other-node"])} on other nodes`,
    verdicts.condition > 0 && `${verdicts.condition} ${verdicts.condition === 1 ? "does" : "do"} not meet --condition`,
    verdicts["no-container"] > 0 &&
      `${verdicts["no-container"]} ${verdicts["no-container"] === 1 ? "has" : "have"} none of the containers`,
  ].filter((step) => step !== false);
  const report = [`${count(seen, "pod")} seen, none selected: ${steps.join(", ")}`];
  if (verdicts["no-container"] > 0) {
    const names = few(pods.unwantedContainers, MAX_EXAMPLES).join(", ");
    report.push(`their containers are ${names}: see -c, -E, --init-containers and --container-state`);
  }
  if (verdicts.unnamed > 0 && selectors[0] !== undefined) {
    report.push(`pods that are there: ${few(nearestFirst(selectors[0], pods.unnamed), MAX_EXAMPLES).join(", ")}`);
  }
  return report;
}

function nothingWritten({ pods, window, withoutPrevious }: Silence): string[] {
  const report: string[] = [];
  if (pods.waiting.length > 0) {
    const which =
      pods.started === 0
        ? "every selected container waits"
        : `${count(pods.waiting.length, "container")} ${pods.waiting.length === 1 ? "waits" : "wait"}`;
    report.push(`${which}: ${few(pods.waiting.map(reasonOf), 3).join("; ")}`);
  }
  if (withoutPrevious > 0) {
    report.push(`${count(withoutPrevious, "container")} never restarted, so there is no previous instance to read`);
  } else if (pods.started > 0) {
    const read = `${count(pods.started, "container")} read`;
    report.push(
      window.length === 0
        ? `${read}: nothing has been written to ${pods.started === 1 ? "its log" : "their logs"}`
        : `${read}, no line is inside ${window.join(" ")}; older lines may exist: --tail -1, or a longer --since`,
    );
  }
  return report;
}

function allFiltered({ lines }: Silence): string {
  const by = lines.filters.length > 0 ? ` by ${lines.filters.join(" ")}` : "";
  return `${count(lines.received, "line")} received, all left out${by}`;
}

function reasonOf({ container, reason, message }: WaitingContainer): string {
  return message === undefined || message === "" ? `${container} ${reason}` : `${container} ${reason} (${message})`;
}

function be(n: number): string {
  return `${n} ${n === 1 ? "is" : "are"}`;
}

function count(n: number, what: string): string {
  return `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;
}

function few(texts: readonly string[], max: number): string[] {
  return texts.length <= max ? [...texts] : [...texts.slice(0, max), `and ${texts.length - max} more`];
}

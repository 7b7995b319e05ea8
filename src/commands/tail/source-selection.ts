// Selectors as a test of where a record comes from, for sources that know no cluster: by the names that records carry.
import { KlogError } from "../../errors.ts";
import type { Origin } from "../../record/log-line.ts";
import { parseSelector, type Selector } from "../../sources/pods/selector.ts";
import type { TailOptions } from "../tail-options.ts";

/** What controllers put behind a name: letters and digits that cannot be mistaken for each other or make a word. */
const RANDOM = "[bcdfghjklmnpqrstvwxz2456789]";

/** Behind the owner's name, by its kind. */
const SUFFIXES: Readonly<Record<string, RegExp>> = {
  deployment: new RegExp(`^-${RANDOM}{1,10}-${RANDOM}{5}$`),
  replicaset: new RegExp(`^-${RANDOM}{5}$`),
  replicationcontroller: new RegExp(`^-${RANDOM}{5}$`),
  daemonset: new RegExp(`^-${RANDOM}{5}$`),
  statefulset: /^-\d+$/,
  job: new RegExp(`^(?:-\\d+)?-${RANDOM}{5}$`),
  cronjob: new RegExp(`^-\\d{8,}(?:-\\d+)?-${RANDOM}{5}$`),
};

/** `warn` hears of patterns that are too slow. Throws KlogError for selectors that only a cluster can explain. */
export function selectedOrigins(
  selectorArgs: TailOptions["selectorArgs"],
  knownContexts: readonly string[],
  warn: (text: string) => void,
): (origin: Origin) => boolean {
  const onDisabled = (pattern: string, reason: string) => warn(`${pattern}: ${reason}`);
  const tests = selectorArgs.map((text) => selectorTest(parseSelector(text, { knownContexts, onDisabled })));
  return tests.length === 0 ? () => true : (origin) => tests.some((test) => test(origin));
}

function selectorTest(selector: Selector): (origin: Origin) => boolean {
  const { context, namespace, container } = selector;
  const named = targetTest(selector);
  return (origin) =>
    // Only live pods know what a kubeconfig calls their cluster.
    (context === undefined || origin.cluster === "" || origin.cluster === context) &&
    (namespace === undefined || origin.namespace === namespace) &&
    (container === undefined || origin.container === container) &&
    named(origin);
}

function targetTest({ target, text }: Selector): (origin: Origin) => boolean {
  switch (target.type) {
    case "all":
      return () => true;
    case "pattern":
      return (origin) => target.pattern.test(nameOf(origin));
    case "pod":
      return ({ pod }) => pod === target.name;
    case "node":
      return ({ node }) => node === target.name;
    case "workload":
      return workloadTest(target.resource.singular, target.name);
    case "service":
    case "ingress":
    case "custom":
      throw new KlogError("USAGE", `${text}: records do not say which pods belong to it, only a cluster does`, {
        hint: "name pods by a pattern or a label (-l), or read live pods: --source pods",
      });
    default:
      return target satisfies never;
  }
}

/** By what the source says of the owner, else by the name that a controller gave the pod. */
function workloadTest(kind: string, name: string): (origin: Origin) => boolean {
  const suffix = SUFFIXES[kind];
  return ({ workload, pod }) =>
    workload === `${kind}/${name}` ||
    (suffix !== undefined && pod.startsWith(name) && suffix.test(pod.slice(name.length)));
}

/** A host's file stands where the pod would. */
function nameOf({ pod, path, workload }: Origin): string {
  return pod || path?.slice(path.lastIndexOf("/") + 1) || workload;
}

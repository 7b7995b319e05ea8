// -n, -l, -c and the like as a test of where a line comes from: the same for every source.
import type { Origin } from "../../record/log-line.ts";
import { type LabelRequirement, matchesLabels, parseLabelSelector } from "../../sources/pods/label-selector.ts";
import type { SelectionFlags } from "../../sources/pods/selection.ts";
import { flagPattern } from "../flag-pattern.ts";
import type { OriginChoice } from "../search-options.ts";

/**
 * Throws KlogError for a pattern or a label selector that is wrong. `onDisabled` hears of patterns that took too long and are
 * not run any more.
 */
export function acceptedOrigins(
  choice: OriginChoice,
  warn: (text: string) => void,
  onDisabled = warn,
): (origin: Origin) => boolean {
  const patterns = (flag: string, sources: readonly string[]) =>
    sources.map((source) =>
      flagPattern(flag, source, { onDisabled: (pattern, reason) => onDisabled(`${flag} ${pattern}: ${reason}`) }),
    );
  const containers = patterns("--container", choice.containers);
  const notContainers = patterns("--exclude-container", choice.excludeContainers);
  const notPods = patterns("--exclude-pod", choice.excludePods);
  const notNamespaces = patterns("--exclude-namespace", choice.excludeNamespaces);
  const labels = choice.labelSelector === undefined ? [] : parseLabelSelector(choice.labelSelector);
  const tests: ((origin: Origin) => boolean)[] = [];
  const { namespaces, contexts, nodes, initContainers, ephemeralContainers } = choice;
  if (namespaces.length > 0) tests.push(({ namespace }) => namespaces.includes(namespace));
  // The agent does not know what a kubeconfig calls its cluster.
  if (contexts.length > 0) tests.push(({ cluster }) => cluster === "" || contexts.includes(cluster));
  if (nodes.length > 0) tests.push(({ node }) => nodes.includes(node));
  if (containers.length > 0) tests.push(({ container }) => containers.some((pattern) => pattern.test(container)));
  if (notContainers.length > 0)
    tests.push(({ container }) => !notContainers.some((pattern) => pattern.test(container)));
  if (notPods.length > 0) tests.push(({ pod }) => !notPods.some((pattern) => pattern.test(pod)));
  if (notNamespaces.length > 0)
    tests.push(({ namespace }) => !notNamespaces.some((pattern) => pattern.test(namespace)));
  if (labels.length > 0) tests.push(labelled(labels, warn));
  if (!initContainers) tests.push(({ containerKind }) => containerKind !== "init");
  if (!ephemeralContainers) tests.push(({ containerKind }) => containerKind !== "ephemeral");
  if (tests.length === 0) return () => true;
  return rememberingOrigins((origin) => tests.every((test) => test(origin)));
}

/** Not every source knows labels, and what it leaves out because of that is not to be missed in silence. */
function labelled(labels: readonly LabelRequirement[], warn: (text: string) => void): (origin: Origin) => boolean {
  let said = false;
  return (origin) => {
    if (matchesLabels(labels, origin.labels)) return true;
    if (!said && origin.pod !== "" && origin.source !== "pod" && Object.keys(origin.labels).length === 0) {
      said = true;
      warn(`-l leaves out lines of a ${origin.source}, which has them without the labels of their pods`);
    }
    return false;
  };
}

/** Sources ask for each line's origin; there are few of them. */
function rememberingOrigins(test: (origin: Origin) => boolean): (origin: Origin) => boolean {
  const known = new WeakMap<Origin, boolean>();
  return (origin) => {
    let accepted = known.get(origin);
    if (accepted === undefined) {
      accepted = test(origin);
      known.set(origin, accepted);
    }
    return accepted;
  };
}

/** What the flags ask of live pods; the query chooses among them by name. */
export function podSelection(choice: OriginChoice): SelectionFlags {
  return {
    selectorArgs: [],
    namespaces: choice.namespaces,
    allNamespaces: choice.allNamespaces,
    labelSelector: choice.labelSelector,
    fieldSelector: undefined,
    nodes: choice.nodes,
    nodeLabels: { region: [], zone: [], os: [], arch: [] },
    containers: choice.containers,
    excludeContainers: choice.excludeContainers,
    excludePods: choice.excludePods,
    excludeNamespaces: choice.excludeNamespaces,
    initContainers: choice.initContainers,
    ephemeralContainers: choice.ephemeralContainers,
    containerStates: ["running", "waiting", "terminated"],
    condition: undefined,
    defaultContainer: false,
  };
}

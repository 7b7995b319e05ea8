// Judges a pod against the whole selection: how far it comes, and which of its containers are read.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import { matchesCondition } from "./condition.ts";
import { keepsOut, type SelectedContainer, selectContainers } from "./containers.ts";
import { Discovery } from "./discovery.ts";
import type { LiveOptions } from "./live-objects.ts";
import { watchNodeLabels } from "./node-labels.ts";
import { OwnerResolver } from "./owners.ts";
import type { Verdict } from "./pod-census.ts";
import type { PodTest } from "./pod-test.ts";
import { namespacesOf, type Selection, selectorsIn } from "./selection.ts";
import type { Selector } from "./selector.ts";
import { resolveTarget } from "./target.ts";

interface Judgement {
  readonly verdict: Verdict;
  /** Of a selected pod; never empty then. */
  readonly containers: readonly SelectedContainer[];
}

/** `kept`: names of the pod's containers that were selected before. */
export type PodJudge = (pod: Pod, kept: ReadonlySet<string>) => Promise<Judgement>;

/** A selector with the namespaces it looks in and the test of its target. */
interface BoundSelector {
  readonly selector: Selector;
  readonly namespaces: readonly (string | undefined)[];
  readonly test: PodTest;
}

/** Fails with KlogError when something that is selected by name does not exist. */
export async function createPodJudge(
  client: KubernetesClient,
  selection: Selection,
  live: LiveOptions,
): Promise<PodJudge> {
  const discovery = new Discovery(client);
  const owners = new OwnerResolver(client, discovery, live.clock, live.signal);
  const bind = async (selector: Selector): Promise<BoundSelector> => {
    const namespaces = namespacesOf(selector, selection, client);
    return {
      selector,
      namespaces,
      test: await resolveTarget(selector, { ...live, client, discovery, owners, namespaces }),
    };
  };
  const [selectors, onWantedNode] = await Promise.all([
    Promise.all(selectorsIn(selection, client.context).map(bind)),
    watchNodeLabels(client, selection.nodeLabels, live),
  ]);
  return async (pod, kept) => {
    const verdict = keepsOut(pod, selection) ?? (onWantedNode?.(pod) === false ? "other-node" : undefined);
    if (verdict !== undefined) return { verdict, containers: [] };
    const matched = await matchedBy(selectors, pod);
    if (selectors.length > 0 && matched.length === 0) return { verdict: "unnamed", containers: [] };
    if (!matchesCondition(pod, selection.condition)) return { verdict: "condition", containers: [] };
    const containers = selectContainers(pod, selection, { named: namedContainers(matched), kept });
    return { verdict: containers.length === 0 ? "no-container" : "selected", containers };
  };
}

async function matchedBy(selectors: readonly BoundSelector[], pod: Pod): Promise<Selector[]> {
  const { namespace } = pod.metadata;
  const near = selectors.filter((s) => s.namespaces.includes(undefined) || s.namespaces.includes(namespace));
  const answers = await Promise.all(near.map((s) => s.test(pod)));
  return near.filter((_, i) => answers[i] === true).map((s) => s.selector);
}

/** One selector that names no container asks for all of them. */
function namedContainers(matched: readonly Selector[]): Set<string> | undefined {
  const names = matched.flatMap(({ container }) => container ?? []);
  return names.length > 0 && names.length === matched.length ? new Set(names) : undefined;
}

// Which containers of a pod are read, and what keeps a pod out before any selector is asked.
import type { ContainerStatus, Pod } from "../../clients/kubernetes/resources.ts";
import type { ContainerKind } from "./instance.ts";
import type { ContainerStateName, Selection } from "./selection.ts";
import type { NamePattern } from "./selector.ts";

export interface SelectedContainer {
  readonly name: string;
  readonly kind: ContainerKind;
  readonly status: ContainerStatus | undefined;
}

export interface ContainerChoice {
  /** Containers named by the selectors that matched the pod; undefined = not restricted. */
  readonly named?: ReadonlySet<string> | undefined;
  /** Containers that were selected before: --container-state admits a container, it does not end one that is being read. */
  readonly kept?: ReadonlySet<string> | undefined;
}

/** Init containers first, then the pod's own, then ephemeral ones. */
export function selectContainers(pod: Pod, selection: Selection, choice: ContainerChoice = {}): SelectedContainer[] {
  const { named, kept } = choice;
  const only = selection.defaultContainer && named === undefined ? defaultContainerOf(pod) : undefined;
  return allContainers(pod).filter(({ name, kind, status }) => {
    if (kind === "init" && !selection.initContainers) return false;
    if (kind === "ephemeral" && !selection.ephemeralContainers) return false;
    if (named !== undefined && !named.has(name)) return false;
    if (only !== undefined && name !== only) return false;
    if (selection.containers.length > 0 && !matchesAny(selection.containers, name)) return false;
    if (matchesAny(selection.excludeContainers, name)) return false;
    return kept?.has(name) === true || selection.containerStates.includes(stateOf(status));
  });
}

function allContainers({ spec, status }: Pod): SelectedContainer[] {
  const group = (
    kind: ContainerKind,
    containers: readonly { readonly name: string }[] | undefined,
    statuses: readonly ContainerStatus[] | undefined,
  ): SelectedContainer[] =>
    (containers ?? []).map(({ name }) => ({ name, kind, status: statuses?.find((s) => s.name === name) }));
  return [
    ...group("init", spec?.initContainers, status?.initContainerStatuses),
    ...group("container", spec?.containers, status?.containerStatuses),
    ...group("ephemeral", spec?.ephemeralContainers, status?.ephemeralContainerStatuses),
  ];
}

function defaultContainerOf(pod: Pod): string | undefined {
  const annotated = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  const containers = pod.spec?.containers ?? [];
  return containers.some((c) => c.name === annotated) ? annotated : containers[0]?.name;
}

/** No status at all is that of a container which the kubelet has not looked at: it waits. */
export function stateOf(status: ContainerStatus | undefined): ContainerStateName {
  if (status?.state?.running !== undefined) return "running";
  return status?.state?.terminated !== undefined ? "terminated" : "waiting";
}

/** What the pod's own fields say against it, before its owners are asked; the condition comes later, as it may change. */
export function keepsOut(pod: Pod, selection: Selection): "excluded" | "other-node" | undefined {
  if (matchesAny(selection.excludeNamespaces, pod.metadata.namespace ?? "")) return "excluded";
  if (matchesAny(selection.excludePods, pod.metadata.name)) return "excluded";
  if (selection.nodes.length > 0 && !selection.nodes.includes(pod.spec?.nodeName ?? "")) return "other-node";
  return undefined;
}

function matchesAny(patterns: readonly NamePattern[], name: string): boolean {
  return patterns.some((pattern) => pattern.test(name));
}

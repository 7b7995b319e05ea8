// Pods for tests, with only what a test is about spelled out.
import type { ContainerStatus, OwnerReference, Pod } from "../../../src/clients/kubernetes/resources.ts";
import { parseSelection, type Selection, type SelectionFlags } from "../../../src/sources/pods/selection.ts";

export interface PodSketch {
  readonly name?: string;
  readonly uid?: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly owners?: readonly OwnerReference[];
  readonly node?: string;
  readonly containers?: readonly string[];
  readonly init?: readonly string[];
  readonly ephemeral?: readonly string[];
  /** By container; running when not given. */
  readonly states?: Readonly<Record<string, ContainerStatus["state"]>>;
  readonly conditions?: Readonly<Record<string, string>>;
  readonly phase?: string;
}

export function pod(sketch: PodSketch = {}): Pod {
  const { name = "web-1", containers = ["app"], init = [], ephemeral = [], states = {} } = sketch;
  const list = (names: readonly string[]) => names.map((n) => ({ name: n }));
  const statuses = (names: readonly string[]): ContainerStatus[] =>
    names.map((n) => ({ name: n, restartCount: 0, state: states[n] ?? { running: {} } }));
  return {
    kind: "Pod",
    metadata: {
      name,
      uid: sketch.uid ?? `uid-${name}`,
      namespace: sketch.namespace ?? "shop",
      labels: sketch.labels ?? {},
      annotations: sketch.annotations ?? {},
      ownerReferences: sketch.owners ?? [],
    },
    spec: {
      containers: list(containers),
      initContainers: list(init),
      ephemeralContainers: list(ephemeral),
      ...(sketch.node === undefined ? {} : { nodeName: sketch.node }),
    },
    status: {
      phase: sketch.phase ?? "Running",
      conditions: Object.entries(sketch.conditions ?? {}).map(([type, status]) => ({ type, status })),
      containerStatuses: statuses(containers),
      initContainerStatuses: statuses(init),
      ephemeralContainerStatuses: statuses(ephemeral),
    },
  };
}

export function owner(
  kind: string,
  name: string,
  { apiVersion = "apps/v1", uid = `uid-${kind}-${name}` } = {},
): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true };
}

const NO_FLAGS: SelectionFlags = {
  selectorArgs: [],
  namespaces: [],
  allNamespaces: false,
  labelSelector: undefined,
  fieldSelector: undefined,
  nodes: [],
  nodeLabels: { region: [], zone: [], os: [], arch: [] },
  containers: [],
  excludeContainers: [],
  excludePods: [],
  excludeNamespaces: [],
  initContainers: true,
  ephemeralContainers: true,
  containerStates: ["running", "waiting", "terminated"],
  condition: undefined,
  defaultContainer: false,
};

export function selection(
  flags: Partial<SelectionFlags> = {},
  { contexts = ["dev"], knownContexts = ["dev", "prod"] }: { contexts?: string[]; knownContexts?: string[] } = {},
): Selection {
  return parseSelection({ ...NO_FLAGS, ...flags }, { contexts, knownContexts });
}

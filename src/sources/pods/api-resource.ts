// A kind of object as the API serves it, the built-in kinds that have pods, and the paths of their objects.

export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** As in an ownerReference: `ReplicaSet`. */
  readonly kind: string;
  /** As in paths: `replicasets`. */
  readonly plural: string;
  /** As people write it: `replicaset`. */
  readonly singular: string;
  readonly namespaced: boolean;
}

interface BuiltIn extends ApiResource {
  readonly short: readonly string[];
  /** How the pods of one object are found. */
  readonly role: "pod" | "node" | "service" | "ingress" | "workload";
}

const core = { group: "", version: "v1", namespaced: true } as const;
const apps = { group: "apps", version: "v1", namespaced: true, role: "workload" } as const;
const batch = { group: "batch", version: "v1", namespaced: true, role: "workload" } as const;

const BUILT_IN: readonly BuiltIn[] = [
  { ...core, kind: "Pod", plural: "pods", singular: "pod", short: ["po"], role: "pod" },
  { ...apps, kind: "Deployment", plural: "deployments", singular: "deployment", short: ["deploy"] },
  { ...apps, kind: "StatefulSet", plural: "statefulsets", singular: "statefulset", short: ["sts"] },
  { ...apps, kind: "DaemonSet", plural: "daemonsets", singular: "daemonset", short: ["ds"] },
  { ...apps, kind: "ReplicaSet", plural: "replicasets", singular: "replicaset", short: ["rs"] },
  {
    ...core,
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    singular: "replicationcontroller",
    short: ["rc"],
    role: "workload",
  },
  { ...batch, kind: "Job", plural: "jobs", singular: "job", short: [] },
  { ...batch, kind: "CronJob", plural: "cronjobs", singular: "cronjob", short: ["cj"] },
  { ...core, kind: "Service", plural: "services", singular: "service", short: ["svc"], role: "service" },
  {
    group: "networking.k8s.io",
    version: "v1",
    namespaced: true,
    kind: "Ingress",
    plural: "ingresses",
    singular: "ingress",
    short: ["ing"],
    role: "ingress",
  },
  { ...core, namespaced: false, kind: "Node", plural: "nodes", singular: "node", short: ["no"], role: "node" },
];

/** `deploy`, `Deployments`, `deployments.apps`, `deployments.v1.apps`. */
export function builtInKind(typed: string): BuiltIn | undefined {
  const [word, ...rest] = typed.toLowerCase().split(".");
  const found = BUILT_IN.find((r) => r.singular === word || r.plural === word || r.short.includes(word ?? ""));
  if (found === undefined || rest.length === 0) return found;
  const group = rest.join(".");
  return group === found.group || group === `${found.version}.${found.group}` ? found : undefined;
}

/** The built-in kind behind an ownerReference. */
export function builtInOwner(apiVersion: string, kind: string): ApiResource | undefined {
  const group = groupOf(apiVersion);
  return BUILT_IN.find((r) => r.kind === kind && r.group === group);
}

/** `pod (po), deployment (deploy), …`: what an error offers. */
export function builtInNames(): string {
  return BUILT_IN.map((r) => (r.short[0] === undefined ? r.singular : `${r.singular} (${r.short[0]})`)).join(", ");
}

/** `apps` of `apps/v1`; empty for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

/** Where the collection is, or with `name` one object; no namespace = all of them. */
export function pathOf(resource: ApiResource, namespace: string | undefined, name?: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const inside = namespace === undefined || !resource.namespaced ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${inside}/${resource.plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}

/** Only metadata is asked for; the second choice is for what cannot give it (aggregated API servers). */
export const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
export const METADATA_LIST_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

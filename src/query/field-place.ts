// Which field a name in a query means: one that klog knows of every record, a label or tag, or a field of the line itself.

/** What is the same for every line of an origin. */
export type OriginField =
  | "cluster"
  | "node"
  | "namespace"
  | "workload"
  | "app"
  | "pod"
  | "podUid"
  | "container"
  | "containerId"
  | "restart"
  | "image"
  | "path";

export type CoreField = OriginField | "ts" | "level" | "message" | "stream" | "source" | "id";

/** Names of the columns of klog's output and of its codec beside those of the language. */
const CORE_NAMES: ReadonlyMap<string, CoreField> = new Map<string, CoreField>([
  ...aliases("ts", "time", "timestamp", "@timestamp"),
  ...aliases("level", "lvl", "severity"),
  ...aliases("message", "msg"),
  ...aliases("stream"),
  ...aliases("source"),
  ...aliases("id", "log_id"),
  ...aliases("cluster", "k8s_cluster"),
  ...aliases("node", "k8s_node_name"),
  ...aliases("namespace", "ns", "k8s_pod_namespace"),
  ...aliases("workload"),
  ...aliases("app", "docker_app"),
  ...aliases("pod", "k8s_pod"),
  ...aliases("podUid", "pod_uid", "k8s_pod_uid"),
  ...aliases("container", "c", "k8s_container_name", "docker_container"),
  ...aliases("containerId", "container_id"),
  ...aliases("image", "container_image"),
  ...aliases("path", "log.file.path"),
]);

/** Lines have fields of these names too, as often with another meaning (a URL's path): where a line has one, it counts. */
const LINE_FIRST: ReadonlyMap<string, CoreField> = new Map<string, CoreField>([
  ["id", "id"],
  ["host", "node"],
  ["context", "cluster"],
  ["uid", "podUid"],
  ["restart", "restart"],
  ["image", "image"],
  ["path", "path"],
  ["file", "path"],
]);

export type FieldPlace =
  | { readonly kind: "core"; readonly field: CoreField }
  | { readonly kind: "labels" | "tags" | "annotations"; readonly key: string }
  /** A field of the line (or one that came beside it), and of nothing else. */
  | { readonly kind: "attrs"; readonly path: string }
  /** A field of the line, else what else has the name. */
  | { readonly kind: "any"; readonly path: string; readonly core: CoreField | undefined };

/** The field that the name always means, whatever the line holds; undefined for any other name. */
export function coreField(name: string): CoreField | undefined {
  return LINE_FIRST.has(name) ? undefined : CORE_NAMES.get(name);
}

export function placeOf(name: string): FieldPlace {
  const core = coreField(name);
  if (core !== undefined) return { kind: "core", field: core };
  const dot = name.indexOf(".");
  const [prefix, key] = [name.slice(0, dot), name.slice(dot + 1)];
  if (dot > 0 && key !== "") {
    if (prefix === "attrs") return { kind: "attrs", path: key };
    if (prefix === "labels" || prefix === "tags" || prefix === "annotations") return { kind: prefix, key };
  }
  return { kind: "any", path: name, core: LINE_FIRST.get(name) };
}

function aliases(field: CoreField, ...others: string[]): [string, CoreField][] {
  return [field, ...others].map((name) => [name, field]);
}

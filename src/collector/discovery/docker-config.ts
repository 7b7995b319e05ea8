// What Docker's config.v2.json says of a container: its names, image, labels and environment.

export interface DockerContainer {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** Undefined while the file is torn: Docker is writing it. */
export function parseDockerConfig(bytes: Uint8Array): DockerContainer | undefined {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  const container = objectOf(document);
  const config = objectOf(container["Config"]);
  return {
    name: textOf(container["Name"]).replace(/^\//, ""),
    image: textOf(config["Image"]),
    labels: textsOf(config["Labels"]),
    env: environmentOf(config["Env"]),
  };
}

/** The names of log-pilot: a stack or swarm name is stronger than a compose name. */
export function dockerNames({ labels }: DockerContainer): { readonly app: string; readonly service: string } {
  return {
    app: labels["com.docker.stack.namespace"] || labels["com.docker.compose.project"] || "",
    service: labels["com.docker.swarm.service.name"] || labels["com.docker.compose.service"] || "",
  };
}

export interface PodContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  readonly restart: number;
  /** The id of the container that holds the pod together; its labels are the pod's. */
  readonly sandbox: string;
  readonly isSandbox: boolean;
}

/** Undefined where Kubernetes did not make the container. */
export function podContainerOf({ labels }: DockerContainer): PodContainer | undefined {
  const uid = labels["io.kubernetes.pod.uid"];
  const container = labels["io.kubernetes.container.name"];
  if (!uid || !container) return undefined;
  return {
    namespace: labels["io.kubernetes.pod.namespace"] ?? "",
    pod: labels["io.kubernetes.pod.name"] ?? "",
    uid,
    container,
    restart: Number(labels["annotation.io.kubernetes.container.restartCount"]) || 0,
    sandbox: labels["io.kubernetes.sandbox.id"] ?? "",
    isSandbox: labels["io.kubernetes.docker.type"] === "podsandbox",
  };
}

/** A pod's own labels among those of its sandbox: the rest is Kubernetes' book-keeping. */
export function withoutBookkeeping(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => !key.startsWith("io.kubernetes.") && !key.startsWith("annotation.")),
  );
}

function environmentOf(value: unknown): Record<string, string> {
  const env: [string, string][] = [];
  for (const entry of Array.isArray(value) ? value : []) {
    const equals = textOf(entry).indexOf("=");
    if (equals > 0) env.push([entry.slice(0, equals), entry.slice(equals + 1)]);
  }
  return Object.fromEntries(env);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

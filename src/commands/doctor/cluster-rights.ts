// What this user may do in a cluster, asked as `kubectl auth can-i` asks: a SelfSubjectAccessReview for each verb.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import { ApiError } from "../../clients/kubernetes/client.ts";
import { type Finding, findingsOf } from "./finding.ts";

const say = findingsOf("cluster");

interface Right {
  readonly verb: "get" | "list" | "watch";
  /** "" is the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Not of a namespace. */
  readonly clusterWide?: boolean;
}

interface Ability {
  readonly what: string;
  readonly rights: readonly Right[];
  /** klog tail and the pods of klog search need it. */
  readonly isNeeded: boolean;
  /** What goes without it. */
  readonly without: string;
}

const rights = (group: string, resource: string, verbs: string, clusterWide = false): Right[] =>
  verbs.split(" ").map((verb) => ({ verb: verb as Right["verb"], group, resource, clusterWide }));

const ABILITIES: readonly Ability[] = [
  {
    what: "find pods",
    rights: rights("", "pods", "list watch get"),
    isNeeded: true,
    without: "nothing can be read from the cluster",
  },
  {
    what: "read logs",
    rights: [{ verb: "get", group: "", resource: "pods", subresource: "log" }],
    isNeeded: true,
    without: "nothing can be read from the cluster",
  },
  {
    what: "all namespaces",
    rights: rights("", "pods", "list watch", true),
    isNeeded: false,
    without: "-A is refused: name namespaces with -n",
  },
  {
    what: "namespaces' names",
    rights: rights("", "namespaces", "list", true),
    isNeeded: false,
    without: "completion knows no namespaces",
  },
  {
    what: "workloads",
    rights: [
      ...["deployments", "statefulsets", "daemonsets", "replicasets"].flatMap((kind) => rights("apps", kind, "get")),
      ...["jobs", "cronjobs"].flatMap((kind) => rights("batch", kind, "get")),
    ],
    isNeeded: false,
    without: "deploy/web and the like go by the names of owners",
  },
  { what: "services", rights: rights("", "services", "list watch"), isNeeded: false, without: "svc/web is refused" },
  {
    what: "ingresses",
    rights: rights("networking.k8s.io", "ingresses", "list watch"),
    isNeeded: false,
    without: "ing/web is refused",
  },
  {
    what: "nodes",
    rights: rights("", "nodes", "get list watch", true),
    isNeeded: false,
    without: "node/NAME, --region, --zone, --os and --arch are refused",
  },
  { what: "events", rights: rights("", "events", "list watch"), isNeeded: false, without: "--events shows none" },
];

export interface RightsOptions {
  readonly namespaces: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

export async function checkRights(client: KubernetesClient, options: RightsOptions): Promise<Finding[]> {
  try {
    const found = await Promise.all(ABILITIES.map((ability) => checkAbility(client, ability, options)));
    return found.flat();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const advice = "`kubectl auth can-i get pods/log` asks the same";
    return [say("warn", "rights", `the server does not tell what you may do: ${error.message}`, advice)];
  }
}

async function checkAbility(client: KubernetesClient, ability: Ability, options: RightsOptions): Promise<Finding[]> {
  const { what, isNeeded, without } = ability;
  const isWide = ability.rights.every(({ clusterWide }) => clusterWide);
  const places = isWide ? [undefined] : options.namespaces;
  return Promise.all(
    places.map(async (namespace) => {
      const answers = await Promise.all(
        ability.rights.map(async (right) => ({ right, allowed: await isAllowed(client, right, namespace, options) })),
      );
      const refused = answers.filter(({ allowed }) => !allowed).map(({ right }) => right);
      const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
      if (refused.length === 0) return say("ok", what, `${verbsText(ability.rights)}${where}`);
      const detail = `you may not ${verbsText(refused)}${where}: ${without}`;
      return say(isNeeded ? "fail" : "warn", what, detail, advice(isWide));
    }),
  );
}

function advice(isWide: boolean): string {
  const kind = isWide ? "ClusterRole" : "Role";
  return `ask who rules the cluster for a ${kind} with these verbs (README, Permissions)`;
}

async function isAllowed(
  client: KubernetesClient,
  { verb, group, resource, subresource }: Right,
  namespace: string | undefined,
  { timeoutMs, signal }: RightsOptions,
): Promise<boolean> {
  const attributes = { verb, group, resource, subresource, namespace };
  const { status } = await client.get<{ status?: { allowed?: boolean } }>(REVIEWS, {
    post: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: attributes },
    },
    timeoutMs,
    signal,
  });
  return status?.allowed === true;
}

/** `list, watch and get pods`, `get deployments.apps, jobs.batch` */
function verbsText(given: readonly Right[]): string {
  const byResource = new Map<string, string[]>();
  for (const { verb, group, resource, subresource } of given) {
    const name = `${resource}${subresource === undefined ? "" : `/${subresource}`}${group === "" ? "" : `.${group}`}`;
    byResource.set(name, [...(byResource.get(name) ?? []), verb]);
  }
  const byVerbs = new Map<string, string[]>();
  for (const [name, verbs] of byResource) byVerbs.set(verbs.join("/"), [...(byVerbs.get(verbs.join("/")) ?? []), name]);
  return [...byVerbs].map(([verbs, names]) => `${verbs} ${names.join(", ")}`).join("; ");
}

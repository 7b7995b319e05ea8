// Asks a cluster which kinds it serves: for custom resources that a person names, and for owners of custom kinds.
import { ApiError, type KubernetesClient } from "../../clients/kubernetes/client.ts";
import { KlogError } from "../../errors.ts";
import { type ApiResource, builtInOwner, groupOf } from "./api-resource.ts";
import { kindsHint } from "./selector.ts";

/** One request for all kinds since Kubernetes 1.26; older servers answer with the plain list of groups. */
const AGGREGATED = [
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
  "application/json",
].join(",");

interface Served extends ApiResource {
  readonly short: readonly string[];
}

interface GroupDiscoveryList {
  readonly kind: "APIGroupDiscoveryList";
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind: string } | null;
        readonly scope?: string;
        readonly singularResource?: string;
        readonly shortNames?: readonly string[];
      }[];
    }[];
  }[];
}

interface Group {
  readonly name: string;
  readonly preferredVersion: { readonly groupVersion: string };
}

interface GroupList {
  readonly kind: "APIGroupList";
  readonly groups: readonly Group[];
}

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly singularName?: string;
    readonly namespaced: boolean;
    readonly kind: string;
    readonly shortNames?: readonly string[];
  }[];
}

export class Discovery {
  private readonly client: KubernetesClient;
  private readonly versions = new Map<string, Promise<Served[]>>();

  constructor(client: KubernetesClient) {
    this.client = client;
  }

  /** The kind behind an ownerReference; undefined when the cluster does not serve it (any more). */
  async ofOwner(apiVersion: string, kind: string): Promise<ApiResource | undefined> {
    const known = builtInOwner(apiVersion, kind);
    if (known !== undefined) return known;
    const served = await this.ofVersion(apiVersion);
    return served.find((r) => r.kind === kind);
  }

  /** The kind that `typed` names, by plural, singular, kind or short name, as kubectl takes them. */
  async named(typed: string, group: string | undefined): Promise<ApiResource> {
    const found = (await (group === undefined ? this.everything() : this.ofGroup(group))).filter(
      (r) => r.plural === typed || r.singular === typed || r.kind.toLowerCase() === typed || r.short.includes(typed),
    );
    const [first, ...others] = found;
    const written = group === undefined ? typed : `${typed}.${group}`;
    if (first === undefined) {
      throw new KlogError("USAGE", `the cluster of context ${this.client.context} has no kind "${written}"`, {
        hint: kindsHint(),
      });
    }
    if (others.length > 0) {
      const forms = found.map((r) => `${r.plural}.${r.group}`).join(", ");
      throw new KlogError("USAGE", `"${written}" may be one of several kinds: ${forms}`, {
        hint: "write which one, with its group",
      });
    }
    return first;
  }

  private async everything(): Promise<Served[]> {
    const answer = await this.client.get<GroupDiscoveryList | GroupList>("/apis", { accept: AGGREGATED });
    if (answer.kind === "APIGroupDiscoveryList") return answer.items.flatMap(preferredOf);
    // An aggregated API whose server is down must not hide the others.
    const groups = await Promise.allSettled(answer.groups.map((g) => this.ofVersion(g.preferredVersion.groupVersion)));
    return groups.flatMap((g) => (g.status === "fulfilled" ? g.value : []));
  }

  private async ofGroup(group: string): Promise<Served[]> {
    // kubectl also takes plural.version.group.
    const bare = group.replace(/^v\d+(?:(?:alpha|beta)\d+)?\./, "");
    try {
      const { preferredVersion } = await this.client.get<Group>(`/apis/${encodeURIComponent(bare)}`);
      return await this.ofVersion(preferredVersion.groupVersion);
    } catch (error) {
      if (error instanceof ApiError && error.kind === "not-found") return [];
      throw error;
    }
  }

  private ofVersion(apiVersion: string): Promise<Served[]> {
    const known = this.versions.get(apiVersion);
    if (known !== undefined) return known;
    const asked = this.readVersion(apiVersion);
    this.versions.set(apiVersion, asked);
    asked.catch(() => this.versions.delete(apiVersion));
    return asked;
  }

  private async readVersion(apiVersion: string): Promise<Served[]> {
    try {
      const group = groupOf(apiVersion);
      const { resources } = await this.client.get<ResourceList>(
        group === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`,
      );
      const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
      return resources
        .filter((r) => !r.name.includes("/"))
        .map((r) => ({
          group,
          version,
          kind: r.kind,
          plural: r.name,
          singular: r.singularName || r.kind.toLowerCase(),
          namespaced: r.namespaced,
          short: r.shortNames ?? [],
        }));
    } catch (error) {
      if (error instanceof ApiError && error.kind === "not-found") return [];
      throw error;
    }
  }
}

/** The first version that serves a resource is the one that the group prefers. */
function preferredOf(item: GroupDiscoveryList["items"][number]): Served[] {
  const byPlural = new Map<string, Served>();
  for (const { version, resources } of item.versions) {
    for (const r of resources ?? []) {
      if (byPlural.has(r.resource) || !r.responseKind) continue;
      byPlural.set(r.resource, {
        group: item.metadata.name ?? "",
        version,
        kind: r.responseKind.kind,
        plural: r.resource,
        singular: r.singularResource || r.responseKind.kind.toLowerCase(),
        namespaced: r.scope === "Namespaced",
        short: r.shortNames ?? [],
      });
    }
  }
  return [...byPlural.values()];
}

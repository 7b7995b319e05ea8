// Walks from a pod to what owns it, by ownerReferences: each owner is asked for once, and only its metadata.
import { ApiError, type KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { KubernetesObject, OwnerReference, Pod } from "../../clients/kubernetes/resources.ts";
import { Backoff, type Clock } from "../clock.ts";
import { METADATA_ONLY, pathOf } from "./api-resource.ts";
import type { Discovery } from "./discovery.ts";

/** Pod, ReplicaSet, Deployment, Revision, Configuration, Service (Knative) is the longest chain known. */
const MAX_DEPTH = 8;
const MAX_CACHED = 20_000;
const MAX_ATTEMPTS = 4;
/** A refusal is asked again after this long: rights may be given while klog runs. */
const REFUSAL_MS = 60_000;

interface Cached {
  readonly owners: Promise<readonly OwnerReference[]>;
  /** Monotonic ms. */
  expires: number;
}

export class OwnerResolver {
  private readonly client: KubernetesClient;
  private readonly discovery: Discovery;
  private readonly clock: Clock;
  private readonly signal: AbortSignal | undefined;
  private readonly byUid = new Map<string, Cached>();

  constructor(client: KubernetesClient, discovery: Discovery, clock: Clock, signal?: AbortSignal) {
    this.client = client;
    this.discovery = discovery;
    this.clock = clock;
    this.signal = signal;
  }

  /**
   * Every owner above the pod, nearest first. `beyond` says whose owners are worth a request. Throws ApiError where an owner
   * cannot be read; one that is gone ends its branch.
   */
  async chainOf(pod: Pod, beyond: (owner: OwnerReference) => boolean = () => true): Promise<OwnerReference[]> {
    const chain: OwnerReference[] = [];
    const seen = new Set<string>();
    let level: readonly OwnerReference[] = pod.metadata.ownerReferences ?? [];
    for (let depth = 0; level.length > 0 && depth < MAX_DEPTH; depth++) {
      const fresh = level.filter((owner) => !seen.has(owner.uid));
      for (const owner of fresh) seen.add(owner.uid);
      chain.push(...fresh);
      const next = await Promise.all(fresh.filter(beyond).map((owner) => this.ownersOf(owner, pod.metadata.namespace)));
      level = next.flat();
    }
    return chain;
  }

  private ownersOf(owner: OwnerReference, namespace: string | undefined): Promise<readonly OwnerReference[]> {
    const known = this.byUid.get(owner.uid);
    if (known !== undefined && known.expires > this.clock.monotonic()) return known.owners;
    const entry: Cached = { owners: this.read(owner, namespace), expires: Number.POSITIVE_INFINITY };
    entry.owners.catch((error: unknown) => {
      const refused = error instanceof ApiError && error.kind === "forbidden";
      entry.expires = refused ? this.clock.monotonic() + REFUSAL_MS : 0;
    });
    this.byUid.delete(owner.uid);
    this.byUid.set(owner.uid, entry);
    if (this.byUid.size > MAX_CACHED) {
      const [oldest] = this.byUid.keys();
      if (oldest !== undefined) this.byUid.delete(oldest);
    }
    return entry.owners;
  }

  private async read(owner: OwnerReference, namespace: string | undefined): Promise<readonly OwnerReference[]> {
    const backoff = new Backoff(this.clock, { firstMs: 250, maxMs: 5_000 });
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.readOnce(owner, namespace);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const mayPass = error.kind === "busy" || error.kind === "unreachable" || error.kind === "expired";
        if (!mayPass || attempt === MAX_ATTEMPTS || this.signal?.aborted === true) throw error;
        await this.clock.sleep(backoff.next((error.retryAfter ?? 0) * 1000), this.signal);
      }
    }
  }

  private async readOnce(owner: OwnerReference, namespace: string | undefined): Promise<readonly OwnerReference[]> {
    const resource = await this.discovery.ofOwner(owner.apiVersion, owner.kind);
    if (resource === undefined) return [];
    try {
      const { metadata } = await this.client.get<KubernetesObject>(pathOf(resource, namespace, owner.name), {
        accept: METADATA_ONLY,
        ...(this.signal === undefined ? {} : { signal: this.signal }),
      });
      // Another uid is another object, which took the name after ours was deleted.
      return metadata.uid === owner.uid ? (metadata.ownerReferences ?? []) : [];
    } catch (error) {
      if (error instanceof ApiError && error.kind === "not-found") return [];
      throw error;
    }
  }
}

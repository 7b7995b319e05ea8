// Says whether a workload owns a pod: by its owners, or where those may not be read, by the workload's labels or generated names.
import { ApiError, type KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { OwnerReference, Pod } from "../../clients/kubernetes/resources.ts";
import type { Clock } from "../clock.ts";
import { type ApiResource, builtInOwner, groupOf, pathOf } from "./api-resource.ts";
import {
  type LabelRequirement,
  type Labels,
  matchesLabels,
  type ObjectSelector,
  requirementsOf,
} from "./label-selector.ts";
import type { OwnerResolver } from "./owners.ts";
import { type PodProblem, problemOf } from "./problem.ts";
import { workloadOf } from "./workload-name.ts";

/** Controllers of built-in kinds that own objects of another one, which they name after themselves: `web` makes `web-5d9f8c7b6d`. */
const MADE_BY: Readonly<Record<string, string>> = { ReplicaSet: "Deployment", Job: "CronJob" };
const LABELS_FRESH_MS = 60_000;

export interface WorkloadOptions {
  readonly client: KubernetesClient;
  readonly owners: OwnerResolver;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (problem: PodProblem) => void;
}

interface KnownLabels {
  readonly readAt: number;
  readonly requirements: Promise<readonly LabelRequirement[] | undefined>;
}

export class WorkloadTarget {
  private readonly resource: ApiResource;
  private readonly name: string;
  private readonly options: WorkloadOptions;
  private readonly builtIn: boolean;
  private readonly labels = new Map<string, KnownLabels>();
  private readonly reported = new Set<string>();

  constructor(resource: ApiResource, name: string, options: WorkloadOptions) {
    this.resource = resource;
    this.name = name;
    this.options = options;
    this.builtIn = builtInOwner(apiVersionOf(resource), resource.kind) !== undefined;
  }

  /**
   * The owner is known by kind and name, not by uid: a workload that is deleted and made again is still what was asked for.
   */
  async owns(pod: Pod): Promise<boolean> {
    try {
      const chain = await this.options.owners.chainOf(pod, (owner) => this.mayLeadHere(owner));
      return chain.some((owner) => this.isThis(owner));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.ownsByLooks(pod, error);
    }
  }

  private isThis({ apiVersion, kind, name }: OwnerReference): boolean {
    return name === this.name && kind === this.resource.kind && groupOf(apiVersion) === this.resource.group;
  }

  /** Saves the requests that cannot end at this workload; most of a namespace's pods need none. */
  private mayLeadHere(owner: OwnerReference): boolean {
    if (this.isThis(owner)) return false;
    const known = builtInOwner(owner.apiVersion, owner.kind);
    if (known?.kind === "Node") return false;
    if (known === undefined || !this.builtIn) return true;
    if (MADE_BY[known.kind] !== this.resource.kind) return false;
    // `kubectl create job NAME --from=cronjob/…` names the job as it likes.
    return known.kind === "Job" || owner.name.startsWith(`${this.name}-`);
  }

  private async ownsByLooks(pod: Pod, error: ApiError): Promise<boolean> {
    const namespace = pod.metadata.namespace ?? "";
    const requirements = await this.labelsIn(namespace);
    const title = `${this.resource.singular}/${this.name}`;
    this.reportOnce(
      error,
      namespace,
      requirements === undefined
        ? `pods of ${title} are told by their owner's name`
        : `pods of ${title} are told by its labels`,
    );
    return requirements === undefined ? workloadOf(pod) === title : matchesLabels(requirements, pod.metadata.labels);
  }

  private labelsIn(namespace: string): Promise<readonly LabelRequirement[] | undefined> {
    const now = this.options.clock.monotonic();
    const known = this.labels.get(namespace);
    if (known !== undefined && now - known.readAt < LABELS_FRESH_MS) return known.requirements;
    const requirements = this.readLabels(namespace);
    this.labels.set(namespace, { readAt: now, requirements });
    return requirements;
  }

  private async readLabels(namespace: string): Promise<LabelRequirement[] | undefined> {
    const { client, signal } = this.options;
    try {
      const path = pathOf(this.resource, namespace, this.name);
      const { spec } = await client.get<{ readonly spec?: { readonly selector?: ObjectSelector | Labels } }>(path, {
        signal,
      });
      return requirementsOf(spec?.selector);
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }

  private reportOnce(error: ApiError, namespace: string, consequence: string): void {
    const key = `${namespace}/${error.kind}`;
    if (this.reported.has(key)) return;
    this.reported.add(key);
    const { client, report } = this.options;
    // The server names the resource that it refused: the owner between the pod and the workload.
    const resource = /resource "([^"]+)"/.exec(error.message)?.[1] ?? `owners of pods`;
    report(problemOf(error, { context: client.context, namespace, verb: "get", resource, consequence }));
  }
}

function apiVersionOf({ group, version }: ApiResource): string {
  return group === "" ? version : `${group}/${version}`;
}

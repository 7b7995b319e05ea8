// One cluster: the kubeconfig, the server, its clock, and what this user may do there.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import { ApiError } from "../../clients/kubernetes/client.ts";
import { isClusterKnown, type KubeconfigOptions } from "../../clients/kubernetes/kubeconfig.ts";
import { createKubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import { KlogError, messageOf } from "../../errors.ts";
import { ageText } from "../agent/amounts.ts";
import { checkRights } from "./cluster-rights.ts";
import { type Finding, findingsOf } from "./finding.ts";

const say = findingsOf("cluster");

export interface ClusterFacts {
  readonly connection: Omit<KubeconfigOptions, "context" | "namespace">;
  /** undefined: the current one. */
  readonly context: string | undefined;
  /** Empty: the context's own. */
  readonly namespaces: readonly string[];
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export async function checkCluster(facts: ClusterFacts): Promise<Finding[]> {
  let client: KubernetesClient;
  try {
    if (facts.context === undefined && !isClusterKnown(facts.connection)) {
      const advice = "set KUBECONFIG or --kubeconfig, if klog is to read a cluster's pods";
      return [say("warn", "kubeconfig", "there is none: klog tail has nothing to read", advice)];
    }
    client = createKubernetesClient({ ...facts.connection, context: facts.context });
  } catch (error) {
    return [failed("kubeconfig", error)];
  }
  try {
    const found = say("ok", "kubeconfig", `context ${client.context}, namespace ${client.namespace}`);
    const { findings, isReachable } = await checkServer(client, facts);
    if (!isReachable) return [found, ...findings];
    const namespaces = facts.namespaces.length === 0 ? [client.namespace] : facts.namespaces;
    const { timeoutMs, signal } = facts;
    return [found, ...findings, ...(await checkRights(client, { namespaces, timeoutMs, signal }))];
  } finally {
    client.close();
  }
}

interface ServerVersion {
  readonly gitVersion?: string;
}

async function checkServer(
  client: KubernetesClient,
  { timeoutMs, signal, now }: ClusterFacts,
): Promise<{ findings: Finding[]; isReachable: boolean }> {
  let date: string | undefined;
  const asked = now();
  const onHeaders = (headers: { readonly date?: string | undefined }) => {
    date = headers.date;
  };
  try {
    const { gitVersion } = await client.get<ServerVersion>("/version", { timeoutMs, signal, onHeaders });
    const took = now() - asked;
    const reached = say(
      "ok",
      "server",
      `${client.server}, ${gitVersion ?? "of unknown version"}, answered in ${ageText(took)}`,
    );
    return { findings: [reached, ...clock(date, asked + took / 2)], isReachable: true };
  } catch (error) {
    return { findings: [failed("server", error)], isReachable: false };
  }
}

/** A Date header has whole seconds; less than this says nothing. */
const SKEW_MS = 5_000;
const WRONG_MS = 60_000;

/** @param here this machine's time when the answer was written, milliseconds since the epoch. */
export function clock(date: string | undefined, here: number): Finding[] {
  const there = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(there)) return [];
  // The header's second has begun up to a second ago.
  const skew = here - there - 500;
  if (Math.abs(skew) < SKEW_MS) return [say("ok", "clock", "agrees with the server's")];
  const detail = `this machine's is ${ageText(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"} the server's`;
  const advice = "set the clock (NTP): --since and --until are off by as much, and tokens may be refused";
  return [say(Math.abs(skew) < WRONG_MS ? "warn" : "fail", "clock", detail, advice)];
}

function failed(what: string, error: unknown): Finding {
  if (!(error instanceof KlogError) && !(error instanceof ApiError)) throw error;
  // The API's errors say themselves what to do.
  return say("fail", what, messageOf(error), error instanceof KlogError ? error.hint : undefined);
}

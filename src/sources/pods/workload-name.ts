// What owns a pod, read from the pod alone: its nearest owner without the suffixes that controllers generate.
import type { Pod } from "../../clients/kubernetes/resources.ts";

/** `deployment/web`, `cronjob/backup`, `statefulset/db`; `pod/web-1` for a pod that nothing owns. */
export function workloadOf(pod: Pod): string {
  const { name, labels = {}, ownerReferences = [] } = pod.metadata;
  const owner = ownerReferences.find((o) => o.controller === true) ?? ownerReferences[0];
  if (owner === undefined) return `pod/${name}`;
  switch (owner.kind) {
    case "ReplicaSet": {
      const deployment = withoutSuffix(owner.name, labels["pod-template-hash"]);
      if (deployment !== undefined) return `deployment/${deployment}`;
      const rollout = withoutSuffix(owner.name, labels["rollouts-pod-template-hash"]);
      return rollout === undefined ? `replicaset/${owner.name}` : `rollout/${rollout}`;
    }
    case "Job": {
      // A CronJob names its jobs by the minute they were due, counted since 1970.
      const cronJob = /^(.+)-\d{8,}$/.exec(owner.name)?.[1];
      return cronJob === undefined ? `job/${owner.name}` : `cronjob/${cronJob}`;
    }
    case "Node":
      // A static pod carries its node's name, so that one control plane component is one workload on all nodes.
      return `pod/${withoutSuffix(name, owner.name) ?? name}`;
    default:
      return `${owner.kind.toLowerCase()}/${owner.name}`;
  }
}

function withoutSuffix(name: string, suffix: string | undefined): string | undefined {
  return suffix !== undefined && suffix !== "" && name.endsWith(`-${suffix}`) && name.length > suffix.length + 1
    ? name.slice(0, -suffix.length - 1)
    : undefined;
}

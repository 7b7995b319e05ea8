import { expect, test } from "vitest";
import { workloadOf } from "../../../src/sources/pods/workload-name.ts";
import { owner, type PodSketch, pod } from "./pods.ts";

test.each<[string, PodSketch, string]>([
  [
    "a deployment's name is that of the replica set without the pods' hash",
    { owners: [owner("ReplicaSet", "web-5d9f8c7b6d")], labels: { "pod-template-hash": "5d9f8c7b6d" } },
    "deployment/web",
  ],
  ["a bare replica set stays one", { owners: [owner("ReplicaSet", "web-abc")] }, "replicaset/web-abc"],
  [
    "a replica set of an Argo rollout is told by that hash",
    { owners: [owner("ReplicaSet", "web-abc")], labels: { "rollouts-pod-template-hash": "abc" } },
    "rollout/web",
  ],
  ["a job of a cron job loses the minute", { owners: [owner("Job", "backup-29384756")] }, "cronjob/backup"],
  ["another job keeps its number", { owners: [owner("Job", "import-2024")] }, "job/import-2024"],
  ["a stateful set has no suffix", { owners: [owner("StatefulSet", "db")] }, "statefulset/db"],
  ["a custom kind is named as it is", { owners: [owner("StrimziPodSet", "kafka")] }, "strimzipodset/kafka"],
  [
    "a static pod is the same workload on every node",
    { name: "kube-apiserver-master-1", owners: [owner("Node", "master-1", { apiVersion: "v1" })] },
    "pod/kube-apiserver",
  ],
  ["nothing owns the pod", { name: "shell" }, "pod/shell"],
])("%s", (_, sketch, expected) => {
  expect(workloadOf(pod(sketch))).toBe(expected);
});

test("the controller is the owner that counts", () => {
  const owners = [{ ...owner("Thing", "x"), controller: false }, owner("StatefulSet", "db")];
  expect(workloadOf(pod({ owners }))).toBe("statefulset/db");
});

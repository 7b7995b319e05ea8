import { expect, test } from "vitest";
import { selectContainers } from "../../../src/sources/pods/containers.ts";
import { describeTargets } from "../../../src/sources/pods/describe-targets.ts";
import { type PodSketch, pod, selection } from "./pods.ts";

const target = (context: string, sketch: PodSketch) => {
  const of = pod(sketch);
  return { context, pod: of, containers: selectContainers(of, selection()) };
};

test("a dry run is an aligned table in the order of context, namespace and pod", () => {
  const targets = [
    target("prod", { name: "api-1", namespace: "shop" }),
    target("dev", {
      name: "web-1",
      init: ["migrate"],
      node: "worker-1",
      states: { migrate: { terminated: { reason: "Completed" } } },
    }),
    target("dev", { name: "db-0", namespace: "pay", states: { app: { waiting: { reason: "ContainerCreating" } } } }),
  ];
  expect(describeTargets(targets)).toBe(
    [
      "CONTEXT  NAMESPACE  POD    CONTAINER  KIND       STATE                        NODE",
      "dev      pay        db-0   app        container  waiting (ContainerCreating)  -",
      "dev      shop       web-1  migrate    init       terminated (Completed)       worker-1",
      "dev      shop       web-1  app        container  running                      worker-1",
      "prod     shop       api-1  app        container  running                      -",
      "",
    ].join("\n"),
  );
});

test("nothing selected is an empty text", () => {
  expect(describeTargets([])).toBe("");
});

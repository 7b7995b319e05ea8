import { expect, test } from "vitest";
import { Discovery } from "../../../src/sources/pods/discovery.ts";
import { InMemoryCluster } from "./in-memory-cluster.ts";

const rollouts = { name: "rollouts", singularName: "rollout", namespaced: true, kind: "Rollout", shortNames: ["ro"] };
const rollout = { group: "argoproj.io", version: "v1alpha1", kind: "Rollout", plural: "rollouts", namespaced: true };

function older(): InMemoryCluster {
  const api = new InMemoryCluster();
  const group = (name: string, version: string) => ({ name, preferredVersion: { groupVersion: `${name}/${version}` } });
  api.serve("/apis", {
    kind: "APIGroupList",
    groups: [group("argoproj.io", "v1alpha1"), group("down.example.com", "v1")],
  });
  api.serve("/apis/argoproj.io", group("argoproj.io", "v1alpha1"));
  api.serve("/apis/argoproj.io/v1alpha1", {
    groupVersion: "argoproj.io/v1alpha1",
    resources: [rollouts, { ...rollouts, name: "rollouts/scale" }],
  });
  return api;
}

function newer(groups: readonly string[]): InMemoryCluster {
  const api = new InMemoryCluster();
  const version = (name: string) => ({
    version: name,
    resources: [
      {
        resource: "rollouts",
        responseKind: { group: "", version: "", kind: "Rollout" },
        scope: "Namespaced",
        singularResource: "rollout",
        shortNames: ["ro"],
      },
    ],
  });
  const items = groups.map((name) => ({ metadata: { name }, versions: [version("v1alpha1"), version("v1")] }));
  api.serve("/apis", { kind: "APIGroupDiscoveryList", items });
  return api;
}

test.each(["rollouts", "rollout", "ro"])(
  "%s is found in one request where the server gives all kinds at once",
  async (typed) => {
    const api = newer(["argoproj.io"]);
    expect(await new Discovery(api).named(typed, undefined)).toMatchObject(rollout);
    expect(api.requests).toEqual(["get /apis"]);
  },
);

test("an older server is asked group by group, and one that is down hides nothing", async () => {
  expect(await new Discovery(older()).named("rollout", undefined)).toMatchObject(rollout);
});

test.each(["argoproj.io", "v1alpha1.argoproj.io"])("with its group (%s) only that group is asked", async (group) => {
  const api = older();
  expect(await new Discovery(api).named("rollouts", group)).toMatchObject(rollout);
  expect(api.requests).toEqual(["get /apis/argoproj.io", "get /apis/argoproj.io/v1alpha1"]);
});

test("a kind that the cluster does not have is a usage error that names the kinds", async () => {
  await expect(new Discovery(older()).named("rolluot", undefined)).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining('no kind "rolluot"'),
    hint: expect.stringContaining("deployment (deploy)"),
  });
  await expect(new Discovery(older()).named("rollout", "argo.io")).rejects.toMatchObject({ code: "USAGE" });
});

test("a name that several groups have is not guessed", async () => {
  await expect(new Discovery(newer(["argoproj.io", "example.com"])).named("rollout", undefined)).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining("rollouts.argoproj.io, rollouts.example.com"),
  });
});

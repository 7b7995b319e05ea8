import { describe, expect, test } from "vitest";
import { ApiError } from "../../../src/clients/kubernetes/client.ts";
import { Discovery } from "../../../src/sources/pods/discovery.ts";
import { OwnerResolver } from "../../../src/sources/pods/owners.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";
import { InMemoryCluster, named } from "./in-memory-cluster.ts";
import { owner, pod } from "./pods.ts";

const RS = "/apis/apps/v1/namespaces/shop/replicasets/web-1a";

function cluster(): InMemoryCluster {
  const made = new InMemoryCluster();
  made.put(
    RS,
    named("ReplicaSet", "web-1a", { metadata: { uid: "rs", ownerReferences: [owner("Deployment", "web")] } }),
  );
  made.put(
    "/apis/apps/v1/namespaces/shop/deployments/web",
    named("Deployment", "web", { metadata: { uid: "uid-Deployment-web" } }),
  );
  return made;
}

const resolver = (of: InMemoryCluster, clock = new FakeClock()) => new OwnerResolver(of, new Discovery(of), clock);
const ofReplicaSet = (name: string) => pod({ name, owners: [owner("ReplicaSet", "web-1a", { uid: "rs" })] });
const kinds = (chain: readonly { kind: string; name: string }[]) => chain.map((o) => `${o.kind}/${o.name}`);

describe("the owners above a pod", () => {
  test("are told nearest first, to the top", async () => {
    expect(kinds(await resolver(cluster()).chainOf(ofReplicaSet("a")))).toEqual([
      "ReplicaSet/web-1a",
      "Deployment/web",
    ]);
  });

  test("are asked for once, however many pods share them, also at the same moment", async () => {
    const api = cluster();
    const owners = resolver(api);
    await Promise.all(["a", "b", "c"].map((name) => owners.chainOf(ofReplicaSet(name))));
    await owners.chainOf(ofReplicaSet("d"));
    expect(api.requests.filter((r) => r === `get ${RS}`)).toHaveLength(1);
  });

  test("are not asked for where nobody wants to know", async () => {
    const api = cluster();
    expect(kinds(await resolver(api).chainOf(ofReplicaSet("a"), () => false))).toEqual(["ReplicaSet/web-1a"]);
    expect(api.requests).toEqual([]);
  });

  test("end where the owner is gone, also when another object took its name", async () => {
    const api = cluster();
    api.remove(RS);
    expect(kinds(await resolver(api).chainOf(ofReplicaSet("a")))).toEqual(["ReplicaSet/web-1a"]);
    const again = cluster();
    again.put(
      RS,
      named("ReplicaSet", "web-1a", { metadata: { uid: "rs-2", ownerReferences: [owner("Deployment", "other")] } }),
    );
    expect(kinds(await resolver(again).chainOf(ofReplicaSet("a")))).toEqual(["ReplicaSet/web-1a"]);
  });

  test("of custom kinds are found through discovery, which is asked once", async () => {
    const api = cluster();
    const [group, thing] = ["example.com/v1", "/apis/example.com/v1/namespaces/shop/things/t"];
    api.serve("/apis/example.com/v1", {
      groupVersion: group,
      resources: [
        { name: "things", singularName: "thing", namespaced: true, kind: "Thing" },
        { name: "things/status", singularName: "", namespaced: true, kind: "Thing" },
        { name: "realms", singularName: "realm", namespaced: false, kind: "Realm" },
      ],
    });
    api.put(
      thing,
      named("Thing", "t", {
        metadata: { uid: "t", ownerReferences: [owner("Realm", "r", { apiVersion: group, uid: "r" })] },
      }),
    );
    api.put("/apis/example.com/v1/realms/r", named("Realm", "r", { metadata: { uid: "r" } }));
    const owned = (name: string) => pod({ name, owners: [owner("Thing", "t", { apiVersion: group, uid: "t" })] });
    const owners = resolver(api);
    expect(kinds(await owners.chainOf(owned("a")))).toEqual(["Thing/t", "Realm/r"]);
    await owners.chainOf(owned("b"));
    expect(api.requests.filter((r) => r === "get /apis/example.com/v1")).toHaveLength(1);
    expect(api.requests).toContain("get /apis/example.com/v1/realms/r");
  });

  test("that own each other in a circle do not run for ever", async () => {
    const api = cluster();
    api.put(
      RS,
      named("ReplicaSet", "web-1a", {
        metadata: { uid: "rs", ownerReferences: [owner("ReplicaSet", "web-1a", { uid: "rs" })] },
      }),
    );
    expect(kinds(await resolver(api).chainOf(ofReplicaSet("a")))).toEqual(["ReplicaSet/web-1a"]);
  });
});

describe("an owner that cannot be read", () => {
  test("is asked again after a failure that may pass", async () => {
    const api = cluster();
    const clock = new FakeClock();
    api.failOnce(RS, new ApiError("unreachable", "connection reset"));
    api.failOnce(RS, new ApiError("busy", "slow down", { status: 429, retryAfter: 7 }));
    const chain = resolver(api, clock).chainOf(ofReplicaSet("a"));
    await clock.advance(6_000);
    expect(api.requests).toHaveLength(2);
    await clock.advance(5_000);
    expect(kinds(await chain)).toEqual(["ReplicaSet/web-1a", "Deployment/web"]);
  });

  test("is not asked again within a minute of a refusal", async () => {
    const api = cluster();
    const clock = new FakeClock();
    const owners = resolver(api, clock);
    api.refuse((_, resource) => resource === "replicasets");
    for (const name of ["a", "b"])
      await expect(owners.chainOf(ofReplicaSet(name))).rejects.toMatchObject({ kind: "forbidden" });
    expect(api.requests).toHaveLength(1);
    api.refuse(() => false);
    await clock.advance(61_000);
    expect(kinds(await owners.chainOf(ofReplicaSet("c")))).toContain("Deployment/web");
  });

  test("is given up after a few failures, and asked anew for the next pod", async () => {
    const api = cluster();
    const clock = new FakeClock();
    const owners = resolver(api, clock);
    for (let i = 0; i < 4; i++) api.failOnce(RS, new ApiError("unreachable", "connection reset"));
    const chain = owners.chainOf(ofReplicaSet("a"));
    const outcome = chain.catch((error: ApiError) => error.kind);
    await clock.advance(60_000);
    expect(await outcome).toBe("unreachable");
    await settled();
    expect(kinds(await owners.chainOf(ofReplicaSet("b")))).toContain("Deployment/web");
  });
});

import { describe, expect, test } from "vitest";
import { ApiError } from "../../../src/clients/kubernetes/client.ts";
import { InMemoryCluster, named } from "./in-memory-cluster.ts";
import { owner, pod, selection } from "./pods.ts";
import { Watching } from "./watching.ts";

const at = (name: string, namespace = "shop") => `/api/v1/namespaces/${namespace}/pods/${name}`;

function shop(...names: string[]): InMemoryCluster {
  const api = new InMemoryCluster();
  for (const name of names) api.pod("shop", pod({ name }));
  return api;
}

describe("pods that come and go", () => {
  test("those that are there are told, then synced, then what changes", async () => {
    const api = shop("web-1", "web-2", "api-1");
    const watching = new Watching(api, selection({ selectorArgs: ["^web"] }));
    expect(await watching.news()).toEqual(["+web-1 app", "+web-2 app", "synced"]);
    api.pod("shop", pod({ name: "web-3" }));
    api.pod("shop", pod({ name: "web-1", containers: ["app", "late"] }));
    expect(await watching.news()).toEqual(["+web-3 app", "+web-1 app,late"]);
    api.remove(at("web-2"));
    api.remove(at("api-1"));
    expect(await watching.news()).toEqual(["-web-2 deleted"]);
    await watching.stop();
    expect(api.watching).toBe(0);
  });

  test("without follow it is over after the first list", async () => {
    const watching = new Watching(shop("web-1"), selection(), { follow: false });
    await watching.done;
    expect(watching.told).toEqual(["+web-1 app", "synced"]);
  });

  test("a pod that is made again under its name is another one", async () => {
    const api = shop();
    api.pod("shop", pod({ name: "db-0", uid: "first" }));
    const watching = new Watching(api, selection());
    await watching.news();
    api.remove(at("db-0"));
    api.pod("shop", pod({ name: "db-0", uid: "second" }));
    expect(await watching.news()).toEqual(["-db-0 deleted", "+db-0 app"]);
    await watching.stop();
  });

  test("a pod in two scopes is told once, and gone when neither has it", async () => {
    const api = shop();
    api.pod("shop", pod({ name: "web-1", node: "n1" }));
    api.put("/api/v1/nodes/n1", named("Node", "n1"));
    const watching = new Watching(api, selection({ selectorArgs: ["node/n1", "web"] }));
    expect(await watching.news()).toEqual(["+web-1 app", "synced"]);
    expect(api.watching).toBe(2);
    api.pod("shop", pod({ name: "web-1", node: "n1", phase: "Failed" }));
    expect(await watching.news()).toEqual(["+web-1 app"]);
    api.remove(at("web-1"));
    expect(await watching.news()).toEqual(["-web-1 deleted"]);
    await watching.stop();
  });
});

describe("pods that stop matching", () => {
  test("a pod that loses its label is unmatched, one that is deleted is deleted", async () => {
    const api = shop();
    for (const name of ["a", "b"]) api.pod("shop", pod({ name, labels: { app: "web" } }));
    const watching = new Watching(api, selection({ labelSelector: "app=web" }));
    expect(await watching.news()).toEqual(["+a app", "+b app", "synced"]);
    api.pod("shop", pod({ name: "a", labels: { app: "off" } }));
    api.remove(at("b"));
    expect((await watching.news()).sort()).toEqual(["-a unmatched", "-b deleted"]);
    api.pod("shop", pod({ name: "a", labels: { app: "web" } }));
    expect(await watching.news()).toEqual(["+a app"]);
    await watching.stop();
  });

  test("a label that goes and comes back at once leaves the pod told in that order", async () => {
    const api = shop();
    api.pod("shop", pod({ name: "a", labels: { app: "web" } }));
    const watching = new Watching(api, selection({ labelSelector: "app=web" }));
    await watching.news();
    const release = api.hold(at("a"));
    api.pod("shop", pod({ name: "a", labels: { app: "off" } }));
    api.pod("shop", pod({ name: "a", labels: { app: "web" }, containers: ["app", "new"] }));
    release();
    expect(await watching.news()).toEqual(["-a unmatched", "+a app,new"]);
    await watching.stop();
  });

  test("--condition follows the pod's state", async () => {
    const api = shop();
    const state = (status: string) => api.pod("shop", pod({ name: "a", conditions: { Ready: status } }));
    state("False");
    const watching = new Watching(api, selection({ condition: "ready" }));
    expect(await watching.news()).toEqual(["synced"]);
    state("True");
    state("False");
    expect(await watching.news()).toEqual(["+a app", "-a unmatched"]);
    await watching.stop();
  });

  test("a container that was admitted as running stays when it ends", async () => {
    const api = shop();
    api.pod("shop", pod({ name: "a", containers: ["app", "side"], states: { side: { waiting: {} } } }));
    const watching = new Watching(api, selection({ containerStates: ["running"] }));
    expect(await watching.news()).toEqual(["+a app", "synced"]);
    api.pod("shop", pod({ name: "a", containers: ["app", "side"], states: { app: { terminated: { exitCode: 1 } } } }));
    expect(await watching.news()).toEqual(["+a app,side"]);
    await watching.stop();
  });
});

describe("order while owners are asked for", () => {
  test("events of one pod are told in their order, and other pods do not wait", async () => {
    const api = shop();
    const rs = "/apis/apps/v1/namespaces/shop/replicasets/web-1a";
    api.put("/apis/apps/v1/namespaces/shop/deployments/web", named("Deployment", "web"));
    api.put(
      rs,
      named("ReplicaSet", "web-1a", { metadata: { uid: "rs", ownerReferences: [owner("Deployment", "web")] } }),
    );
    const watching = new Watching(api, selection({ selectorArgs: ["deploy/web", "^plain"] }));
    expect(await watching.news()).toEqual(["synced"]);
    const release = api.hold(rs);
    const owned = { name: "web-1a-x", owners: [owner("ReplicaSet", "web-1a", { uid: "rs" })] };
    api.pod("shop", pod(owned));
    api.pod("shop", pod({ ...owned, containers: ["app", "two"] }));
    api.remove(at("web-1a-x"));
    api.pod("shop", pod({ name: "plain" }));
    expect(await watching.news()).toEqual(["+plain app"]);
    release();
    expect(await watching.news()).toEqual(["+web-1a-x app", "+web-1a-x app,two", "-web-1a-x deleted"]);
    await watching.stop();
  });
});

describe("containers named by selectors", () => {
  test("only the named one is read, unless another selector takes the whole pod", async () => {
    const api = shop();
    api.pod("shop", pod({ name: "web-1", containers: ["app", "proxy"] }));
    const one = new Watching(api, selection({ selectorArgs: ["pod/web-1/proxy"] }), { follow: false });
    await one.done;
    expect(one.told).toEqual(["+web-1 proxy", "synced"]);
    const both = new Watching(api, selection({ selectorArgs: ["pod/web-1/proxy", "web"] }), { follow: false });
    await both.done;
    expect(both.told).toEqual(["+web-1 app,proxy", "synced"]);
  });
});

describe("what may not be read", () => {
  test("a refused namespace is named with verb and resource, and the others go on", async () => {
    const api = shop("web-1");
    api.refuse((_, __, namespace) => namespace === "pay");
    const watching = new Watching(api, selection({ namespaces: ["pay", "shop"] }));
    expect(await watching.news()).toEqual(["+web-1 app", "synced"]);
    expect(watching.problems).toMatchObject([
      {
        context: "dev",
        namespace: "pay",
        verb: "list",
        resource: "pods",
        kind: "forbidden",
        message: 'you may not list pods in namespace "pay" (context dev)',
        hint: "ask for the verbs get, list and watch on pods, and get on pods/log",
      },
    ]);
    expect(watching.census.counts().unreadable).toEqual(['you may not list pods in namespace "pay" (context dev)']);
    api.refuse(() => false);
    api.pod("pay", pod({ name: "pay-1" }));
    await watching.clock.advance(61_000);
    expect(await watching.news()).toEqual(["+pay-1 app"]);
    expect(watching.census.counts().unreadable).toEqual([]);
    await watching.stop();
  });

  test("a refused cluster points to -n", async () => {
    const api = shop("web-1");
    api.refuse((_, __, namespace) => namespace === undefined);
    const watching = new Watching(api, selection({ allNamespaces: true }), { follow: false });
    await watching.done;
    expect(watching.told).toEqual(["synced"]);
    expect(watching.problems).toMatchObject([
      { message: "you may not list pods in all namespaces (context dev)", hint: expect.stringContaining("-n NAME") },
    ]);
  });

  test("a refused watch is named as such, and pods are still found", async () => {
    const api = shop("web-1");
    api.refuse((verb) => verb === "watch");
    const watching = new Watching(api, selection());
    expect(await watching.news()).toEqual(["+web-1 app", "synced"]);
    expect(watching.problems).toMatchObject([{ verb: "watch", retryInMs: 5000 }]);
    api.pod("shop", pod({ name: "web-2" }));
    await watching.clock.advance(5_100);
    expect(await watching.news()).toEqual(["+web-2 app"]);
    await watching.stop();
  });

  test("one pod that may be got by its name is followed without list and watch", async () => {
    const api = shop("web-1");
    api.refuse((verb) => verb !== "get");
    const watching = new Watching(api, selection({ selectorArgs: ["pod/web-1"] }));
    expect(await watching.news()).toEqual(["+web-1 app", "synced"]);
    expect(watching.problems).toEqual([]);
    api.pod("shop", pod({ name: "web-1", phase: "Failed" }));
    await watching.clock.advance(5_100);
    expect(await watching.news()).toEqual(["+web-1 app"]);
    api.remove(at("web-1"));
    await watching.clock.advance(5_100);
    expect(await watching.news()).toEqual(["-web-1 deleted"]);
    await watching.stop();
  });

  test("a server that fails for a moment is waited for, and said once", async () => {
    const api = shop("web-1");
    const list = "/api/v1/namespaces/shop/pods";
    for (let i = 0; i < 3; i++) api.failOnce(list, new ApiError("unreachable", "connection refused"));
    const watching = new Watching(api, selection());
    expect(await watching.news()).toEqual([]);
    await watching.clock.advance(5_000);
    expect(await watching.news()).toEqual(["+web-1 app", "synced"]);
    expect(watching.notes).toEqual(['cannot list pods in namespace "shop" (context dev): connection refused']);
    await watching.stop();
  });
});

describe("empty namespaces", () => {
  test("a namespace that does not exist is told, with the nearest names", async () => {
    const watching = new Watching(shop("web-1"), selection({ namespaces: ["shp"] }), { follow: false });
    await watching.done;
    expect(watching.problems).toMatchObject([
      { kind: "not-found", message: 'there is no namespace "shp" (context dev)', hint: "there is: shop" },
    ]);
  });

  test("a namespace from which nothing is selected, beside others, is noted", async () => {
    const api = shop("web-1");
    api.put("/api/v1/namespaces/pay", named("Namespace", "pay"));
    api.pod("pay", pod({ name: "other" }));
    const watching = new Watching(api, selection({ selectorArgs: ["web"], namespaces: ["shop", "pay"] }), {
      follow: false,
    });
    await watching.done;
    expect(watching.problems).toMatchObject([
      { kind: "note", namespace: "pay", message: expect.stringContaining("no pod is selected") },
    ]);
  });

  test("a single namespace without pods is left to the report", async () => {
    const watching = new Watching(shop(), selection(), { follow: false });
    await watching.done;
    expect(watching.problems).toEqual([]);
  });

  test("-n that no selector uses is noted", async () => {
    const api = shop("web-1");
    const watching = new Watching(api, selection({ selectorArgs: ["shop:web"], namespaces: ["pay"] }), {
      follow: false,
    });
    await watching.done;
    expect(watching.notes).toEqual(["-n pay is used by no selector: each names its own namespace"]);
  });
});

describe("nodes", () => {
  test("--zone takes the pods of nodes with that label, also of one that joins later", async () => {
    const api = shop();
    const node = (name: string, zone: string) =>
      api.put(
        `/api/v1/nodes/${name}`,
        named("Node", name, { metadata: { labels: { "topology.kubernetes.io/zone": zone } } }),
      );
    node("n1", "a");
    node("n2", "b");
    for (const n of ["1", "2", "3"]) api.pod("shop", pod({ name: `web-${n}`, node: `n${n}` }));
    const flags = { nodeLabels: { region: [], zone: ["a", "c"], os: [], arch: [] } };
    const watching = new Watching(api, selection(flags));
    expect(await watching.news()).toEqual(["+web-1 app", "synced"]);
    node("n3", "c");
    expect(await watching.news()).toEqual(["+web-3 app"]);
    await watching.stop();
  });

  test("--zone without the right to list nodes ends with what is missing", async () => {
    const api = shop("web-1");
    api.refuse((_, resource) => resource === "nodes");
    const flags = { nodeLabels: { region: [], zone: ["a"], os: [], arch: [] } };
    await expect(new Watching(api, selection(flags)).done).rejects.toMatchObject({
      code: "KUBERNETES_DENIED",
      message: "you may not list nodes (context dev), which --zone needs",
    });
    expect(api.watching).toBe(0);
  });
});

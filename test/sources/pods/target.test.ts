import { describe, expect, test } from "vitest";
import { InMemoryCluster, named } from "./in-memory-cluster.ts";
import { owner, pod, selection } from "./pods.ts";
import { Watching } from "./watching.ts";

const apps = (plural: string, name: string, namespace = "shop") =>
  `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`;
const service = (name: string, namespace = "shop") => `/api/v1/namespaces/${namespace}/services/${name}`;
const at = (name: string) => `/api/v1/namespaces/shop/pods/${name}`;

/** A deployment with one replica set and a pod of it. */
function deploy(
  api: InMemoryCluster,
  name: string,
  hash: string,
  { namespace = "shop", labels = {} as Record<string, string> } = {},
): void {
  const uid = `${namespace}-${name}-${hash}`;
  const spec = { selector: { matchLabels: { app: name } } };
  api.put(apps("deployments", name, namespace), named("Deployment", name, { spec }));
  const ownerReferences = [owner("Deployment", name)];
  api.put(
    apps("replicasets", `${name}-${hash}`, namespace),
    named("ReplicaSet", `${name}-${hash}`, { metadata: { uid, ownerReferences } }),
  );
  const owners = [owner("ReplicaSet", `${name}-${hash}`, { uid })];
  const ofTemplate = { app: name, "pod-template-hash": hash, ...labels };
  api.pod(namespace, pod({ name: `${name}-${hash}-x`, uid: `pod-${uid}`, labels: ofTemplate, owners }));
}

async function once(api: InMemoryCluster, flags: Parameters<typeof selection>[0]): Promise<Watching> {
  const watching = new Watching(api, selection(flags), { follow: false });
  await watching.done;
  return watching;
}

const podsOf = ({ told }: Watching) => told.filter((t) => t !== "synced").map((t) => t.slice(1, t.indexOf(" ")));

describe("a workload", () => {
  test("has the pods that it owns, and not a stranger with its labels", async () => {
    const api = new InMemoryCluster();
    deploy(api, "web", "1a");
    deploy(api, "web-admin", "2b");
    api.pod("shop", pod({ name: "stranger", labels: { app: "web" } }));
    expect(podsOf(await once(api, { selectorArgs: ["deploy/web"] }))).toEqual(["web-1a-x"]);
  });

  test("costs a request for each of its replica sets, none for those of others", async () => {
    const api = new InMemoryCluster();
    deploy(api, "web", "1a");
    for (const other of ["api", "db", "cache"]) deploy(api, other, "9f");
    await once(api, { selectorArgs: ["deploy/web"] });
    expect(api.requests.filter((r) => r.includes("replicasets"))).toEqual([`get ${apps("replicasets", "web-1a")}`]);
  });

  test("keeps its pods through a rolling deployment, and after it was deleted and made again", async () => {
    const api = new InMemoryCluster();
    deploy(api, "web", "1a");
    const watching = new Watching(api, selection({ selectorArgs: ["deploy/web"] }));
    expect(await watching.news()).toEqual(["+web-1a-x app", "synced"]);
    deploy(api, "web", "2b");
    expect(await watching.news()).toEqual(["+web-2b-x app"]);
    for (const hash of ["1a", "2b"]) api.remove(at(`web-${hash}-x`));
    api.remove(apps("deployments", "web"));
    expect((await watching.news()).sort()).toEqual(["-web-1a-x deleted", "-web-2b-x deleted"]);
    deploy(api, "web", "3c");
    expect(await watching.news()).toEqual(["+web-3c-x app"]);
    await watching.stop();
  });

  test.each([
    ["sts/db", "/apis/apps/v1/namespaces/shop/statefulsets/db", owner("StatefulSet", "db")],
    ["ds/db", "/apis/apps/v1/namespaces/shop/daemonsets/db", owner("DaemonSet", "db")],
    ["rs/db", "/apis/apps/v1/namespaces/shop/replicasets/db", owner("ReplicaSet", "db")],
    [
      "rc/db",
      "/api/v1/namespaces/shop/replicationcontrollers/db",
      owner("ReplicationController", "db", { apiVersion: "v1" }),
    ],
    ["job/db", "/apis/batch/v1/namespaces/shop/jobs/db", owner("Job", "db", { apiVersion: "batch/v1" })],
  ])("%s has the pods that name it as their owner", async (text, path, reference) => {
    const api = new InMemoryCluster();
    api.put(path, named(reference.kind, "db"));
    api.pod("shop", pod({ name: "mine", owners: [reference] }));
    api.pod("shop", pod({ name: "other", owners: [{ ...reference, name: "db2", uid: "2" }] }));
    api.pod("shop", pod({ name: "alike", owners: [{ ...reference, apiVersion: "example.com/v1", uid: "3" }] }));
    api.serve("/apis/example.com/v1", { groupVersion: "example.com/v1", resources: [] });
    expect(podsOf(await once(api, { selectorArgs: [text] }))).toEqual(["mine"]);
  });

  test("a cron job has the pods of its jobs", async () => {
    const api = new InMemoryCluster();
    const job = "/apis/batch/v1/namespaces/shop/jobs/backup-29384756";
    api.put("/apis/batch/v1/namespaces/shop/cronjobs/backup", named("CronJob", "backup"));
    const ownerReferences = [owner("CronJob", "backup", { apiVersion: "batch/v1" })];
    api.put(job, named("Job", "backup-29384756", { metadata: { uid: "j", ownerReferences } }));
    api.pod(
      "shop",
      pod({ name: "mine", owners: [owner("Job", "backup-29384756", { apiVersion: "batch/v1", uid: "j" })] }),
    );
    expect(podsOf(await once(api, { selectorArgs: ["cj/backup"] }))).toEqual(["mine"]);
  });

  test("of a custom kind is found by discovery and has the pods behind its replica sets", async () => {
    const api = new InMemoryCluster();
    const group = { name: "argoproj.io", preferredVersion: { groupVersion: "argoproj.io/v1" } };
    api.serve("/apis", { kind: "APIGroupList", groups: [group] });
    api.serve("/apis/argoproj.io/v1", {
      groupVersion: "argoproj.io/v1",
      resources: [{ name: "rollouts", singularName: "rollout", namespaced: true, kind: "Rollout" }],
    });
    api.put("/apis/argoproj.io/v1/namespaces/shop/rollouts/web", named("Rollout", "web"));
    const ownerReferences = [owner("Rollout", "web", { apiVersion: "argoproj.io/v1" })];
    api.put(apps("replicasets", "web-1a"), named("ReplicaSet", "web-1a", { metadata: { uid: "rs", ownerReferences } }));
    api.pod("shop", pod({ name: "mine", owners: [owner("ReplicaSet", "web-1a", { uid: "rs" })] }));
    expect(podsOf(await once(api, { selectorArgs: ["rollout/web"] }))).toEqual(["mine"]);
  });

  test("with -A is looked for in every namespace", async () => {
    const api = new InMemoryCluster();
    deploy(api, "web", "1a", { namespace: "a" });
    deploy(api, "web", "2b", { namespace: "b" });
    expect(podsOf(await once(api, { selectorArgs: ["deploy/web"], allNamespaces: true }))).toEqual([
      "web-1a-x",
      "web-2b-x",
    ]);
  });

  test("and a label selector must both hold", async () => {
    const api = new InMemoryCluster();
    deploy(api, "web", "1a", { labels: { track: "canary" } });
    deploy(api, "web", "2b");
    expect(podsOf(await once(api, { selectorArgs: ["deploy/web"], labelSelector: "track=canary" }))).toEqual([
      "web-1a-x",
    ]);
  });
});

describe("owners that may not be read", () => {
  test("are replaced by the workload's labels, which is said once", async () => {
    const api = new InMemoryCluster();
    for (const hash of ["1a", "2b"]) deploy(api, "web", hash);
    deploy(api, "api", "1a");
    api.refuse((_, resource) => resource === "replicasets");
    const watching = await once(api, { selectorArgs: ["deploy/web"] });
    expect(podsOf(watching)).toEqual(["web-1a-x", "web-2b-x"]);
    expect(watching.notes).toEqual([
      'you may not get replicasets in namespace "shop" (context dev); pods of deployment/web are told by its labels',
    ]);
  });

  test("are replaced by generated names where the workload may not be read either", async () => {
    const api = new InMemoryCluster();
    deploy(api, "web", "1a");
    deploy(api, "web-admin", "2b");
    api.refuse((_, resource) => resource !== "pods");
    const watching = await once(api, { selectorArgs: ["deploy/web"] });
    expect(podsOf(watching)).toEqual(["web-1a-x"]);
    expect(watching.notes).toEqual([
      'you may not get deployments in namespace "shop" (context dev); whether deployment/web exists is not known',
      `you may not get replicasets in namespace "shop" (context dev); pods of deployment/web are told by their owner's name`,
    ]);
  });
});

describe("a service", () => {
  function select(api: InMemoryCluster, color: string): void {
    const spec = { selector: { app: "web", color } };
    api.put(service("web"), named("Service", "web", { metadata: { uid: "service" }, spec }));
  }

  function blueGreen(): InMemoryCluster {
    const api = new InMemoryCluster();
    for (const color of ["blue", "green"]) api.pod("shop", pod({ name: color, labels: { app: "web", color } }));
    api.pod("shop", pod({ name: "other", labels: { app: "api", color: "blue" } }));
    select(api, "blue");
    return api;
  }

  test("has the pods of its selector, also after that was switched", async () => {
    const api = blueGreen();
    const watching = new Watching(api, selection({ selectorArgs: ["svc/web"] }));
    expect(await watching.news()).toEqual(["+blue app", "synced"]);
    select(api, "green");
    expect((await watching.news()).sort()).toEqual(["+green app", "-blue unmatched"]);
    await watching.stop();
  });

  test("in several namespaces selects in each its own pods", async () => {
    const api = blueGreen();
    api.put(service("web", "pay"), named("Service", "web", { spec: { selector: { app: "pay" } } }));
    api.pod("pay", pod({ name: "pay-1", labels: { app: "pay" } }));
    api.pod("pay", pod({ name: "web-1", labels: { app: "web", color: "blue" } }));
    expect(podsOf(await once(api, { selectorArgs: ["svc/web"], allNamespaces: true })).sort()).toEqual([
      "blue",
      "pay-1",
    ]);
  });

  test("without a selector is an error that says so", async () => {
    const api = blueGreen();
    api.put(
      service("ext"),
      named("Service", "ext", { spec: { type: "ExternalName", externalName: "db.example.com" } }),
    );
    await expect(once(api, { selectorArgs: ["svc/ext"] })).rejects.toMatchObject({
      message: expect.stringMatching(/service "ext" in namespace "shop".*has no selector.*db\.example\.com/),
    });
  });

  test("that may not be listed is an error that names the right", async () => {
    const api = blueGreen();
    api.refuse((_, resource) => resource === "services");
    await expect(once(api, { selectorArgs: ["svc/web"] })).rejects.toMatchObject({
      code: "KUBERNETES_DENIED",
      message: 'you may not list services in namespace "shop" (context dev), which svc/web needs',
      hint: "ask for the verbs get, list and watch on services",
    });
  });
});

describe("an ingress", () => {
  const ingress = (name: string) => `/apis/networking.k8s.io/v1/namespaces/shop/ingresses/${name}`;
  const backend = (name: string) => ({ service: { name } });

  function routed(): InMemoryCluster {
    const api = new InMemoryCluster();
    for (const app of ["front", "back", "fallback", "hidden"]) {
      api.put(service(app), named("Service", app, { spec: { selector: { app } } }));
      api.pod("shop", pod({ name: app, labels: { app } }));
    }
    const rules = [
      { http: { paths: [{ backend: backend("front") }, { backend: backend("back") }] } },
      { host: "bare.example.com" },
      { http: { paths: [{ backend: { resource: { kind: "Bucket" } } }] } },
    ];
    api.put(ingress("main"), named("Ingress", "main", { spec: { defaultBackend: backend("fallback"), rules } }));
    return api;
  }

  test("has the pods of the services of all rules and of the default backend", async () => {
    expect(podsOf(await once(routed(), { selectorArgs: ["ing/main"] })).sort()).toEqual(["back", "fallback", "front"]);
  });

  test("follows its rules", async () => {
    const api = routed();
    const watching = new Watching(api, selection({ selectorArgs: ["ing/main"] }));
    await watching.news();
    api.remove(ingress("main"));
    expect((await watching.news()).sort()).toEqual(["-back unmatched", "-fallback unmatched", "-front unmatched"]);
    api.put(ingress("main"), named("Ingress", "main", { spec: { defaultBackend: backend("hidden") } }));
    expect(await watching.news()).toEqual(["+hidden app"]);
    await watching.stop();
  });

  test("that leads to no service is an error", async () => {
    const api = routed();
    api.put(ingress("empty"), named("Ingress", "empty", { spec: {} }));
    await expect(once(api, { selectorArgs: ["ing/empty"] })).rejects.toMatchObject({
      message: expect.stringContaining("leads to no service"),
    });
  });
});

describe("a node", () => {
  test("has its pods, in every namespace", async () => {
    const api = new InMemoryCluster();
    api.put("/api/v1/nodes/n1", named("Node", "n1"));
    for (const namespace of ["shop", "pay"]) {
      api.pod(namespace, pod({ name: `${namespace}-1`, node: "n1" }));
      api.pod(namespace, pod({ name: `${namespace}-2`, node: "n2" }));
    }
    expect(podsOf(await once(api, { selectorArgs: ["node/n1"] })).sort()).toEqual(["pay-1", "shop-1"]);
  });
});

describe("a name that is not there", () => {
  function some(): InMemoryCluster {
    const api = new InMemoryCluster();
    for (const name of ["worker", "web", "database"]) deploy(api, name, "1a");
    api.put(service("web"), named("Service", "web", { spec: { selector: { app: "web" } } }));
    return api;
  }

  test("is answered with the nearest ones", async () => {
    await expect(once(some(), { selectorArgs: ["deploy/wbe"] })).rejects.toMatchObject({
      code: "KUBERNETES_NOT_FOUND",
      message: 'no deployment "wbe" in namespace "shop" (context dev)',
      hint: "there are: web, worker, database",
    });
  });

  test.each([
    ["svc/wbe", 'no service "wbe" in namespace "shop"', "there is: web"],
    ["pod/web-1a", 'no pod "web-1a" in namespace "shop"', "there are: web-1a-x, "],
    ["node/n9", 'no node "n9" (context dev)', "no nodes are to be seen there"],
    ["ing/main", 'no ingress "main"', "no ingresses are to be seen"],
    [
      "nope:deploy/web",
      'no deployment "web" in namespace "nope" (context dev): there is no namespace "nope"',
      "there is: shop",
    ],
  ])("%s: %s", async (text, message, hint) => {
    await expect(once(some(), { selectorArgs: [text] })).rejects.toMatchObject({
      code: "KUBERNETES_NOT_FOUND",
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  test("in one of several namespaces is no error", async () => {
    const api = some();
    api.put("/api/v1/namespaces/pay", named("Namespace", "pay"));
    const watching = await once(api, { selectorArgs: ["deploy/web"], namespaces: ["pay", "shop"] });
    expect(podsOf(watching)).toEqual(["web-1a-x"]);
  });
});

import { describe, expect, test } from "vitest";
import type { KubernetesClient, RequestOptions } from "../../../src/clients/kubernetes/client.ts";
import { answer, type Cluster } from "../../../src/commands/complete/providers.ts";
import type { Question } from "../../../src/commands/complete/request.ts";

const meta = (name: string, namespace?: string, labels?: Record<string, string>) => ({
  metadata: {
    name,
    uid: name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
  },
});
const PODS = [
  meta("web-1", "shop", { app: "web", tier: "front" }),
  meta("web-2", "shop", { app: "web" }),
  meta("api-1", "shop", { app: "api" }),
];
const SERVER: Record<string, unknown[]> = {
  "/api/v1/namespaces": [meta("shop"), meta("pay")],
  "/api/v1/nodes": [
    meta("n1", undefined, { "kubernetes.io/os": "linux" }),
    meta("n2", undefined, { "kubernetes.io/os": "linux" }),
  ],
  "/api/v1/namespaces/shop/pods": PODS,
  "/api/v1/namespaces/pay/pods": [meta("pay-1", "pay")],
  "/api/v1/pods": [...PODS, meta("pay-1", "pay")],
  "/apis/apps/v1/namespaces/shop/deployments": [meta("web", "shop"), meta("api", "shop")],
  "/apis/batch/v1/cronjobs": [meta("report", "pay")],
};

function cluster() {
  const requests: { context: string | undefined; path: string; options: RequestOptions | undefined }[] = [];
  const fake: Cluster = {
    contexts: async () => [
      { name: "prod eu", cluster: "c1", user: "me", namespace: "shop", current: true },
      { name: "test", cluster: "c1", user: "ci", namespace: undefined, current: false },
    ],
    client: async (context) =>
      ({
        namespace: "shop",
        async get(path: string, options?: RequestOptions) {
          requests.push({ context, path, options });
          const items = SERVER[path];
          if (items === undefined) throw new Error(`404 ${path}`);
          return { metadata: {}, items };
        },
      }) as unknown as KubernetesClient,
  };
  return { fake, requests };
}

const FLAGS = { contexts: [], namespaces: [], allNamespaces: false };
const signal = new AbortController().signal;
const values = async (question: Question, flags = {}) =>
  (await answer(question, { ...FLAGS, ...flags }, cluster().fake, signal)).map(({ value }) => value);

describe("answers of a cluster", () => {
  test("contexts are described, clusters and users are named once", async () => {
    expect(await answer({ what: "contexts" }, FLAGS, cluster().fake, signal)).toEqual([
      { value: "prod eu", description: "current, cluster c1, namespace shop" },
      { value: "test", description: "cluster c1" },
    ]);
    expect(await values({ what: "clusters" })).toEqual(["c1"]);
    expect(await values({ what: "users" })).toEqual(["me", "ci"]);
  });

  test("pods are those of the context's namespace, of the flags', or of the word's own", async () => {
    expect(await values({ what: "pods" })).toEqual(["web-1", "web-2", "api-1"]);
    expect(await values({ what: "pods" }, { namespaces: ["pay"] })).toEqual(["pay-1"]);
    expect(await values({ what: "pods", namespace: "pay" }, { namespaces: ["shop"] })).toEqual(["pay-1"]);
  });

  test("over several namespaces the description tells which", async () => {
    const answers = await answer({ what: "pods" }, { ...FLAGS, allNamespaces: true }, cluster().fake, signal);
    expect(answers.at(-1)).toEqual({ value: "pay-1", description: "pay" });
  });

  test("names of a kind come from its own API group", async () => {
    expect(await values({ what: "names", of: "deploy" })).toEqual(["web", "api"]);
    expect(await values({ what: "names", of: "cj" }, { allNamespaces: true })).toEqual(["report"]);
    expect(await values({ what: "names", of: "node" })).toEqual(["n1", "n2"]);
    expect(await values({ what: "names", of: "nonsense" })).toEqual([]);
  });

  test("labels are those that pods and nodes have", async () => {
    expect(await values({ what: "label-keys" })).toEqual(["app", "tier"]);
    expect(await values({ what: "label-values", of: "app" })).toEqual(["web", "api"]);
    expect(await values({ what: "node-labels", of: "kubernetes.io/os" })).toEqual(["linux"]);
  });

  test("containers of every sort are read from whole pods", async () => {
    const { fake, requests } = cluster();
    SERVER["/api/v1/namespaces/jobs/pods"] = [
      { ...meta("x"), spec: { containers: [{ name: "app" }, { name: "side" }], initContainers: [{ name: "setup" }] } },
      { ...meta("y"), spec: { containers: [{ name: "app" }], ephemeralContainers: [{ name: "debug" }] } },
    ];
    const answers = await answer({ what: "containers", namespace: "jobs" }, FLAGS, fake, signal);
    expect(answers.map(({ value }) => value)).toEqual(["app", "side", "setup", "debug"]);
    expect(requests[0]?.options?.accept).toBeUndefined();
  });

  test("everything else is asked for without the bodies, and can be cancelled", async () => {
    const { fake, requests } = cluster();
    await answer({ what: "pods" }, FLAGS, fake, signal);
    expect(requests).toEqual([
      {
        context: undefined,
        path: "/api/v1/namespaces/shop/pods",
        options: { signal, query: { limit: 1000 }, accept: expect.stringContaining("as=PartialObjectMetadataList") },
      },
    ]);
  });

  test("each context of the flags is asked, or the word's own", async () => {
    const { fake, requests } = cluster();
    await answer({ what: "nodes" }, { ...FLAGS, contexts: ["a", "b"] }, fake, signal);
    await answer({ what: "nodes", context: "c" }, { ...FLAGS, contexts: ["a", "b"] }, fake, signal);
    expect(requests.map(({ context }) => context)).toEqual(["a", "b", "c"]);
  });

  test("time zones need no cluster", async () => {
    expect(await values({ what: "timezones" })).toEqual(expect.arrayContaining(["Local", "UTC", "Europe/Berlin"]));
  });
});

import { expect, test } from "vitest";
import type { Pod } from "../../../src/clients/kubernetes/resources.ts";
import { clientOf, scriptedServer } from "../../clients/kubernetes/scripted-client.ts";
import type { Reply } from "../../support/scripted-server.ts";
import { named } from "./in-memory-cluster.ts";
import { owner, pod, selection } from "./pods.ts";
import { Watching } from "./watching.ts";

const PODS = "/api/v1/namespaces/shop/pods";

const versioned = (of: Pod, resourceVersion: number): Pod => ({
  ...of,
  metadata: { ...of.metadata, resourceVersion: String(resourceVersion) },
});
const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const list = (reply: Reply, version: number, items: readonly unknown[]) =>
  reply.json(200, { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: String(version) }, items });

test("a deployment's pods are followed over HTTP/2 through a cut line, a 410 and deletes that nobody told", async () => {
  const owners = [owner("ReplicaSet", "web-1a", { uid: "rs" })];
  const mine = (name: string, version: number, containers = ["app"]) =>
    versioned(pod({ name, owners, containers }), version);
  const stranger = versioned(pod({ name: "stranger" }), 3);
  let lists = 0;
  let watches = 0;
  const server = await scriptedServer(({ path, query }, reply) => {
    if (path.endsWith("/deployments/web")) return reply.json(200, named("Deployment", "web"));
    if (path.endsWith("/replicasets/web-1a")) {
      const ownerReferences = [owner("Deployment", "web")];
      return reply.json(200, named("ReplicaSet", "web-1a", { metadata: { uid: "rs", ownerReferences } }));
    }
    expect(path).toBe(PODS);
    if (!query.has("watch")) {
      lists++;
      if (lists === 1) return list(reply, 10, [mine("web-1", 1), mine("web-2", 2), stranger]);
      return list(reply, 40, [mine("web-2", 20, ["app", "ö"]), mine("web-3", 30), stranger]);
    }
    watches++;
    if (watches === 1) {
      const line = Buffer.from(event("MODIFIED", mine("web-2", 20, ["app", "ö"])));
      const inside = line.indexOf(Buffer.from("ö")) + 1;
      reply.write(line.subarray(0, inside));
      reply.write(line.subarray(inside));
      reply.write(event("DELETED", mine("web-1", 21)).slice(0, 40));
      return reply.cut();
    }
    if (watches === 2) {
      expect(query.get("resourceVersion")).toBe("20");
      return reply.write(
        event("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" }),
      );
    }
    return reply.stall();
  });
  const client = clientOf(server, { context: { namespace: "shop" } });
  const watching = new Watching(client, selection({ selectorArgs: ["deploy/web"] }, { contexts: [client.context] }));
  await watching.heard("+web-3 app");
  expect(watching.told).toEqual(["+web-1 app", "+web-2 app", "synced", "+web-2 app,ö", "-web-1 deleted", "+web-3 app"]);
  expect(watching.notes).toEqual([]);
  await watching.stop();
});

test("a 403 with the server's own words becomes klog's, and the other namespace goes on", async () => {
  const server = await scriptedServer(({ path, query }, reply) => {
    if (path === PODS && !query.has("watch")) return list(reply, 1, [versioned(pod({ name: "web-1" }), 1)]);
    if (path === PODS) return reply.stall();
    const message = 'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "pay"';
    return reply.json(403, { kind: "Status", status: "Failure", reason: "Forbidden", code: 403, message });
  });
  const client = clientOf(server);
  const watching = new Watching(client, selection({ namespaces: ["shop", "pay"] }, { contexts: [client.context] }));
  await watching.heard("synced");
  expect(watching.told).toEqual(["+web-1 app", "synced"]);
  expect(watching.problems).toMatchObject([
    { kind: "forbidden", namespace: "pay", verb: "list", resource: "pods", retryInMs: 60_000 },
  ]);
  await watching.stop();
});

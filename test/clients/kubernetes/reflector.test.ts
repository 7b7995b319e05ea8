import { describe, expect, onTestFinished, test } from "vitest";
import type { ApiError } from "../../../src/clients/kubernetes/client.ts";
import { type ReflectorClock, watchCollection } from "../../../src/clients/kubernetes/reflector.ts";
import type { KubernetesObject } from "../../../src/clients/kubernetes/resources.ts";
import type { Reply, Script } from "../../support/scripted-server.ts";
import { clientOf, scriptedServer } from "./scripted-client.ts";

const PODS = "/api/v1/pods";

function pod(name: string, uid: string, resourceVersion: string): KubernetesObject {
  return { metadata: { name, uid, resourceVersion, namespace: "shop" } };
}

function list(items: readonly KubernetesObject[], resourceVersion: string, more: object = {}) {
  return { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion, ...more }, items };
}

function event(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

const GONE = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version: 5 (9)" };
const denied = (reply: Reply) => reply.json(403, { kind: "Status", message: "pods is forbidden", reason: "Forbidden" });

/** Waits of minutes (the guard over a watch) do not end by themselves, shorter ones end at once and are noted. */
function fakeClock(): ReflectorClock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    random: () => 0.5,
    async sleep(ms, signal) {
      if (ms < 200_000) {
        slept.push(ms);
        return;
      }
      if (signal?.aborted) return;
      await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
    },
  };
}

interface Run {
  readonly log: string[];
  readonly clock: ReturnType<typeof fakeClock>;
  readonly done: Promise<void>;
  readonly kinds: (string | undefined)[];
  stop(): void;
  /** Resolves once `entry` stands in the log. */
  logged(entry: string): Promise<void>;
}

/** A script of requests: lists and watches have their own counts. */
function serve(lists: (reply: Reply, n: number) => void, watches: (reply: Reply, n: number) => void): Script {
  let listed = 0;
  let watched = 0;
  return ({ query }, reply) => (query.get("watch") === "true" ? watches(reply, ++watched) : lists(reply, ++listed));
}

async function run(script: Script, options: { follow?: boolean; labelSelector?: string } = {}) {
  const server = await scriptedServer(script);
  const client = clientOf(server);
  const abort = new AbortController();
  const log: string[] = [];
  const kinds: (string | undefined)[] = [];
  const waiting: { entry: string; resolve: () => void }[] = [];
  const clock = fakeClock();
  const add = (entry: string) => {
    log.push(entry);
    for (const one of waiting) if (one.entry === entry) one.resolve();
  };
  const query = options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector };
  const done = watchCollection(
    client,
    PODS,
    { query, signal: abort.signal, follow: options.follow ?? true, clock },
    {
      upsert(object) {
        kinds.push(object.kind);
        add(`+${object.metadata.name}/${object.metadata.uid}@${object.metadata.resourceVersion}`);
      },
      delete: (object) => add(`-${object.metadata.name}/${object.metadata.uid}`),
      synced: () => add("synced"),
      problem: (error: ApiError, retryInMs) => add(`${error.kind} ${retryInMs}`),
    },
  );
  onTestFinished(() => abort.abort());
  const logged = (entry: string) =>
    new Promise<void>((resolve) => {
      if (log.includes(entry)) resolve();
      else waiting.push({ entry, resolve });
    });
  return { server, log, kinds, clock, done, logged, stop: () => abort.abort() } satisfies Run & { server: unknown };
}

describe("the list", () => {
  test("is read in pages, and each of its objects says what it is", async () => {
    const script: Script = ({ query }, reply) => {
      if (query.get("continue") === "next") reply.json(200, list([pod("b", "2", "2")], "9"));
      else reply.json(200, list([pod("a", "1", "1")], "9", { continue: "next" }));
    };
    const { server, log, kinds, done } = await run(script, { follow: false, labelSelector: "app=web" });
    await done;
    expect(log).toEqual(["+a/1@1", "+b/2@2", "synced"]);
    expect(kinds).toEqual(["Pod", "Pod"]);
    expect(server.requests.map((request) => request.query.toString())).toEqual([
      "labelSelector=app%3Dweb&limit=500",
      "labelSelector=app%3Dweb&limit=500&continue=next",
    ]);
  });

  test("begins again when its continuation has expired, without telling anything twice", async () => {
    let expired = false;
    const script: Script = ({ query }, reply) => {
      if (query.get("continue") === null) return reply.json(200, list([pod("a", "1", "1")], "9", { continue: "next" }));
      if (expired) return reply.json(200, list([pod("b", "2", "2")], "9"));
      expired = true;
      return reply.json(410, GONE);
    };
    const { log, done } = await run(script, { follow: false });
    await done;
    expect(log).toEqual(["+a/1@1", "+b/2@2", "synced"]);
  });

  test("that is denied is a problem, and is tried again each minute", async () => {
    const { log, clock, logged } = await run(
      serve(
        (reply, n) => (n < 3 ? denied(reply) : reply.json(200, list([], "1"))),
        (reply) => reply.stall(),
      ),
    );
    await logged("synced");
    expect(log).toEqual(["forbidden 60000", "forbidden 60000", "synced"]);
    expect(clock.slept).toEqual([60_000, 60_000]);
  });

  test("is tried again with a growing pause while the server is away, and as late as it asks", async () => {
    const { log, logged } = await run(
      serve(
        (reply, n) => {
          if (n <= 2) reply.drop();
          else if (n === 3) reply.json(429, { kind: "Status", message: "slow down" }, { "retry-after": "7" });
          else if (n <= 12) reply.json(503, { kind: "Status", message: "starting" });
          else reply.json(200, list([], "1"));
        },
        (reply) => reply.stall(),
      ),
    );
    await logged("synced");
    expect(log.slice(0, 5)).toEqual(["unreachable 125", "unreachable 250", "busy 7000", "busy 1000", "busy 2000"]);
    expect(log.slice(-2)).toEqual(["busy 15000", "synced"]);
  });

  test("once without follow: an error ends it", async () => {
    const away = await run((_request, reply) => reply.drop(), { follow: false });
    await away.done;
    expect(away.log).toEqual(["unreachable undefined"]);
    const refused = await run((_request, reply) => denied(reply), { follow: false });
    await refused.done;
    expect(refused.log).toEqual(["forbidden undefined"]);
  });

  test("that the server calls a wrong request ends it, with follow too", async () => {
    const { log, done } = await run((_request, reply) =>
      reply.json(400, { kind: "Status", message: "unable to parse requirement" }),
    );
    await done;
    expect(log).toEqual(["status undefined"]);
  });
});

describe("the watch", () => {
  test("goes on where the list ended, and tells what changes", async () => {
    const { server, log, logged } = await run(
      serve(
        (reply) => reply.json(200, list([pod("a", "1", "1")], "5")),
        (reply) => {
          reply.write(event("ADDED", pod("b", "2", "6")) + event("MODIFIED", pod("a", "1", "7")));
          reply.write(event("DELETED", pod("b", "2", "8")));
        },
      ),
    );
    await logged("-b/2");
    expect(log).toEqual(["+a/1@1", "synced", "+b/2@6", "+a/1@7", "-b/2"]);
    const { query } = server.requests[1]!;
    expect(Object.fromEntries(query)).toEqual({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: "5",
      timeoutSeconds: "360",
    });
  });

  test("that ends or breaks goes on from its last event or bookmark, without a new list", async () => {
    const { server, logged, log } = await run(
      serve(
        (reply) => reply.json(200, list([], "5")),
        (reply, n) => {
          if (n === 1) {
            reply.write(event("ADDED", pod("a", "1", "6")));
            reply.end();
          } else if (n === 2) {
            reply.write(event("BOOKMARK", { kind: "Pod", metadata: { resourceVersion: "40" } }));
            reply.cut();
          } else {
            reply.write(event("ADDED", pod("b", "2", "41")));
          }
        },
      ),
    );
    await logged("+b/2@41");
    expect(log).toEqual(["synced", "+a/1@6", "+b/2@41"]);
    expect(server.requests.map((request) => request.query.get("resourceVersion"))).toEqual([null, "5", "6", "40"]);
  });

  test("that ends at once each time is not asked without a pause", async () => {
    const { clock, logged } = await run(
      serve(
        (reply) => reply.json(200, list([], "5")),
        (reply, n) => {
          if (n === 4) reply.write(event("ADDED", pod("a", "1", "6")));
          reply.end();
        },
      ),
    );
    await logged("+a/1@6");
    expect(clock.slept.slice(0, 3)).toEqual([1000, 1000, 1000]);
  });

  test.each(["event", "status"])(
    "after 410 (%s) lists again and tells the deletes that it missed, by UID",
    async (how) => {
      const { log, logged } = await run(
        serve(
          (reply, n) => {
            if (n === 1)
              reply.json(200, list([pod("web-0", "1", "1"), pod("web-1", "2", "2"), pod("kept", "3", "3")], "5"));
            else reply.json(200, list([pod("web-0", "9", "8"), pod("kept", "3", "3")], "9"));
          },
          (reply, n) => {
            if (n > 1) reply.write(event("ADDED", pod("new", "10", "11")));
            else if (how === "status") reply.json(410, GONE);
            else reply.write(event("ADDED", pod("web-2", "4", "6")) + event("ERROR", GONE));
          },
        ),
      );
      await logged("+new/10@11");
      const seen = how === "event" ? ["+web-2/4@6"] : [];
      const lost = how === "event" ? ["-web-2/4"] : [];
      expect(log).toEqual([
        ...["+web-0/1@1", "+web-1/2@2", "+kept/3@3", "synced", ...seen],
        // web-0 is another pod by now; kept has not changed.
        ...["-web-0/1", "-web-1/2", ...lost, "+web-0/9@8", "+new/10@11"],
      ]);
    },
  );

  test("that always expires is slowed down and told", async () => {
    const { log, clock, logged, server } = await run(
      serve(
        (reply) => reply.json(200, list([], "5")),
        (reply, n) => (n < 6 ? reply.json(410, GONE) : reply.write(event("ADDED", pod("a", "1", "6")))),
      ),
    );
    await logged("+a/1@6");
    expect(clock.slept).toEqual([250, 500, 1000, 2000]);
    expect(log).toEqual(["synced", "expired 1000", "expired 2000", "+a/1@6"]);
    expect(server.requests).toHaveLength(12);
  });

  test("that is denied while the list is allowed is replaced by a list each five seconds", async () => {
    const { log, clock, logged, server } = await run(
      serve(
        (reply, n) => reply.json(200, list(n < 3 ? [pod("a", "1", "1")] : [pod("b", "2", "2")], String(n))),
        (reply) => denied(reply),
      ),
    );
    await logged("+b/2@2");
    expect(log).toEqual(["+a/1@1", "synced", "forbidden 5000", "-a/1", "+b/2@2"]);
    expect(clock.slept.slice(0, 2)).toEqual([5000, 5000]);
    expect(server.requests.filter((request) => request.query.has("watch"))).toHaveLength(1);
  });

  test("that cannot be opened is a problem, and goes on without a new list", async () => {
    const { log, logged, server } = await run(
      serve(
        (reply) => reply.json(200, list([], "5")),
        (reply, n) => {
          if (n === 1) reply.json(503, { kind: "Status", message: "starting" });
          else reply.write(event("ADDED", pod("a", "1", "6")));
        },
      ),
    );
    await logged("+a/1@6");
    expect(log).toEqual(["synced", "busy 125", "+a/1@6"]);
    expect(server.requests.filter((request) => !request.query.has("watch"))).toHaveLength(1);
  });

  test("cut into chunks at any byte gives the same events", async () => {
    const bytes = Buffer.from(
      event("ADDED", pod("grüße-世界-🙂", "1", "6")) + event("DELETED", pod("grüße-世界-🙂", "1", "7")),
    );
    const { log, logged } = await run(
      serve(
        (reply) => reply.json(200, list([], "5")),
        (reply, n) => {
          if (n > bytes.length) return reply.stall();
          reply.write(bytes.subarray(0, n));
          reply.write(bytes.subarray(n));
          if (n === bytes.length) reply.write(event("ADDED", pod("last", "2", "9")));
          return reply.end();
        },
      ),
    );
    await logged("+last/2@9");
    const events = log.filter((entry) => entry !== "synced" && !entry.startsWith("+last"));
    expect(events).toHaveLength(2 * bytes.length);
    expect(new Set(events)).toEqual(new Set(["+grüße-世界-🙂/1@6", "-grüße-世界-🙂/1"]));
  });

  test("a line that is not JSON leads to a new list", async () => {
    const { log, logged } = await run(
      serve(
        (reply, n) => reply.json(200, list([pod("a", "1", String(n))], "5")),
        (reply, n) => (n === 1 ? reply.write("<html>\n") : reply.stall()),
      ),
    );
    await logged("+a/1@2");
    expect(log).toEqual(["+a/1@1", "synced", "+a/1@2"]);
  });

  test("ends with the signal", async () => {
    const closed = Promise.withResolvers<void>();
    const { done, logged, stop, log } = await run(
      serve(
        (reply) => reply.json(200, list([], "5")),
        (reply) => {
          reply.write(event("ADDED", pod("a", "1", "6")));
          void reply.closed.then(closed.resolve);
        },
      ),
    );
    await logged("+a/1@6");
    stop();
    await done;
    await closed.promise;
    expect(log).toEqual(["synced", "+a/1@6"]);
  });
});

test("what the sink throws is not taken for the server's fault", async () => {
  const server = await scriptedServer((_request, reply) => reply.json(200, list([pod("a", "1", "1")], "5")));
  const bug = new Error("a bug");
  const watching = watchCollection(
    clientOf(server),
    PODS,
    { signal: new AbortController().signal, follow: true },
    {
      upsert() {
        throw bug;
      },
      delete() {},
      synced() {},
      problem() {},
    },
  );
  await expect(watching).rejects.toBe(bug);
});

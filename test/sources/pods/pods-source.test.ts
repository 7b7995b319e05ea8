import { describe, expect, test } from "vitest";
import type { ByteSink } from "../../../src/clients/kubernetes/client.ts";
import { createPodsSource } from "../../../src/sources/pods/pods-source.ts";
import type { SearchOrder, SearchRequest } from "../../../src/sources/source.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { asked, CONTEXT, search, stamp, text } from "../files/searching.ts";
import { LoggingCluster } from "./logging-cluster.ts";
import { selection } from "./pods.ts";

function shop(): LoggingCluster {
  const cluster = new LoggingCluster();
  for (const name of ["web-1", "web-2"]) cluster.running(name);
  cluster.log("web-1", [stamp(1), "one"], [stamp(5), "three"], [stamp(9), "five error"]);
  cluster.log("web-2", [stamp(3), "two"], [stamp(7), "four error"]);
  return cluster;
}

const source = (cluster: LoggingCluster, clock?: FakeClock) =>
  createPodsSource({
    clients: [cluster],
    selection: selection(),
    context: CONTEXT,
    ...(clock === undefined ? {} : { clock }),
  });
const texts = async (cluster: LoggingCluster, query = "", more: Partial<SearchRequest> = {}) =>
  (await search(source(cluster), query, more)).hits.map(text);

describe("bounded", () => {
  test("gives the lines of all containers by time, in either order, and of newest first the last ones", async () => {
    const all = ["one", "two", "three", "four error", "five error"];
    expect(await texts(shop())).toEqual(all);
    expect(await texts(shop(), "", { order: "newest" })).toEqual([...all].reverse());
    expect((await texts(shop(), "", { order: "newest", limit: 2 })).slice(0, 2)).toEqual(["five error", "four error"]);
    expect(await texts(shop(), "error")).toEqual(["four error", "five error"]);
    expect(await texts(shop(), "pod:web-2")).toEqual(["two", "four error"]);
  });

  test("asks the server for the range, and keeps to it exactly", async () => {
    const cluster = shop();
    const at = (ms: number) => ({ sec: 1_790_000_000, nsec: ms * 1e6 + 1 });
    expect(await texts(cluster, "", { from: at(3), to: at(7) })).toEqual(["two", "three", "four error"]);
    expect(cluster.sinces.every((since) => since?.startsWith("2026-09-21"))).toBe(true);
  });

  test("tags each line with the source, its level and its origin", async () => {
    const { hits } = await search(source(shop()), "four");
    expect(hits[0]).toMatchObject({
      origin: { source: "pod", namespace: "shop", pod: "web-2", container: "app" },
      details: { sources: ["pods"], lines: 1, stream: "" },
    });
  });

  test("gives lines by time though a container's two streams were written a little out of order", async () => {
    const cluster = new LoggingCluster();
    cluster.running("web-1");
    const turned = [4, 1, 2, 8, 3, 9, 7, 6];
    cluster.log("web-1", ...turned.map((ms) => [stamp(ms), `line ${ms}`] as const));
    const expected = turned.toSorted((a, b) => a - b).map((ms) => `line ${ms}`);
    expect(await texts(cluster)).toEqual(expected);
    expect(await texts(cluster, "", { order: "newest" })).toEqual(expected.toReversed());
  });

  test("gives the first lines before the last ones are read", async () => {
    const cluster = new LoggingCluster();
    cluster.running("web-1");
    cluster.log("web-1", ...Array.from({ length: 50_000 }, (_, i) => [stamp(i), `line ${i}`] as const));
    const { pages, hits } = await search(source(cluster));
    expect(hits.map(text)).toEqual(Array.from({ length: 50_000 }, (_, i) => `line ${i}`));
    expect(pages.length).toBeGreaterThan(10);
  });

  test("finds by the name of the source and by its kind, and by a level that nobody has stored", async () => {
    const cluster = new LoggingCluster();
    cluster.running("web-1");
    cluster.log("web-1", [stamp(1), "[ERROR] one"], [stamp(2), "two"]);
    expect(await texts(cluster, "source:pods")).toEqual(["[ERROR] one", "two"]);
    expect(await texts(cluster, "source:pod")).toEqual(["[ERROR] one", "two"]);
    expect(await texts(cluster, "source:store")).toEqual([]);
    expect(await texts(cluster, "level:error")).toEqual(["[ERROR] one"]);
  });

  test("joins a stack trace, and finds it by any of its lines", async () => {
    const cluster = new LoggingCluster();
    cluster.running("web-1");
    cluster.log("web-1", [stamp(1), "java.lang.Error: boom"], [stamp(2), "\tat a.B(C.java:7)"], [stamp(3), "{}"]);
    expect(await texts(cluster, '"C.java:7"')).toEqual(["java.lang.Error: boom\n\tat a.B(C.java:7)"]);
  });

  test.each<SearchOrder>(["oldest", "newest"])(
    "what waits does not hold what it was received in, %s first",
    async (order) => {
      const cluster = new LoggingCluster();
      cluster.running("web-1");
      const filler = Array.from({ length: 2000 }, (_, i) => [stamp(10 + i), "x".repeat(100)] as const);
      cluster.log("web-1", [stamp(1), "java.lang.Error: boom"], [stamp(2), "\tat a.B(C.java:7)"], ...filler);
      const { hits } = await search(source(cluster), "boom", { order });
      expect(hits.map(text)).toEqual(["java.lang.Error: boom\n\tat a.B(C.java:7)"]);
      for (const { buffer } of [hits[0]!, ...hits[0]!.rest!])
        expect(buffer.buffer.byteLength).toBeLessThan(2 * Buffer.poolSize);
    },
  );

  test("a container that may not be read is noted; nothing to select too", async () => {
    const cluster = shop();
    cluster.deny("web-1");
    const { hits, notes } = await search(source(cluster));
    expect(hits.map(text)).toEqual(["two", "four error"]);
    expect(notes).toEqual([expect.stringContaining('web-1/app: you may not get pods/log in namespace "shop"')]);
    expect((await search(source(new LoggingCluster()))).notes).toEqual(["there are no pods"]);
  });

  test("pods that may not be listed are an error", async () => {
    const cluster = shop();
    cluster.refuse((_verb, resource) => resource === "pods");
    await expect(search(source(cluster))).rejects.toMatchObject({ code: "KUBERNETES_DENIED" });
  });

  test("is silent while the cluster is, so that the merge can leave it out, and speaks while it reads", async () => {
    const cluster = shop();
    let sink: ByteSink | undefined;
    cluster.open = (_path, given) => {
      sink = given;
      return Promise.resolve({ pause() {}, resume() {}, close() {} });
    };
    const clock = new FakeClock();
    const ended = new AbortController();
    let pages = 0;
    const reading = (async () => {
      for await (const _ of source(cluster, clock).search(asked("no-hit", { signal: ended.signal }))) pages++;
    })();
    await clock.advance(3000);
    expect(sink).toBeDefined();
    const first = pages;
    await clock.advance(20_000);
    expect(pages).toBe(first);
    sink!.data(Buffer.from(`${stamp(1)} one\n`));
    await clock.advance(2000);
    expect(pages).toBe(first + 1);
    ended.abort();
    await clock.advance(1000);
    await reading;
  });

  test.each<SearchOrder>(["oldest", "newest"])("goes on behind any hit, %s first", async (order) => {
    const cluster = new LoggingCluster();
    for (const name of ["a", "b"]) {
      cluster.running(name);
      cluster.log(name, [stamp(1), "same"], [stamp(1), "same"], [stamp(2), "other"], [stamp(2), "same"]);
    }
    const whole = await texts(cluster, "", { order });
    for (let size = 1; size < 5; size++) {
      const paged: string[] = [];
      let resume: unknown;
      for (let round = 0; round < 10; round++) {
        const { pages } = await search(source(cluster), "", { order, resume });
        const page = pages.find((one) => one.hits.length > 0);
        if (page === undefined) break;
        const taken = page.hits.slice(0, size);
        paged.push(...taken.map(text));
        resume = JSON.parse(JSON.stringify(page.resume(taken.length - 1)));
      }
      expect(paged).toEqual(whole);
    }
  });
});

describe("follow", () => {
  test("tells when the past is read, and goes on with what is written", async () => {
    const cluster = shop();
    const clock = new FakeClock({ startMs: 1_790_000_010_000 });
    const abort = new AbortController();
    const seen: string[] = [];
    let isLive = false;
    const done = (async () => {
      for await (const page of source(cluster, clock).search(asked("", { follow: true, signal: abort.signal }))) {
        seen.push(...page.hits.map(text));
        isLive = page.live;
      }
    })();
    await clock.advance(1000);
    expect(seen).toHaveLength(5);
    expect(isLive).toBe(true);
    cluster.log("web-2", [stamp(11_000), "six"]);
    await clock.advance(1000);
    expect(seen.at(-1)).toBe("six");
    abort.abort();
    await clock.advance(1000);
    await done;
  });
});

test("describe counts, explain tells what is asked, close closes the clients", async () => {
  const cluster = shop();
  const pods = source(cluster);
  expect((await pods.describe(new AbortController().signal)).detail).toBe("1 namespace, 2 pods, 2 containers");
  expect((await pods.explain(asked("x")))[0]).toBe(
    "pods in dev/shop: one request a container, its log from its beginning",
  );
  pods.close();
  expect(cluster.closed).toBe(true);
});

import { appendFileSync, renameSync, rmSync, truncateSync, utimesSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareTimestamps } from "../../../src/record/timestamp.ts";
import { createFilesSource } from "../../../src/sources/files/files-source.ts";
import { findFiles } from "../../../src/sources/files/find-files.ts";
import { FilesFollower } from "../../../src/sources/files/follow-files.ts";
import { lookAt } from "../../../src/sources/files/log-file.ts";
import type { SearchOrder, SearchRequest } from "../../../src/sources/source.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { Random } from "../../support/random.ts";
import { asked, CONTEXT, directory, pagesOf, search, stamp, text, write } from "./searching.ts";

const source = (...patterns: string[]) => createFilesSource({ patterns, context: CONTEXT });
const texts = async (patterns: string[], query = "", more: Partial<SearchRequest> = {}) =>
  (await search(source(...patterns), query, more)).hits.map(text);
const cri = (ms: number, message: string, stream = "stdout", tag = "F") => `${stamp(ms)} ${stream} ${tag} ${message}\n`;

describe("formats", () => {
  test("of the pods' tree: names from the path, stream and time from the line, fragments put together", async () => {
    const dir = directory();
    const path = write(
      `${dir}/shop_web-1_uid-1/app/3.log`,
      cri(1, "one") + cri(2, "two ha", "stderr", "P") + cri(3, "between") + cri(4, "lves", "stderr"),
    );
    const { hits } = await search(source(`${dir}/**/*.log`));
    expect(hits.map(text)).toEqual(["one", "two halves", "between"]);
    expect(hits[0]).toMatchObject({
      origin: { namespace: "shop", pod: "web-1", podUid: "uid-1", container: "app", restart: 3, path },
      sec: 1_790_000_000,
      nsec: 1_000_001,
    });
    expect(hits.map((hit) => hit.details?.stream)).toEqual(["stdout", "stderr", "stdout"]);
    expect(await texts([path], "halves")).toEqual(["two halves"]);
    expect(await texts([path], '"two halves"')).toEqual(["two halves"]);
    expect(await texts([path], "stream:stderr")).toEqual(["two halves"]);
    expect(await texts([path], "ns:other")).toEqual([]);
  });

  test("of docker: escapes resolved, and still found by the chunk", async () => {
    const line = (ms: number, log: string) => `${JSON.stringify({ log, stream: "stdout", time: stamp(ms) })}\n`;
    const path = write(
      `${directory()}/${"ab".repeat(32)}-json.log`,
      line(1, 'say "hi" <b>\n') + line(2, "half ") + line(3, "whole\n") + line(4, "plain\n"),
    );
    expect(await texts([path])).toEqual(['say "hi" <b>', "half whole", "plain"]);
    expect(await texts([path], "plain")).toEqual(["plain"]);
    expect(await texts([path], '"half whole"')).toEqual(["half whole"]);
    expect(await texts([path], '/"hi" </')).toEqual(['say "hi" <b>']);
  });

  test("of s6 and of plain files, whose own times count", async () => {
    const dir = directory();
    write(`${dir}/current`, "@400000006ab1385b1dcd6500 by label\n2026-09-21 13:33:22.25  by clock\n");
    write(`${dir}/app.log`, '2026-09-21T13:33:21Z iso\n{"time":1790000004.5,"msg":"json"}\nno time\n');
    const { hits } = await search(source(`${dir}/*`));
    expect(hits.map((hit) => text(hit).slice(-8))).toContain("by clock");
    expect(hits.find((hit) => text(hit).includes("json"))).toMatchObject({ sec: 1_790_000_004, nsec: 5e8 });
    expect(hits.find((hit) => text(hit) === "no time")).toMatchObject({ sec: 1_790_000_004, nsec: 5e8 });
  });

  test("of klog's own codec: the origin, id and level that the record names", async () => {
    const record = {
      "@timestamp": stamp(5),
      message: "boom\n at x",
      level: "error",
      stream: "stderr",
      team: "a",
      k8s_pod: "web-1",
      k8s_pod_namespace: "shop",
      k8s_container_name: "app",
      k8s_pod_uid: "uid-1",
      restart: 2,
      log_id: "g-0-1-2",
      lines: 2,
    };
    const path = write(`${directory()}/out.jsonl`, `${JSON.stringify(record)}\n`);
    const { hits } = await search(source(path), "ns:shop level:error boom");
    expect(hits[0]).toMatchObject({
      origin: { pod: "web-1", restart: 2, tags: { team: "a" } },
      details: { id: "g-0-1-2", lines: 2, level: "error", stream: "stderr" },
    });
    expect(await texts([path], "ns:other")).toEqual([]);
  });
});

describe("events", () => {
  const trace = ["java.lang.IllegalStateException: boom", "\tat a.B.c(B.java:1)", "\tat a.B.d(B.java:2)"];
  const lines = ['{"msg":"before"}', ...trace, "after"];

  test.each<SearchOrder>(["oldest", "newest"])("are whole wherever the search meets them, %s first", async (order) => {
    const path = write(`${directory()}/0.log`, lines.map((l, i) => cri(i, l)).join(""));
    expect(await texts([path], '"B.java:2"', { order })).toEqual([trace.join("\n")]);
    expect(await texts([path], "boom after", { order })).toEqual([]);
    const all = [lines[0], trace.join("\n"), "after"];
    expect(await texts([path], "", { order })).toEqual(order === "oldest" ? all : all.reverse());
  });
});

describe("many files", () => {
  test("rotated and compressed parts make one timeline with the rest", async () => {
    const dir = directory();
    const part = (from: number) => Array.from({ length: 3 }, (_, i) => `${stamp(from + i)} m${from + i}\n`).join("");
    write(`${dir}/app.log`, part(30));
    write(`${dir}/app.log.1`, part(20));
    write(`${dir}/app.log.2.gz`, gzipSync(part(10)));
    write(`${dir}/app.log.3.zst`, zstdCompressSync(part(0)));
    write(`${dir}/other.log`, `${stamp(21)} other\n`);
    const oldest = await texts([`${dir}/*`]);
    expect(oldest.map((t) => t.slice(31))).toEqual(
      [0, 1, 2, 10, 11, 12, 20, 21].map((n) => `m${n}`).concat("other", "m22", "m30", "m31", "m32"),
    );
    for (const order of ["newest"] as const)
      expect(await texts([`${dir}/app.log*`], "", { order, limit: 100 })).toEqual(
        oldest.filter((t) => !t.includes("other")).reverse(),
      );
    expect(await texts([`${dir}/app.log.1`])).toHaveLength(3);
  });

  test("says that nothing matches, and which pattern", async () => {
    await expect(search(source("/nowhere/*.log"))).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: "no file matches /nowhere/*.log",
    });
  });

  test("a damaged archive loses what lies behind the damage, and says so", async () => {
    const dir = directory();
    const whole = gzipSync(Array.from({ length: 5000 }, (_, i) => `${stamp(i)} ${Math.sin(i)}\n`).join(""));
    write(`${dir}/a.log.1.gz`, whole.subarray(0, whole.length - 2000));
    write(`${dir}/a.log`, `${stamp(9000)} live\n`);
    const { hits, notes } = await search(source(`${dir}/*`));
    expect(text(hits.at(-1)!)).toContain("live");
    expect(notes).toEqual([expect.stringMatching(/a\.log\.1\.gz is damaged/)]);
  });

  test("files that were written last long before the range are not read", async () => {
    const dir = directory();
    const old = write(`${dir}/old.log`, `${stamp(0)} old\n`);
    utimesSync(old, 1_790_000_000, 1_790_000_000);
    write(`${dir}/new.log`, `${stamp(600_000)} new\n`);
    const asking = asked("", { from: { sec: 1_790_000_500, nsec: 0 } });
    const pages = await pagesOf(source(`${dir}/*`), asking);
    expect(pages.flatMap(({ hits }) => hits.map(text))).toEqual([`${stamp(600_000)} new`]);
    expect(asking.work.skippedBytes).toBeGreaterThan(0);
  });
});

describe("times", () => {
  const big = (order: (i: number) => number) =>
    Array.from(
      { length: 40_000 },
      (_, i) => `${stamp(order(i) * 100)} line ${i} of a file that is large enough\n`,
    ).join("");

  test("a range of a file in order is found without reading the rest", async () => {
    const path = write(
      `${directory()}/big.log`,
      big((i) => i),
    );
    const from = { sec: 1_790_000_000 + 2000, nsec: 0 };
    const to = { sec: 1_790_000_000 + 2001, nsec: 0 };
    for (const order of ["oldest", "newest"] as const) {
      const asking = asked("", { from, to, order });
      const pages = await pagesOf(source(path), asking);
      const hits = pages.flatMap((page) => page.hits.map((hit) => Number(/line (\d+)/.exec(text(hit))![1])));
      const expected = Array.from({ length: 10 }, (_, i) => 20_000 + i);
      expect(hits).toEqual(order === "oldest" ? expected : expected.reverse());
      expect(asking.work.bytes).toBeLessThan(600_000);
    }
  });

  test("a file out of order is read whole and sorted", async () => {
    const path = write(
      `${directory()}/big.log`,
      big((i) => (i * 7919) % 40_000),
    );
    const from = { sec: 1_790_000_000 + 2000, nsec: 0 };
    const to = { sec: 1_790_000_000 + 2001, nsec: 0 };
    const { hits } = await search(source(path), "", { from, to });
    expect(hits).toHaveLength(10);
    expect(hits.every((hit, i) => i === 0 || compareTimestamps(hits[i - 1]!, hit) <= 0)).toBe(true);
  });

  test("lines without any time keep the file's order, and pass where no range is asked for", async () => {
    const path = write(`${directory()}/plain.log`, "one\ntwo\nthree\n");
    expect(await texts([path])).toEqual(["one", "two", "three"]);
    expect(await texts([path], "", { order: "newest", limit: 2 })).toEqual(["three", "two"]);
    const { hits, notes } = await search(source(path), "", { from: { sec: 1, nsec: 0 } });
    expect(hits).toEqual([]);
    expect(notes).toEqual([expect.stringContaining("has no times")]);
  });

  test("newest first with a limit reads the end of a large file only", async () => {
    const path = write(
      `${directory()}/big.log`,
      big((i) => i),
    );
    const asking = asked("line", { order: "newest", limit: 5 });
    const pages = await pagesOf(source(path), asking);
    expect(pages.flatMap(({ hits }) => hits.map(text))[0]).toContain("line 39999");
    expect(asking.work.bytes).toBeLessThan(1_100_000);
  });
});

describe("paging", () => {
  test("in pages of any size gives exactly the whole, once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.constantFrom<SearchOrder>("oldest", "newest"),
        fc.constantFrom("", "x", "even"),
        async (seed, order, query) => {
          const random = new Random(seed);
          const dir = directory();
          for (let file = 0; file < 1 + random.below(4); file++) {
            let at = random.below(30_000);
            const lines = Array.from({ length: random.below(40) }, (_, i) => {
              at += random.below(3000);
              const jitter = random.chance(0.2) ? -random.below(4000) : 0;
              const parity = i % 2 === 0 ? "even" : "odd";
              return `${stamp(Math.max(0, at + jitter))} f${file} ${i} ${random.pick(["x", "y"])} ${parity}\n`;
            }).join("");
            if (random.chance(0.3)) write(`${dir}/f${file}.log.1.gz`, gzipSync(lines));
            else write(`${dir}/f${file}.log`, lines);
          }
          const whole = (await search(source(`${dir}/*`), query, { order })).hits.map(text);
          const sign = order === "oldest" ? 1 : -1;
          expect(whole).toEqual(
            [...whole].sort(
              (a, b) => sign * (a.slice(0, 30) < b.slice(0, 30) ? -1 : a.slice(0, 30) > b.slice(0, 30) ? 1 : 0),
            ),
          );
          const paged: string[] = [];
          let resume: unknown;
          for (let round = 0; round < 500; round++) {
            const limit = 3 + random.below(15);
            const { pages, hits } = await search(source(`${dir}/*`), query, {
              order,
              limit: limit + random.below(3),
              resume,
            });
            if (hits.length === 0) break;
            // Only a part of what the source gave is taken.
            let taken = Math.min(limit, hits.length);
            for (const page of pages) {
              const part = Math.min(taken, page.hits.length);
              paged.push(...page.hits.slice(0, part).map(text));
              taken -= part;
              resume = JSON.parse(JSON.stringify(page.resume(part - 1)));
              if (taken === 0) break;
            }
          }
          expect(paged).toEqual(whole);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("follow", () => {
  function following(pattern: string, query = "") {
    const clock = new FakeClock();
    const abort = new AbortController();
    const files = createFilesSource({ patterns: [pattern], context: CONTEXT, clock });
    const lines: string[] = [];
    const done = (async () => {
      for await (const page of files.search(asked(query, { follow: true, signal: abort.signal })))
        lines.push(...page.hits.map(text));
    })();
    /** Reading files takes real time, so after each step of the clock the disk gets some. */
    const until = async (count: number) => {
      for (let i = 0; i < 1000 && lines.length < count; i++) {
        await clock.advance(200);
        await setTimeout(2);
      }
      return lines;
    };
    const rest = async () => {
      for (let i = 0; i < 20; i++) {
        await clock.advance(200);
        await setTimeout(2);
      }
    };
    const stop = async () => {
      abort.abort();
      await done;
    };
    return { until, rest, stop };
  }

  test("goes on through a rename, a copytruncate, a line in two halves and a new file", async () => {
    const dir = directory();
    const path = write(`${dir}/app.log`, "one\ntwo\nthr");
    const { until, rest, stop } = following(`${dir}/*.log*`);
    expect(await until(2)).toEqual(["one", "two"]);
    appendFileSync(path, "ee\n");
    expect(await until(3)).toContain("three");
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, "late\n");
    await until(4);
    write(path, "four\n");
    await until(5);
    write(`${path}.2`, "one\ntwo\nthree\nlate\nfour\n");
    truncateSync(path, 0);
    await rest();
    appendFileSync(path, "five\n");
    await until(6);
    write(`${dir}/b.log`, "six\n");
    expect(await until(7)).toEqual(["one", "two", "three", "late", "four", "five", "six"]);
    await stop();
  });

  test("a file that is rotated while the past is read is followed to its end, and the new one from its beginning", async () => {
    const path = write(`${directory()}/app.log`, "one\ntwo\n");
    const clock = new FakeClock();
    const abort = new AbortController();
    const files = createFilesSource({ patterns: [path], context: CONTEXT, clock });
    const lines: string[] = [];
    const done = (async () => {
      for await (const page of files.search(asked("", { follow: true, signal: abort.signal }))) {
        lines.push(...page.hits.map(text));
        if (lines.length !== 2 || page.live) continue;
        renameSync(path, `${path}.1`);
        appendFileSync(`${path}.1`, "three\n");
        write(path, "four\nfive\n");
      }
    })();
    for (let i = 0; i < 200 && lines.length < 5; i++) {
      await clock.advance(200);
      await setTimeout(2);
    }
    abort.abort();
    await done;
    expect(lines.toSorted()).toEqual(["five", "four", "one", "three", "two"]);
  });

  test("a file that was renamed before it could be opened is found by its new name", async () => {
    const dir = directory();
    const path = write(`${dir}/app.log`, "one\n");
    const settings = { context: CONTEXT, maxLineBytes: 1000, name: "files" };
    const read = await Promise.all(findFiles([path]).map((file) => lookAt(file, settings)));
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, "two\n");
    write(path, "three\n");
    const clock = new FakeClock();
    const abort = new AbortController();
    const request = asked("", { follow: true, signal: abort.signal });
    const follower = new FilesFollower({ patterns: [`${path}*`], read, request, settings, clock });
    await follower.open();
    const lines: string[] = [];
    const done = (async () => {
      for await (const page of follower.pages()) lines.push(...page.hits.map(text));
    })();
    for (let i = 0; i < 200 && lines.length < 2; i++) {
      await clock.advance(200);
      await setTimeout(2);
    }
    abort.abort();
    await done;
    await follower.close();
    expect(lines.toSorted()).toEqual(["three", "two"]);
  });

  test("a new file that gets the inode of a deleted one is read", async () => {
    const dir = directory();
    write(`${dir}/app.log`, "one\n");
    const old = write(`${dir}/app.log.1`, "zero\n");
    const { until, rest, stop } = following(`${dir}/*.log*`);
    await until(2);
    await rest();
    // Most file systems give the number that is free again at once.
    rmSync(old);
    write(`${dir}/b.log`, "two\n");
    expect(await until(3)).toContain("two");
    await stop();
  });

  test("joins the lines of a trace that come one by one, and filters", async () => {
    const path = write(`${directory()}/app.log`, "x\n");
    const { until, rest, stop } = following(path, "boom");
    await rest();
    appendFileSync(path, "java.lang.Error: boom\n\tat a.B(C.java:1)\nother\n");
    expect(await until(1)).toEqual(["java.lang.Error: boom\n\tat a.B(C.java:1)"]);
    await stop();
  });
});

describe("explain and describe", () => {
  test("tell what will be read and what there is", async () => {
    const dir = directory();
    write(`${dir}/a.log`, `${stamp(1)} a\n${stamp(5)} b\n`);
    const [line] = await source(`${dir}/a.log`).explain(asked("hello"));
    expect(line).toMatch(/a\.log: plain, \d+ bytes; lines around .*hello/i);
    const about = await source(`${dir}/*`).describe(new AbortController().signal);
    expect(about).toMatchObject({ detail: "1 file", oldest: { nsec: 1_000_001 }, newest: { nsec: 5_000_001 } });
  });
});

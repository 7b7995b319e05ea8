import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { KlogError } from "../../../src/errors.ts";
import { type GivenLine, klogSearch, messages, originOf, ScriptedSource } from "./search-rig.ts";

/** `line 0` … every ten seconds; each third is an error. */
function someLines(count: number): GivenLine[] {
  return Array.from({ length: count }, (_, i) => ({
    at: i * 10,
    text: `line ${i} ${i % 3 === 0 ? "level=error payment declined" : "level=info ok"}`,
  }));
}

function sourceOf(count = 9, options = {}) {
  return new ScriptedSource(someLines(count), options);
}

describe("klog search prints", () => {
  test("in a pipe everything that is found, oldest first, with exit 0", async () => {
    const outcome = await klogSearch(["declined", "-o", "raw"], { sources: [sourceOf()] });
    expect(messages(outcome).map((line) => line.slice(0, 6))).toEqual(["line 0", "line 3", "line 6"]);
    expect(outcome.code).toBe(0);
  });

  test("on a terminal the newest hundred, in time order, and says how to go on", async () => {
    const outcome = await klogSearch(["-o", "raw"], { sources: [sourceOf(250)], isTerminal: true });
    const lines = messages(outcome);
    expect(lines).toHaveLength(100);
    expect(lines[0]).toContain("line 150 ");
    expect(lines.at(-1)).toContain("line 249 ");
    expect(outcome.err).toMatch(/the 100 newest hits; there are more; go on with:\n {2}klog search .*--cursor v1\./);
  });

  test("nothing about more where the limit was just enough", async () => {
    const outcome = await klogSearch(["--limit", "9"], { sources: [sourceOf(9)] });
    expect(messages(outcome)).toHaveLength(9);
    expect(outcome.err).not.toContain("--cursor");
  });

  test("newest first or oldest first where it is asked for", async () => {
    const newest = await klogSearch(["-o", "raw", "--order", "newest", "--limit", "2"], { sources: [sourceOf()] });
    expect(messages(newest).map((line) => line.slice(0, 6))).toEqual(["line 8", "line 7"]);
    const oldest = await klogSearch(["-o", "raw", "--order", "oldest", "--limit", "2"], { sources: [sourceOf()] });
    expect(messages(oldest).map((line) => line.slice(0, 6))).toEqual(["line 0", "line 1"]);
  });

  test("pages by the cursor that it prints, until everything was there once", async () => {
    const seen: string[] = [];
    let words = ["-o", "raw", "--order", "oldest", "--limit", "4"];
    for (let page = 0; page < 5; page++) {
      const outcome = await klogSearch(words, { sources: [sourceOf(9, { pageLines: 3 })] });
      seen.push(...messages(outcome).map((line) => line.slice(0, 6)));
      const next = /--cursor (\S+)/.exec(outcome.err)?.[1];
      if (next === undefined) break;
      words = [...words.slice(0, 6), "--cursor", next];
    }
    expect(seen).toEqual(Array.from({ length: 9 }, (_, i) => `line ${i}`));
  });

  test("times with each line, unless they are switched off", async () => {
    const [first] = messages(await klogSearch(["--utc"], { sources: [sourceOf(1)] }));
    expect(first).toBe("shop web-1 app 2026-11-21T10:00:00.000000000Z line 0 level=error payment declined");
    const [bare] = messages(await klogSearch(["--timestamps=false"], { sources: [sourceOf(1)] }));
    expect(bare).toBe("shop web-1 app line 0 level=error payment declined");
  });

  test("each line with its sources where there are several, one line for a line that both gave", async () => {
    const one = new ScriptedSource(someLines(2), { name: "store" });
    const other = new ScriptedSource(someLines(3), { name: "pods" });
    const outcome = await klogSearch(["--timestamps=false", "--stats"], { sources: [one, other] });
    expect(messages(outcome)).toEqual([
      "[store,pods] shop web-1 app line 0 level=error payment declined",
      "[store,pods] shop web-1 app line 1 level=info ok",
      "[pods] shop web-1 app line 2 level=info ok",
    ]);
    expect(outcome.err).toMatch(/doubles merged +2\n/);
    const both = await klogSearch(["-o", "raw", "--no-dedupe"], { sources: [one, other] });
    expect(messages(both)).toHaveLength(5);
  });

  test("records with sources, stream and id as jsonl", async () => {
    const { out } = await klogSearch(["-o", "jsonl"], { sources: [sourceOf(1)] });
    expect(JSON.parse(out)).toMatchObject({
      "@timestamp": "2026-11-21T10:00:00.000000000Z",
      source: ["store"],
      stream: "stdout",
      k8s_pod: "web-1",
    });
  });

  test.each(["pretty", "json", "logfmt", "csv", "extjson"])("-o %s", async (format) => {
    const outcome = await klogSearch(["-o", format], { sources: [sourceOf(2)] });
    expect(outcome.out).toContain("payment declined");
    expect(outcome.code).toBe(0);
  });

  test("a template, and nothing with -o none", async () => {
    const template = ["-o", "template", "--template", '{{.PodName}}: {{.Message}}{{"\\n"}}'];
    expect(messages(await klogSearch(template, { sources: [sourceOf(1)] }))).toEqual([
      "web-1: line 0 level=error payment declined",
    ]);
    const none = await klogSearch(["-o", "none"], { sources: [sourceOf(1)] });
    expect(none).toMatchObject({ out: "", code: 0 });
  });

  test("what was found in colour", async () => {
    const { out } = await klogSearch(["declined", "-o", "raw", "--color", "always"], { sources: [sourceOf(1)] });
    expect(out).toMatch(/payment (?:\u001b\[\d+m)+declined\u001b/);
  });
});

describe("klog search finds", () => {
  test("by flags beside the query: level, include, exclude", async () => {
    const find = async (...words: string[]) =>
      messages(await klogSearch(["-o", "raw", ...words], { sources: [sourceOf()] })).map((line) => line.slice(5, 6));
    expect(await find("--level", "error")).toEqual(["0", "3", "6"]);
    expect(await find("-i", "line [1-3]", "-e", "line 2")).toEqual(["1", "3"]);
    expect(await find("line", "--level", "info", "-e", "[1-5]")).toEqual(["7", "8"]);
  });

  test("a text as it stands with --fixed, a pattern with --regexp", async () => {
    const find = async (...words: string[]) =>
      messages(await klogSearch(["-o", "raw", ...words], { sources: [sourceOf()] })).length;
    expect(await find("--fixed", "level=error payment")).toBe(3);
    expect(await find("--regexp", "line [45]")).toBe(2);
  });

  test("by where lines come from", async () => {
    const api = originOf({
      namespace: "pay",
      pod: "api-1",
      podUid: "u2",
      container: "sidecar",
      labels: { app: "api" },
    });
    const lines = [
      { at: 0, text: "from web" },
      { at: 1, text: "from api", origin: api },
    ];
    const find = async (...words: string[]) =>
      messages(await klogSearch(["-o", "raw", ...words], { sources: [new ScriptedSource(lines)] }));
    expect(await find("-n", "pay")).toEqual(["from api"]);
    expect(await find("-c", "^app$")).toEqual(["from web"]);
    expect(await find("-E", "side")).toEqual(["from web"]);
    expect(await find("-l", "app in (api, x)")).toEqual(["from api"]);
    expect(await find("--exclude-pod", "web")).toEqual(["from api"]);
    expect(await find("--exclude-namespace", "pay")).toEqual(["from web"]);
    expect(await find("-A")).toEqual(["from web", "from api"]);
  });

  test("within a range, around a time, and tells the range in the zone and in UTC", async () => {
    const find = async (...words: string[]) =>
      klogSearch(["-o", "raw", ...words], { sources: [sourceOf()], isErrorTerminal: true });
    const zone = ["--timezone", "Europe/Berlin"];
    const since = await find(...zone, "--since", "2026-11-21 11:00:30", "--until", "2026-11-21 11:00:50");
    expect(messages(since).map((line) => line.slice(0, 6))).toEqual(["line 3", "line 4", "line 5"]);
    expect(since.err).toContain(
      "searching store: 2026-11-21T11:00:30+01:00 (2026-11-21T10:00:30Z) to 2026-11-21T11:00:50+01:00 (2026-11-21T10:00:50Z)",
    );
    const around = await find("--around", "2026-11-21T10:00:40Z", "--window", "10s");
    expect(messages(around).map((line) => line.slice(0, 6))).toEqual(["line 3", "line 4", "line 5"]);
  });

  test("what pipes leave over", async () => {
    const find = async (query: string) =>
      messages(await klogSearch(["-o", "raw", query], { sources: [sourceOf()] })).map((line) => line.slice(0, 6));
    expect(await find("declined | head 2")).toEqual(["line 0", "line 3"]);
    expect(await find("declined | tail 1")).toEqual(["line 6"]);
    expect(await find("* | where /line [12]/")).toEqual(["line 1", "line 2"]);
  });

  test("what pipes leave over, of all lines and in their order, where --limit is typed too", async () => {
    const find = async (...words: string[]) =>
      messages(await klogSearch(["-o", "raw", ...words], { sources: [sourceOf()] })).map((line) => line.slice(0, 6));
    expect(await find("declined | sort ts", "--limit", "2")).toEqual(["line 0", "line 3"]);
    expect(await find("declined | sort ts desc", "--limit", "2")).toEqual(["line 6", "line 3"]);
    expect(await find("* | tail 3", "--limit", "5")).toEqual(["line 6", "line 7", "line 8"]);
    expect(await find("* | head 3", "--limit", "5")).toEqual(["line 0", "line 1", "line 2"]);
    expect(await find("* | where /line/ | head 3", "--limit", "5")).toEqual(["line 0", "line 1", "line 2"]);
    expect(await find("* | where /line/", "--limit", "2")).toEqual(["line 7", "line 8"]);
    expect(await find("* | head 2", "--limit", "5", "--order", "newest")).toEqual(["line 8", "line 7"]);
  });
});

describe("lines around a hit", () => {
  test("are those of its own container, groups apart by --", async () => {
    const other = originOf({ pod: "db-1", podUid: "u9" });
    const lines: GivenLine[] = [
      ...someLines(9).map((line) => ({ ...line, text: line.text.replaceAll("payment declined", "x") })),
      { at: 15, text: "noise of another pod", origin: other },
    ];
    const around = async (...words: string[]) =>
      messages(await klogSearch(["-o", "raw", ...words], { sources: [new ScriptedSource(lines)] })).map((line) =>
        line.slice(0, 6),
      );
    const expected = ["line 0", "line 1", "line 2", "--", "line 6", "line 7", "line 8"];
    expect(await around('"line 1" OR "line 7"', "-C", "1")).toEqual(expected);
    expect(await around('"line 1" OR "line 7"', "-C", "1", "--limit", "10")).toEqual(expected);
    expect(await around('"line 2"', "-B", "1", "--after-context", "2", "--limit", "10")).toEqual([
      "line 1",
      "line 2",
      "line 3",
      "line 4",
    ]);
  });

  test("that touch are one group", async () => {
    const around = async (...words: string[]) =>
      messages(await klogSearch(["-o", "raw", ...words], { sources: [sourceOf()] })).map((line) => line.slice(0, 6));
    const expected = ["line 1", "line 2", "line 3", "line 4", "line 5"];
    expect(await around('"line 2" OR "line 4"', "-C", "1", "--limit", "5")).toEqual(expected);
    expect(await around('"line 2" OR "line 4"', "-C", "1")).toEqual(expected);
  });

  test("are found among many lines of the same time", async () => {
    const lines: GivenLine[] = Array.from({ length: 1001 }, (_, i) => ({ at: 0, text: `<${i}> line` }));
    lines[500] = { at: 0, text: "the hit" };
    const outcome = await klogSearch(["hit", "-C", "1", "--limit", "5", "-o", "raw"], {
      sources: [new ScriptedSource(lines)],
    });
    expect(messages(outcome)).toEqual(["<499> line", "the hit", "<501> line"]);
    expect(outcome.err).toBe("");
  });

  test("are left out with a note where too many lines have the same time", async () => {
    const lines: GivenLine[] = Array.from({ length: 40_001 }, (_, i) => ({ at: 0, text: `<${i}> line` }));
    lines[20_000] = { at: 0, text: "the hit" };
    const outcome = await klogSearch(["hit", "-C", "1", "--limit", "5", "-o", "raw"], {
      sources: [new ScriptedSource(lines, { pageLines: 10_000 })],
    });
    expect(messages(outcome)).toEqual(["the hit"]);
    expect(outcome.err).toContain("more than 16384 lines of one log have the same time");
  });

  /** 1501 hits, each third line, 30 s apart. */
  const manyHits = (...words: string[]) =>
    klogSearch(["declined", "-C", "1", "-o", "raw", ...words], { sources: [sourceOf(4502)] });
  const numbers = (outcome: { out: string }) =>
    outcome.out
      .split("\n")
      .flatMap((line) => /^line (\d+) /.exec(line)?.[1] ?? [])
      .map(Number);

  test("of more hits than are asked for one by one stand in time order, with those behind the last", async () => {
    const newest = await manyHits("--limit", "1200");
    expect(numbers(newest)).toEqual(Array.from({ length: 3600 }, (_, i) => 902 + i));
    expect(newest.err).toContain("the 1200 newest hits; there are more; go on with:");
    const oldest = await manyHits("--limit", "1200", "--order", "oldest");
    expect(numbers(oldest)).toEqual(Array.from({ length: 3599 }, (_, i) => i));
    const cursor = /--cursor (\S+)/.exec(oldest.err)?.[1] ?? "";
    const rest = await manyHits("--limit", "1200", "--order", "oldest", "--cursor", cursor);
    expect(numbers(rest).filter((number) => number % 3 === 0)).toEqual(
      Array.from({ length: 301 }, (_, i) => 3600 + 3 * i),
    );
    expect(rest.err).not.toContain("--cursor");
    expect((await manyHits("--limit", "1501")).err).not.toContain("--cursor");
  });

  test("may come from another source than the hit", async () => {
    const store = new ScriptedSource([{ at: 20, text: "the hit" }], { name: "store" });
    const pods = new ScriptedSource(
      [
        { at: 10, text: "before" },
        { at: 30, text: "after" },
      ],
      { name: "pods" },
    );
    const outcome = await klogSearch(["hit", "-C", "1", "--limit", "5", "--timestamps=false", "--prefix=none"], {
      sources: [store, pods],
    });
    expect(messages(outcome)).toEqual(["[pods] before", "[store] the hit", "[pods] after"]);
  });
});

describe("klog search ends", () => {
  test("with 1 and a reason when nothing is found", async () => {
    const outcome = await klogSearch(["absent"], { sources: [sourceOf()] });
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain("nothing found in store for absent: all times");
  });

  test("with 3 when one of several sources failed, which is said", async () => {
    const fails = new KlogError("SOURCE_UNREADABLE", "the disk is on fire", { hint: "put it out" });
    const outcome = await klogSearch(["declined", "-o", "raw"], {
      sources: [sourceOf(), new ScriptedSource([], { name: "pods", fails })],
    });
    expect(messages(outcome)).toHaveLength(3);
    expect(outcome.code).toBe(3);
    expect(outcome.err).toContain("the disk is on fire");
  });

  test("with 3 when a regexp took too long and was not run any more", async () => {
    const source = new ScriptedSource([{ at: 0, text: `${"a".repeat(40)}!` }, ...someLines(2)]);
    const query = await klogSearch(["/(a+)+$/ OR declined", "-o", "raw"], { sources: [source] });
    expect(query.err).toContain("klog: warning: /(a+)+$/: it took more than 1 s");
    expect(query.code).toBe(3);
    const slow = new ScriptedSource([
      { at: 0, text: "x", origin: originOf({ container: `${"a".repeat(40)}!` }) },
      { at: 1, text: "y" },
    ]);
    const flag = await klogSearch(["--exclude-container", "(a+)+$", "-o", "raw"], { sources: [slow] });
    expect(flag.err).toContain("--exclude-container (a+)+$: it took more than 1 s");
    expect(flag.code).toBe(3);
  });

  test("with 2 when the only source cannot be read, with 3 when it is a store", async () => {
    const fails = new KlogError("SOURCE_UNREADABLE", "it is gone", { hint: "make it again" });
    const sources = [new ScriptedSource([], { fails })];
    expect(await klogSearch(["x", "--source", "files:/tmp/*.log"], { sources })).toMatchObject({ code: 2 });
    const store = await klogSearch(["x"], { sources });
    expect(store.code).toBe(3);
    expect(store.err).toMatch(/klog: it is gone\n {2}make it again\n$/);
  });

  test("with 130 when it is interrupted, with what it found and the cursor", async () => {
    const abort = new AbortController();
    const source = sourceOf(9, {
      pageLines: 3,
      beforePage: (index: number) => (index === 2 ? abort.abort() : undefined),
    });
    const outcome = await klogSearch(["--order", "oldest", "-o", "raw"], { sources: [source], signal: abort.signal });
    expect(outcome.code).toBe(130);
    expect(messages(outcome).length).toBeGreaterThan(0);
    const cursor = /--cursor (\S+)/.exec(outcome.err)?.[1] ?? "";
    const rest = await klogSearch(["--order", "oldest", "-o", "raw", "--cursor", cursor], { sources: [sourceOf()] });
    expect([...messages(outcome), ...messages(rest)].map((line) => line.slice(0, 6))).toEqual(
      Array.from({ length: 9 }, (_, i) => `line ${i}`),
    );
  });

  test("quietly with 0 when the reader closes the pipe, and stops its sources", async () => {
    const closed = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error("closed"), { code: "EPIPE" }));
      },
    });
    const source = sourceOf(100_000, { pageLines: 1000 });
    const outcome = await klogSearch([], { sources: [source], stdout: closed });
    expect(outcome.code).toBe(0);
    expect(source.isClosed).toBe(true);
    expect(source.requests[0]?.work.records).toBeLessThan(100_000);
  });
});

describe("--wait-for", () => {
  test("ends with 0 at the first line that it finds, and prints what came before it", async () => {
    const outcome = await klogSearch(["--since", "0", "-o", "raw", "--wait-for", '"line 2"'], {
      sources: [sourceOf()],
    });
    expect(messages(outcome).map((line) => line.slice(0, 6))).toEqual(["line 0", "line 1", "line 2"]);
    expect(outcome.code).toBe(0);
  });

  test("ends with 1 after --timeout", async () => {
    const live = (async function* () {
      await new Promise((resolve) => setTimeout(resolve, 2000).unref());
      yield [];
    })();
    const outcome = await klogSearch(["--since", "0", "--wait-for", "never", "--timeout", "30ms", "-o", "none"], {
      sources: [sourceOf(3, { live })],
    });
    expect(outcome).toMatchObject({ code: 1, out: "" });
    expect(outcome.err).toContain("no line was found in time for --wait-for never");
  });
});

describe("--explain", () => {
  test("tells the query as understood, the range, the order and each source, and searches nothing", async () => {
    const source = sourceOf();
    const { out, code } = await klogSearch(["level:>=warn", "declined", "--limit", "5", "--explain"], {
      sources: [source],
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^query +level:>=warn declined\n/);
    expect(out).toMatch(/range +all times\n/);
    expect(out).toMatch(/order +the 5 newest, printed in time order\n/);
    expect(out).toContain("source store\n  9 lines in memory\n");
    expect(source.requests).toEqual([]);
  });
});

describe("saved queries", () => {
  test("are saved, found and joined to what is typed", async () => {
    const home = (await import("./search-rig.ts")).freshHome();
    const saved = await klogSearch(["declined", "--save-query", "bad"], { sources: [sourceOf()], env: home });
    expect(saved.err).toContain("saved as bad: klog search --saved bad");
    const found = await klogSearch(["--saved", "bad", '"line 3"', "-o", "raw"], { sources: [sourceOf()], env: home });
    expect(messages(found)).toEqual(["line 3 level=error payment declined"]);
    const unknown = await klogSearch(["--saved", "bd"], { sources: [sourceOf()], env: home });
    expect(unknown.err).toContain('there is no saved query "bd"');
    expect(unknown.code).toBe(2);
  });
});

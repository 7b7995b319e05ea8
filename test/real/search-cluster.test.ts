// klog search over a real cluster: live pods, an agent's store and the kubelet's files are one timeline, each line once.
import { existsSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../services/cluster.ts";
import { pause } from "./support/agent-logs.ts";
import { type Found, foundBy, identity, mixedLine, numbered, SearchLab, texts } from "./support/search-lab.ts";

let lab: SearchLab;
/** All that was written, as the store has it, oldest first. */
let stored: Found[];
/** What the kubelet still gives of it. */
let live: Found[];

beforeAll(async () => {
  lab = await SearchLab.begin();
  await lab.write();
  stored = await lab.found([lab.store]);
  live = await lab.found([lab.pods]);
});

afterEach(() => lab.stopAll());

afterAll(() => lab?.end());

const both = () => [lab.pods, lab.store];

function inOrder(lines: readonly Found[]): boolean {
  return lines.every((line, i) => i === 0 || lines[i - 1]!["@timestamp"] <= line["@timestamp"]);
}

function of(lines: readonly Found[], pod: string, container = "main"): Found[] {
  return lines.filter((line) => line.k8s_pod === pod && line.k8s_container_name === container);
}

function ways(lines: readonly Found[]): Map<string, string> {
  return new Map(lines.map((line) => [identity(line), line.source.join(",")]));
}

describe("each source for itself", () => {
  test("the store has all that was ever written, over rotation and restarts", () => {
    expect(texts(of(stored, "rotates"))).toEqual(numbered(7600));
    expect(texts(of(stored, "mixed", "side"))).toEqual(numbered(100, "side"));
    const lives = [0, 1, 2].flatMap((life) => numbered(50, `life ${life} line`));
    expect(texts(of(stored, "crashes"))).toEqual(lives);
    expect(of(stored, "crashes").map(({ restart }) => restart)).toEqual([0, 1, 2].flatMap((n) => Array(50).fill(n)));
    expect(texts(of(stored, "mixed")).toSorted()).toEqual(
      Array.from({ length: 900 }, (_, i) => mixedLine(i + 1)).toSorted(),
    );
    expect(stored).toHaveLength(7600 + 900 + 100 + 150);
    expect(inOrder(stored)).toBe(true);
  });

  test("pods give what the kubelet has not rotated away, by time though two streams were written at once", () => {
    expect(inOrder(live)).toBe(true);
    const rotates = texts(of(live, "rotates"));
    expect(rotates.length).toBeLessThan(7600);
    expect(rotates).toEqual(numbered(7600, "line", 7601 - rotates.length));
    expect(rotates.length).toBeGreaterThanOrEqual(100);
    expect(of(live, "mixed")).toHaveLength(900);
    expect(texts(of(live, "crashes"))).toEqual(numbered(50, "life 2 line"));
    const known = new Set(stored.map(identity));
    expect(live.filter((line) => !known.has(identity(line)))).toEqual([]);
  });
});

describe("several sources", () => {
  test("are the exact union: each line once, by time, tagged with every way that has it", async () => {
    const merged = await lab.found(both());
    expect(merged.map(identity).toSorted()).toEqual(stored.map(identity).toSorted());
    expect(inOrder(merged)).toBe(true);
    const isLive = new Set(live.map(identity));
    for (const [line, way] of ways(merged)) expect(way, line).toBe(isLive.has(line) ? "pods,store" : "store");
  });

  test("three ways to the same lines are still one line", async () => {
    const merged = await lab.found([...both(), lab.files]);
    expect(merged.map(identity).toSorted()).toEqual(stored.map(identity).toSorted());
    expect(inOrder(merged)).toBe(true);
    const isLive = new Set(live.map(identity));
    for (const { source, ...line } of merged.filter((one) => isLive.has(identity(one))))
      expect(source, line.message).toHaveLength(3);
    const inFiles = merged.filter(({ source }) => source.some((name) => name.includes("*.log*")));
    // Rotated and compressed files are read; of a container's earlier lives the kubelet keeps one.
    expect(texts(of(inFiles, "rotates"))).toEqual(numbered(7600));
    expect(of(inFiles, "mixed")).toHaveLength(900);
  });

  test("each copy is printed with --no-dedupe", async () => {
    const merged = await lab.found(both(), "--no-dedupe");
    expect(merged).toHaveLength(stored.length + live.length);
  });

  test("for people each line begins with its ways", async () => {
    const { lines } = await lab.search(both(), ['"side 7"', "pod:mixed", "-t=short"]);
    expect(lines).toEqual([expect.stringMatching(/^\[pods,store\] mixed side \S+ .*side 7$/)]);
  });

  test("standard input is one more way", async () => {
    const { bytes } = await lab.search([lab.store], ["pod:mixed container:side", "-o", "jsonl"]);
    const process = await lab.search([lab.pods, "-"], ["pod:mixed container:side", "-o", "jsonl"], { input: bytes });
    const merged = foundBy(process);
    expect(texts(merged)).toEqual(numbered(100, "side"));
    expect(new Set(merged.map(({ source }) => source.join(",")))).toEqual(new Set(["pods,stdin"]));
  });
});

describe("a part of it", () => {
  test("the newest hundred, the newest first or the oldest first", async () => {
    const newest = await lab.found(both(), "--limit", "100", "--order", "newest");
    expect(newest.map(identity)).toEqual(stored.map(identity).slice(-100).toReversed());
    const oldest = await lab.found(both(), "--limit", "100", "--order", "oldest");
    expect(oldest.map(identity)).toEqual(stored.map(identity).slice(0, 100));
    const turned = await lab.found(both(), "--limit", "100");
    expect(turned.map(identity)).toEqual(stored.map(identity).slice(-100));
  });

  test("by namespace, container, level and query the same lines over both as in the store alone", async () => {
    for (const args of [["-c", "^side$"], ["--level", "error"], ["level:>=warn pod:mixed"], ["/line \\d*99$/"]]) {
      const expected = await lab.found([lab.store], ...args);
      expect(expected.length, args.join(" ")).toBeGreaterThan(10);
      expect((await lab.found(both(), ...args)).map(identity), args.join(" ")).toEqual(expected.map(identity));
    }
    const elsewhere = await lab.search(both(), ["ns:kube-system", "pod:rotates"]);
    expect(elsewhere).toMatchObject({ code: 1, stdout: "" });
    expect(elsewhere.stderr).toContain("nothing found in");
  });

  test("by label what has labels, and a word about what has none", async () => {
    const process = await lab.search(both(), ["-l", "app=mixed", "-c", "side", "-o", "jsonl"]);
    expect(texts(foundBy(process))).toEqual(numbered(100, "side"));
    expect(process.stderr).toContain("-l leaves out lines of a store");
    const pods = await lab.search([lab.pods], ["-l", "app=mixed", "-o", "jsonl"]);
    expect(foundBy(pods)).toHaveLength(1000);
    expect(pods.stderr).not.toContain("-l leaves out");
  });

  test("a range of time cuts both at the same line", async () => {
    const [first, last] = [stored[3000]!["@timestamp"], stored[6000]!["@timestamp"]];
    const range = await lab.found(both(), "--since", first, "--until", last);
    expect(range.map(identity)).toEqual(
      stored.filter(({ "@timestamp": at }) => at >= first && at <= last).map(identity),
    );
  });

  test.each(["oldest", "newest"])("page by page by --cursor it is the whole, %s first", async (order) => {
    const args = ["--order", order, "--limit", "2400", "-o", "jsonl"];
    const paged: Found[] = [];
    let next: string[] = [];
    for (let page = 0; page < 8; page++) {
      const process = await lab.search(both(), [...args, ...next]);
      paged.push(...foundBy(process));
      const cursor = /--cursor (v1\.\S+)/.exec(process.stderr)?.[1];
      if (cursor === undefined) break;
      next = ["--cursor", cursor];
    }
    const whole = stored.map(identity);
    expect(paged.map(identity)).toEqual(order === "oldest" ? whole : whole.toReversed());
  });

  test("counts over both are those of what was written", async () => {
    const rows = async (...args: string[]) =>
      JSON.parse((await lab.search(both(), [...args, "-o", "json"])).stdout) as Record<string, string | number>[];
    const expected = new Map([
      ["rotates", 7600],
      ["mixed", 1000],
      ["crashes", 150],
    ]);
    for (const args of [["| count by pod"], ["--top", "pod"]]) {
      expect(new Map((await rows(...args)).map(({ pod, count }) => [pod, count]))).toEqual(expected);
    }
    const spans = await rows("pod:mixed container:main", "--hist=1s");
    const sumOf = (level: string | undefined) =>
      spans.reduce((sum, span) => sum + (span["level"] === level ? Number(span["count"]) : 0), 0);
    const levels = [...new Set(spans.map(({ level }) => level))];
    expect(levels).toHaveLength(3);
    expect(sumOf("error")).toBe(300);
    expect(sumOf("warn")).toBe(300);
    expect(spans.reduce((sum, { count }) => sum + Number(count), 0)).toBe(900);
  });

  test("lines around a hit come from whichever source has them", async () => {
    const early = await lab.found(both(), '"line 1000" pod:rotates', "-C", "2", "--limit", "10");
    expect(texts(early)).toEqual(numbered(1002, "line", 998));
    expect(new Set(early.map(({ source }) => source.join(",")))).toEqual(new Set(["store"]));
    // The first line that is still live: those before it are in the store only.
    const edge = 7601 - of(live, "rotates").length;
    for (const limit of [["--limit", "10"], []]) {
      const around = await lab.found(both(), `"line ${edge}" pod:rotates`, "-C", "2", ...limit);
      expect(texts(around)).toEqual(numbered(edge + 2, "line", edge - 2));
      expect(around.map(({ source }) => source.join(","))).toEqual([
        ...["store", "store"],
        ...["pods,store", "pods,store", "pods,store"],
      ]);
    }
  });

  test("an export that is killed again and again is the same to the byte", async () => {
    const whole = lab.rig.path("whole.jsonl");
    const file = lab.rig.path("killed.jsonl");
    const range = ["--since", stored[0]!["@timestamp"], "--until", stored.at(-1)!["@timestamp"]];
    expect((await lab.search(both(), [...range, "--export", whole])).code).toBe(0);
    let resume: string[] = [];
    for (const waitMs of [0, 30, 60, 90]) {
      const process = lab.searching(both(), [...range, "--export", file, ...resume]);
      await waitFor(
        "the export to begin",
        async () => (existsSync(`${file}.parts`) || process.code !== undefined ? true : undefined),
        { everyMs: 5 },
      );
      await pause(waitMs);
      process.child.kill("SIGKILL");
      await process.exited;
      resume = existsSync(`${file}.parts`) || existsSync(file) ? ["--resume"] : [];
    }
    const end = await lab.search(both(), [...range, "--export", file, ...resume]);
    expect(end.code, end.stderr).toBe(0);
    expect(readFileSync(file).equals(readFileSync(whole))).toBe(true);
    expect(readFileSync(whole, "utf8").split("\n")).toHaveLength(stored.length + 1);
    expect(existsSync(`${file}.parts`)).toBe(false);
  });
});

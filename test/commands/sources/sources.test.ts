import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startSourcesCommand } from "../../../src/commands/sources/start-sources-command.ts";
import { survey } from "../../../src/commands/sources/survey.ts";
import { KlogError } from "../../../src/errors.ts";
import type { Source, SourceDescription } from "../../../src/sources/source.ts";
import type { SourceTarget } from "../../../src/sources/source-target.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { generation, row, storeRows } from "../../store/support/rows.ts";
import { testFolder, testIo } from "../../support/command-io.ts";

const target = (name: string): SourceTarget => ({
  name,
  spec: { kind: "store", directory: `/${name}` },
  by: "configured",
});

function source(name: string, describe: () => Promise<SourceDescription>): Source & { closed: boolean } {
  return {
    name,
    closed: false,
    holdBackMs: 0,
    explain: async () => [],
    // biome-ignore lint/correctness/useYield: nothing is searched here
    async *search() {
      throw new Error("nobody searches");
    },
    describe,
    close() {
      this.closed = true;
    },
  };
}

describe("the survey", () => {
  test("asks every source, and waits for none longer than it may", async () => {
    const fine = source("fine", async () => ({
      oldest: { sec: 10, nsec: 5 },
      newest: { sec: 90, nsec: 0 },
      records: 7,
      bytes: 100,
      detail: "2 pods",
    }));
    const sources = new Map<string, Source>([
      ["fine", fine],
      ["hung", source("hung", () => new Promise(() => undefined))],
      [
        "gone",
        source("gone", async () => {
          throw new KlogError("STORE_UNUSABLE", "it is gone", { hint: "bring it back" });
        }),
      ],
    ]);
    const found = await survey([...sources.keys(), "unopened"].map(target), {
      open: async ({ name }) => {
        const one = sources.get(name);
        if (one === undefined) throw new KlogError("CONTEXT_UNKNOWN", "no such context");
        return one;
      },
      timeoutMs: 30,
      now: () => 100_000,
      signal: new AbortController().signal,
    });
    expect(found).toMatchObject([
      { name: "fine", isReachable: true, records: 7, oldest: "1970-01-01T00:00:10.000000005Z", ageMs: 10_000 },
      { name: "hung", isReachable: false, problem: "no answer within 0.03 s" },
      { name: "gone", isReachable: false, problem: "it is gone", hint: "bring it back" },
      { name: "unopened", isReachable: false, problem: "no such context" },
    ]);
    expect(fine.closed).toBe(true);
  });
});

describe("klog sources", () => {
  async function stored() {
    const home = testFolder();
    const directory = join(home, "store");
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    writer.append(storeRows(generation(1), [row("hello"), row("again")]));
    await writer.close();
    return { home, directory, env: { XDG_CONFIG_HOME: home, KLOG_STORE: directory } };
  }

  test("shows what a store holds and how old its newest line is", async () => {
    const { env, directory } = await stored();
    const io = testIo(env);
    expect(await startSourcesCommand(["store"], io)).toBe(0);
    expect(io.printed()).toMatch(
      new RegExp(
        `^store +store +ready +2 +\\S+ \\S+ +2025-11-21T15:09:12Z +\\S+ ago +${directory} +1 namespace, 1 pod`,
        "m",
      ),
    );
  });

  test("one that cannot be reached is told with what to do, and ends with 3", async () => {
    const { env, home } = await stored();
    const io = testIo(env);
    expect(await startSourcesCommand(["store", `store:${home}/gone`, "-o", "json"], io)).toBe(3);
    expect(JSON.parse(io.printed())).toMatchObject([
      { name: "store", isReachable: true, records: 2 },
      { name: "gone", isReachable: false, problem: expect.stringContaining("gone") },
    ]);
  });

  test("where there is nothing it says how to begin, and ends with 1", async () => {
    const home = testFolder();
    const before = process.env["KUBECONFIG"];
    process.env["KUBECONFIG"] = join(home, "none");
    try {
      const io = testIo({ XDG_CONFIG_HOME: home, KLOG_STORE: join(home, "none") });
      expect(await startSourcesCommand([], io)).toBe(1);
      expect(io.told()).toContain("klog agent run");
    } finally {
      if (before === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = before;
    }
  });
});

import { describe, expect, test } from "vitest";
import { scanWords } from "../../src/commands/argv.ts";
import { mergeFlags } from "../../src/commands/flag-values.ts";
import { FLAGS } from "../../src/commands/flags.ts";
import { parseTailOptions, selectsSomething } from "../../src/commands/tail-options.ts";
import type { KlogError } from "../../src/errors.ts";
import { toMillis } from "../../src/record/timestamp.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

function parse(line: string, env: Record<string, string> = {}) {
  const words = scanWords(line === "" ? [] : line.split(" "), FLAGS);
  const flags = mergeFlags({ words, env: { KLOG_TIMEZONE: "UTC", ...env }, config: undefined }, () => undefined);
  const readText = (path: string) => {
    if (path === "there.tpl") return "{{.Message}}";
    throw new Error(`ENOENT: no such file, open '${path}'`);
  };
  return parseTailOptions({ positionals: words.positionals, flags, now: NOW, readText });
}

function problem(line: string, env?: Record<string, string>): KlogError {
  try {
    parse(line, env);
  } catch (error) {
    return error as KlogError;
  }
  throw new Error(`\`${line}\` was taken`);
}

describe("what a bare line means", () => {
  test("ten lines of each container, followed, all containers, ordered by time", () => {
    const options = parse("web");
    expect(options).toMatchObject({
      selectorArgs: ["web"],
      namespaces: [],
      allNamespaces: false,
      contexts: [],
      containers: [],
      initContainers: true,
      ephemeralContainers: true,
      containerStates: ["running", "waiting", "terminated"],
      defaultContainer: false,
      order: "time",
      reorderWindowMs: 200,
      limits: { maxLogRequests: undefined, maxStreamsPerNode: 64, opensPerSecond: 200, openBurst: 400 },
      stdin: false,
      ui: undefined,
    });
    expect(options.window).toEqual({
      follow: true,
      since: undefined,
      until: undefined,
      tail: 10,
      tailIsDefault: true,
      head: undefined,
      limitBytes: undefined,
      maxLineBytes: 1_048_576,
      previous: false,
      stream: undefined,
    });
    expect(options.output).toMatchObject({ format: "default", prefix: "auto", markers: "auto", timestamps: undefined });
  });
});

describe("the window", () => {
  test.each([
    ["--since 1h", { tail: undefined, tailIsDefault: false, since: { seconds: 3600 }, follow: true }],
    ["--since 48h0m0s", { since: { seconds: 172_800 } }],
    ["--since 1h --tail 5", { tail: 5, since: { seconds: 3600 } }],
    ["--since 0", { tail: undefined, since: undefined, tailIsDefault: false }],
    ["--since 0s", { tail: undefined, since: undefined }],
    ["--since-time 30m", { since: { seconds: 1800 } }],
    ["--tail -1", { tail: undefined, tailIsDefault: false, follow: true }],
    ["--tail 0", { tail: 0, follow: true }],
    ["--head 5", { head: 5, tail: undefined, follow: false }],
    ["--head 5 -f", { head: 5, follow: true }],
    ["-p", { previous: true, follow: false, tail: undefined }],
    ["-p -f", { previous: true, follow: false }],
    ["--until 5m", { follow: false, tail: undefined }],
    ["--until 5m -f", { follow: true }],
    ["--until 2026-11-21T13:00:00Z", { follow: true, tail: undefined }],
    ["--no-follow", { follow: false, tail: 10 }],
    ["--follow=false", { follow: false }],
    ["--limit-bytes 64k --max-line-bytes 2MiB", { limitBytes: 65_536, maxLineBytes: 2_097_152 }],
    ["--limit-bytes 0", { limitBytes: undefined }],
    ["--stream stderr", { stream: "stderr" }],
  ])("%s", (line, window) => {
    expect(parse(`web ${line}`).window).toMatchObject(window);
  });

  test("a point in time becomes a timestamp in the chosen zone", () => {
    const { since, until } = parse("web --from 2026-11-20 --to 2026-11-20 --timezone Asia/Kolkata").window;
    expect(since).toEqual({ time: { sec: Date.parse("2026-11-20T00:00:00+05:30") / 1000, nsec: 0 } });
    expect(toMillis(until!)).toBeCloseTo(Date.parse("2026-11-21T00:00:00+05:30"), 3);
  });

  test.each([
    ["--since 1h --since-time today", "--since and --since-time exclude each other"],
    ["-s 1h --from today", "-s and --from exclude each other"],
    ["--head 5 --tail 5", "--head and --tail exclude each other"],
    ["--no-follow --tail 0", "--tail 0 without following would print nothing"],
    ["--since 5m --until 1h", "the window ends (--until 1h) before it begins"],
    ["-A -n shop", "-n and -A exclude each other"],
  ])("%s is a contradiction", (line, message) => {
    expect(problem(`web ${line}`)).toMatchObject({ code: "USAGE", message, hint: expect.any(String) });
  });

  test("what the environment says gives way instead", () => {
    expect(parse("web --head 5", { KLOG_TAIL: "100" }).window).toMatchObject({ head: 5, tail: undefined });
    expect(parse("web --tail 5", { KLOG_HEAD: "100" }).window).toMatchObject({ head: undefined, tail: 5 });
    expect(parse("web -A", { KLOG_NAMESPACE: "shop" })).toMatchObject({ allNamespaces: true, namespaces: [] });
    expect(parse("web -n shop", { KLOG_ALL_NAMESPACES: "1" })).toMatchObject({
      allNamespaces: false,
      namespaces: ["shop"],
    });
  });

  test("a wrong time or zone says which flag it belongs to", () => {
    expect(problem("web --since yesterda")).toMatchObject({ code: "TIME_INVALID" });
    expect(problem("web --since yesterda").message).toMatch(/^--since: /);
    expect(problem("web --timezone Mars/Base").message).toMatch(/^--timezone: .*Mars\/Base/);
    expect(problem("web -t=tomorrow").message).toMatch(/^-t: .*tomorrow/);
  });
});

describe("sources", () => {
  test("namespaces, contexts and containers may be several", () => {
    expect(parse("-n a,b -n c --context x,y -c app -c side -E istio --exclude-pod canary")).toMatchObject({
      namespaces: ["a", "b", "c"],
      contexts: ["x", "y"],
      containers: ["app", "side"],
      excludeContainers: ["istio"],
      excludePods: ["canary"],
    });
  });

  test("container states are named once; all is all of them", () => {
    expect(parse("web --container-state running,waiting").containerStates).toEqual(["running", "waiting"]);
    expect(parse("web --container-state running --container-state all").containerStates).toHaveLength(3);
  });

  test.each([
    ["--default-container", true],
    ["--all-containers", false],
    ["--all-containers=false", true],
    ["--default-container=false", false],
  ])("%s reads the default container only: %s", (line, only) => {
    expect(parse(`web ${line}`).defaultContainer).toBe(only);
  });

  test("standard input is read for --stdin and for a dash", () => {
    expect(parse("-")).toMatchObject({ stdin: true, selectorArgs: [] });
    expect(parse("--stdin")).toMatchObject({ stdin: true, selectorArgs: [] });
    expect(problem("- web").message).toBe("standard input and pods (web) cannot be read together");
  });

  test("--source names places; pods alone are live pods, of the contexts that it names", () => {
    expect(parse(". --source store --source files:/a,b.log")).toMatchObject({ sources: ["store", "files:/a,b.log"] });
    expect(parse("web --source pods")).toMatchObject({ sources: [], contexts: [] });
    expect(parse("web --source pods:dev --source pods:prod")).toMatchObject({ sources: [], contexts: ["dev", "prod"] });
    expect(parse("web --source pods --source store").sources).toEqual(["pods", "store"]);
    expect(problem("web --source pods:dev --context prod").message).toContain("both name clusters");
    expect(problem("- --source store").message).toBe("standard input and --source cannot be read together");
  });

  test("--history is this machine's store, another one, or none", () => {
    expect(parse("web").history).toBeUndefined();
    expect(parse("web --history off").history).toBe("off");
    expect(parse("web --history store").history).toEqual({ store: "" });
    expect(parse("web --history store:/var/lib/other").history).toEqual({ store: "/var/lib/other" });
    // That is about the queries that klog search remembers.
    expect(parse("web", { KLOG_HISTORY: "off" }).history).toBeUndefined();
    expect(problem("web --history kafka").hint).toBe("store, store:DIR or off");
  });

  test.each([
    ["", false],
    ["--source store", true],
    ["--no-follow --since 1h", false],
    ["web", true],
    ["-", true],
    ["-A", true],
    ["-n shop", true],
    ["-l app=web", true],
    ["--node n1", true],
  ])("`klog tail %s` selects something: %s", (line, selects) => {
    const words = scanWords(line === "" ? [] : line.split(" "), FLAGS);
    const flags = mergeFlags({ words, env: { KLOG_NAMESPACE: "shop" }, config: undefined }, () => undefined);
    expect(selectsSomething(words.positionals, flags)).toBe(selects);
  });
});

describe("lines and output", () => {
  test("-C sets both sides, -B and --after-context one", () => {
    expect(parse("web -C 3").lines).toMatchObject({ before: 3, after: 3 });
    expect(parse("web -C 3 -B 1").lines).toMatchObject({ before: 1, after: 3 });
    expect(parse("web --after-context 2").lines).toMatchObject({ before: 0, after: 2 });
  });

  test("--multiline is auto, off, or the pattern of a first line", () => {
    expect(parse("web").lines.multiline).toBe("auto");
    expect(parse("web --multiline off").lines.multiline).toBe("off");
    expect(parse("web --multiline ^\\d").lines.multiline).toEqual({ start: "^\\d" });
  });

  test("ndjson is jsonl", () => {
    expect(parse("web -o ndjson").output.format).toBe("jsonl");
  });

  test("a template file wins over a template, and a missing one is named", () => {
    expect(parse("web --template x -T there.tpl").output.template).toEqual({ name: "there.tpl", text: "{{.Message}}" });
    expect(parse("web --template x").output.template).toEqual({ name: "--template", text: "x" });
    expect(problem("web -T gone.tpl")).toMatchObject({ code: "TEMPLATE_INVALID", hint: "-T names it" });
  });

  test("times are off, a style, or a strftime pattern", () => {
    expect(parse("web --timestamps=false").output.timestamps).toBeUndefined();
    expect(parse("web -t").output.timestamps).toBe("default");
    expect(parse("web -t=%H:%M").output.timestamps).toBeTypeOf("object");
  });

  test("colours are SGR codes, and containers have as many as pods", () => {
    expect(parse("web --pod-colors 91,38;2;1;2;3").output.podColors).toEqual(["91", "38;2;1;2;3"]);
    expect(problem("web --pod-colors red").message).toBe('--pod-colors: "red" is not an SGR code');
    expect(problem("web --pod-colors 91,92 --container-colors 31").message).toBe(
      "--container-colors has 1 colours, --pod-colors 2",
    );
  });

  test("stern's request limits keep their special values", () => {
    expect(parse("web --qps -1 --burst 0 --max-log-requests -1").limits).toEqual({
      maxLogRequests: undefined,
      maxStreamsPerNode: 64,
      opensPerSecond: Number.POSITIVE_INFINITY,
      openBurst: 400,
    });
    expect(parse("web --qps 12.5 --burst 20 --max-log-requests 7").limits).toMatchObject({
      maxLogRequests: 7,
      opensPerSecond: 12.5,
      openBurst: 20,
    });
  });

  test("the full-screen view is undecided until somebody says", () => {
    expect(parse("web --ui").ui).toBe(true);
    expect(parse("web --no-ui").ui).toBe(false);
  });

  test("connection flags go to the kubeconfig as kubectl names them", () => {
    expect(
      parse("web --as eve --as-group a,b --as-group c --request-timeout 10s --kubeconfig k").connection,
    ).toMatchObject({ as: "eve", asGroup: ["a,b", "c"], requestTimeout: "10s", kubeconfig: "k", token: undefined });
  });
});

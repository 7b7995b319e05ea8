// klog search and klog demo on a real terminal: progress, colours, Ctrl-C, a closed pipe, and nothing left behind.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { kubeconfigWithServer, serverPort, startCluster, waitFor } from "../services/cluster.ts";
import { startTcpProxy, type TcpProxy } from "../services/tcp-proxy.ts";
import { AgentRig } from "./support/agent.ts";
import { criLine, podLog } from "./support/agent-logs.ts";
import { klogEnvironment, PROGRAM } from "./support/klog.ts";
import { Screen } from "./support/screen.ts";

const LINES = 100_000;

let rig: AgentRig;
let proxy: TcpProxy;
let kubeconfig: string;
const open = new Set<Screen>();

beforeAll(async () => {
  const cluster = await startCluster({ name: "node" });
  proxy = await startTcpProxy({ targetPort: await serverPort(cluster.kubeconfig) });
  kubeconfig = await kubeconfigWithServer(cluster.kubeconfig, `https://127.0.0.1:${proxy.port}`);
  rig = new AgentRig("screen");
  const lines = Array.from({ length: LINES }, (_, i) =>
    criLine(`[${i % 100 === 0 ? "ERROR" : "INFO"}] request ${i + 1} took ${i % 97} ms`),
  );
  writeFileSync(podLog(rig.pods, "web", { namespace: "shop" }), lines.join(""));
  await rig.finish();
});

afterEach(() => {
  proxy.resume();
  for (const screen of open) screen.signal("SIGKILL");
  open.clear();
});

afterAll(async () => {
  await proxy?.close();
  await rig?.[Symbol.asyncDispose]();
});

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return klogEnvironment({ kubeconfig, env: { KLOG_HISTORY: "off", LANG: "C.UTF-8", ...more } });
}

function screen(words: readonly [string, ...string[]], env: Readonly<Record<string, string>> = {}): Screen {
  const made = new Screen(words, { env: environment(env) });
  open.add(made);
  return made;
}

function search(...args: string[]): Screen {
  return screen([process.execPath, PROGRAM, "search", "--since", "0", ...args]);
}

const store = () => ["--source", `store:${rig.store}`];

describe("klog search on a terminal", () => {
  test("shows the newest hundred beside the prompt, in colours, and how to go on", async () => {
    const shown = search(...store(), '"took 5 ms"', "--limit", "100");
    expect(await shown.ends()).toBe(0);
    const text = await shown.text();
    const numbers = [...text.matchAll(/request (\d+) took 5 ms$/gm)].map(([, n]) => Number(n));
    expect(numbers).toHaveLength(100);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers.at(-1)).toBe(6 + 97 * Math.floor((LINES - 6) / 97));
    expect(text).toMatch(/100 newest hits; there are more; go on with:\s+klog search .*--cursor v1\./);
    // What was found stands out within the line, and the line ends as it began.
    expect(shown.raw).toMatch(/\u001b\[[\d;]*m(?:took 5 ms|took)\u001b\[/);
    const unpainted = screen([process.execPath, PROGRAM, "search", "--since", "0", ...store(), "took"], {
      NO_COLOR: "1",
    });
    expect(await unpainted.ends()).toBe(0);
    expect(unpainted.raw.replaceAll(/\u001b\[K/g, "")).not.toContain("\u001b[");
  });

  test("levels have their colours", async () => {
    const shown = search(...store(), "request", "--limit", "150", "--highlight", "nothing-there");
    expect(await shown.ends()).toBe(0);
    const paintOf = (text: string) => new RegExp(`((?:\\u001b\\[[\\d;]*m)*)\\[${text}\\]`).exec(shown.raw)?.[1];
    expect(paintOf("ERROR")).toMatch(/m$/);
    expect(paintOf("ERROR")).not.toBe(paintOf("INFO"));
  });

  test("tells how far it is while a source lets it wait, and takes that away before the hits", async () => {
    proxy.stall();
    const shown = search(...store(), "--source", "pods", "--source-timeout", "3s", '"request 7"');
    await shown.hasShown(/klog: 0 hits/);
    proxy.resume();
    expect([0, 3]).toContain(await shown.ends());
    const text = await shown.text();
    expect(text).toMatch(/request 7 took/);
    expect(text).not.toMatch(/^klog: \d+ hits?.* · /m);
  });

  test("Ctrl-C ends it with 130, what was found, and the place to go on", async () => {
    const shown = search(...store(), "request", "--order", "oldest", "--limit", "0");
    shown.haltsAt(/ 100 took/);
    await shown.hasShown(/ 100 took/);
    shown.type("\u0003");
    shown.readOn();
    expect(await shown.ends()).toBe(130);
    const text = await shown.text();
    expect(text).not.toMatch(/^\s+at .*:\d+/m);
    const cursor = /interrupted; go on with:\s+klog search .*--cursor (v1\.\S+)/.exec(text)?.[1];
    const last = Number([...text.matchAll(/request (\d+) took/g)].at(-1)![1]);
    expect(last).toBeLessThan(LINES);
    const next = search(...store(), "request", "--limit", "1", "-o", "raw", "--cursor", cursor!);
    expect(await next.ends()).toBe(0);
    expect(await next.text()).toContain(`request ${last + 1} took`);
  });

  test("Ctrl-C while nothing is found yet ends it with 130 and leaves no progress behind", async () => {
    proxy.stall();
    const shown = search("--source", "pods", "--source-timeout", "60s", "request");
    await shown.hasShown(/klog: 0 hits/);
    shown.type("\u0003");
    expect(await shown.ends()).toBe(130);
    expect(await shown.text()).not.toMatch(/ · | at .*:\d+/);
  });

  test("followed, Ctrl-C ends it quietly with 130", async () => {
    const shown = search(...store(), "-f", "request 99999");
    await shown.shows(/request 99999 took/);
    shown.type("\u0003");
    expect(await shown.ends()).toBe(130);
    expect(await shown.text()).not.toMatch(/--cursor|error/);
  });

  test("into head it ends quietly", async () => {
    const words = [process.execPath, PROGRAM, "search", "--since", "0", ...store(), "request", "--progress", "off"];
    const line = `${words.map((word) => `'${word}'`).join(" ")} | head -1; echo "status \${PIPESTATUS[*]}"`;
    const shown = screen(["bash", "-c", line]);
    expect(await shown.ends()).toBe(0);
    const text = await shown.text();
    expect(text).toContain("request 1 took");
    expect(text).toMatch(/status 0 0/);
    expect(text).not.toMatch(/EPIPE|error|go on with/);
  });

  test("a table of what is counted is drawn for people", async () => {
    const shown = search(...store(), "| count by level");
    expect(await shown.ends()).toBe(0);
    const text = await shown.text();
    expect(text).toMatch(/^info +99,?000$/m);
    expect(text).toMatch(/^error +1,?000$/m);
  });
});

describe("klog demo on a terminal", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "klog-demo-test-"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** With a temp folder of its own, so that it can be seen to be empty. */
  function demo(name: string): { shown: Screen; place: string } {
    const place = join(folder, name);
    mkdirSync(place);
    return { shown: screen([process.execPath, PROGRAM, "demo"], { TMPDIR: place }), place };
  }

  /** Node keeps compiled code in the temp folder too, for whatever runs next. */
  const filesOf = (place: string) => readdirSync(place).filter((name) => name !== "node-compile-cache");

  function expectNothingLeft(place: string): void {
    expect(filesOf(place)).toEqual([]);
    expect(usersOf(place)).toEqual([]);
  }

  test("walks on with Enter and ends with q", async () => {
    const { shown, place } = demo("walk");
    await shown.shows(/Enter: go on, q: end/);
    expect(filesOf(place)).toHaveLength(1);
    expect(usersOf(place)).not.toEqual([]);
    shown.type("\r");
    await waitFor("the second stop", async () =>
      (await shown.text()).split("Enter: go on, q: end").length > 2 ? true : undefined,
    );
    shown.type("q\r");
    expect(await shown.ends()).toBe(0);
    expect(await shown.text()).toMatch(/That was the tour; its files are removed\./);
    expectNothingLeft(place);
  });

  test.each([
    ["Ctrl-C while it asks", /Enter: go on, q: end/, (shown: Screen) => shown.type("\u0003")],
    ["Ctrl-C while the agent collects", /lines of the past hour/, (shown: Screen) => shown.type("\u0003")],
    ["SIGTERM", /Enter: go on, q: end/, (shown: Screen) => shown.signal("SIGTERM")],
  ])("leaves nothing behind after %s", async (name, at, stop) => {
    const { shown, place } = demo(name.replaceAll(" ", "-"));
    await shown.shows(at);
    expect(filesOf(place)).toHaveLength(1);
    expect(usersOf(place)).not.toEqual([]);
    stop(shown);
    expect([130, 143]).toContain(await shown.ends());
    expectNothingLeft(place);
    expect(await shown.text()).not.toMatch(/^\s+at .*:\d+|unexpected/m);
  });
});

/** Processes, wherever they hang now, that were told of this folder. */
function usersOf(folder: string): string[] {
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && commandOf(entry).includes(folder));
}

function commandOf(entry: string): string {
  try {
    return readFileSync(`/proc/${entry}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

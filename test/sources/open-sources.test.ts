import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceEntry } from "../../src/config/source-entry.ts";
import { type OpenRequest, openSources, podFlags, sourceTargets } from "../../src/sources/open-sources.ts";
import type { SelectionFlags } from "../../src/sources/pods/selection.ts";
import { testFolder } from "../support/command-io.ts";

const FLAGS: SelectionFlags = {
  selectorArgs: [],
  namespaces: [],
  allNamespaces: false,
  labelSelector: undefined,
  fieldSelector: undefined,
  nodes: [],
  nodeLabels: { region: [], zone: [], os: [], arch: [] },
  containers: [],
  excludeContainers: [],
  excludePods: [],
  excludeNamespaces: [],
  initContainers: true,
  ephemeralContainers: true,
  containerStates: ["running"],
  condition: undefined,
  defaultContainer: false,
};

let home: string;
let kubeconfig: string | undefined;

beforeEach(() => {
  home = testFolder();
  kubeconfig = process.env["KUBECONFIG"];
  process.env["KUBECONFIG"] = join(home, "kubeconfig");
});
afterEach(() => {
  if (kubeconfig === undefined) delete process.env["KUBECONFIG"];
  else process.env["KUBECONFIG"] = kubeconfig;
});

function request(words: string[], entries: SourceEntry[] = []): OpenRequest {
  return {
    words,
    config: { sources: entries },
    env: { KLOG_STORE: join(home, "store") },
    home,
    context: { now: 0, zone: "UTC", regexp: (source, flags) => new RegExp(source, flags) },
    kubernetes: { contexts: [], connection: {}, flags: FLAGS },
    stdin: new PassThrough(),
    maxLineBytes: 1024,
    surroundings: { warn: () => undefined },
  };
}

function cluster(text?: string) {
  const contexts = [{ name: "dev", context: { cluster: "c", user: "u" } }];
  const clusters = [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }];
  const users = [{ name: "u", user: {} }];
  writeFileSync(
    join(home, "kubeconfig"),
    text ?? JSON.stringify({ contexts, clusters, users, "current-context": "dev" }),
  );
}

const store = () => mkdirSync(join(home, "store"));
const named = async (words: string[], entries?: SourceEntry[]) =>
  (await sourceTargets(request(words, entries))).targets.map(({ name, by }) => `${name} ${by}`);

describe("what is searched without --source", () => {
  test("is what the machine has: its store and its cluster, and nothing that is not there", async () => {
    expect(await named([])).toEqual([]);
    store();
    expect(await named([])).toEqual(["store machine"]);
    cluster();
    expect(await named([])).toEqual(["store machine", "pods machine"]);
  });

  test("is also what the config file names, each place once", async () => {
    store();
    cluster();
    const entries: SourceEntry[] = [
      { name: "here", line: 1, kind: "store", directory: join(home, "store") },
      { name: "web", line: 2, kind: "files", patterns: ["/x"] },
      { name: "live", line: 3, kind: "pods", context: "dev", namespaces: [], selector: undefined },
    ];
    expect(await named([], entries)).toEqual(["here configured", "web configured", "live configured"]);
    expect(await named([], entries.slice(1, 2))).toEqual(["web configured", "store machine", "pods machine"]);
  });

  test("a kubeconfig without a cluster is none; a broken one is said and left out", async () => {
    store();
    cluster("{}");
    expect(await named([])).toEqual(["store machine"]);
    cluster("{broken");
    const { sources, notes, isPartial } = await openSources(request([]));
    expect(sources.map(({ name }) => name)).toEqual(["store"]);
    expect(notes).toEqual([expect.stringMatching(/^source pods is left out: the kubeconfig .* is not valid YAML/)]);
    expect(isPartial).toBe(true);
  });

  test.skipIf(process.getuid?.() === 0)("a store that may not be read is said and left out", async () => {
    store();
    cluster();
    chmodSync(join(home, "store"), 0);
    const { targets, notes } = await sourceTargets(request([]));
    expect(targets.map(({ name }) => name)).toEqual(["pods"]);
    expect(notes[0]).toMatch(/is left out: EACCES/);
  });

  test("nothing at all is an error that says what to name", async () => {
    await expect(openSources(request([]))).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: `there is nothing to search here: the store ${join(home, "store")}, which KLOG_STORE names, is not there`,
      hint: expect.stringContaining("files:"),
    });
  });
});

describe("what --source names", () => {
  test("is all that is searched, each word once", async () => {
    store();
    cluster();
    expect(await named(["store", "store", "files:/x/a.log", "-"])).toEqual([
      "store asked",
      "a.log asked",
      "stdin asked",
    ]);
  });

  test("that cannot be opened is an error", async () => {
    store();
    await expect(openSources(request(["store", "pods"]))).rejects.toMatchObject({ code: "KUBECONFIG_INVALID" });
    cluster();
    await expect(openSources(request(["pods:prod"]))).rejects.toMatchObject({ code: "CONTEXT_UNKNOWN" });
  });

  test("opens every kind", async () => {
    store();
    cluster();
    const { sources, isPartial } = await openSources(request(["-", "files:/x/a.log", "store", "pods"]));
    expect(sources.map(({ name }) => name)).toEqual(["stdin", "a.log", "store", "pods"]);
    expect(isPartial).toBe(false);
    for (const source of sources) source.close();
  });
});

test("an entry's namespaces stand for those of the flags, and both label selectors hold", () => {
  const spec = { kind: "pods", context: undefined, namespaces: ["a"], selector: "app=web" } as const;
  const flags = { ...FLAGS, allNamespaces: true, labelSelector: "tier=front" };
  expect(podFlags(flags, spec)).toMatchObject({
    allNamespaces: false,
    namespaces: ["a"],
    labelSelector: "tier=front,app=web",
  });
  expect(podFlags(FLAGS, { ...spec, namespaces: ["*"] })).toMatchObject({ allNamespaces: true, namespaces: [] });
  expect(podFlags({ ...FLAGS, namespaces: ["n"] }, { ...spec, namespaces: [], selector: undefined })).toMatchObject({
    namespaces: ["n"],
    labelSelector: undefined,
  });
});

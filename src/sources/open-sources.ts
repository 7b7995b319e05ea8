// The sources of a search: what --source names, else all that the config file and this machine offer. What stands behind a
// kind is loaded only where it is used.
import { accessSync, constants, existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { DEFAULT_STORE_DIR } from "../collector/declare/agent-config.ts";
import type { ConfigFile } from "../config/config-file.ts";
import type { PodsSpec } from "../config/source-entry.ts";
import { KlogError, messageOf } from "../errors.ts";
import type { CompileContext } from "../query/predicate.ts";
import type { ClusterRequest, ClusterSurroundings } from "./pods/open-clusters.ts";
import type { SelectionFlags } from "./pods/selection.ts";
import type { Source } from "./source.ts";
import { distinctlyNamed, entryTarget, type SourceTarget, type TargetPlace, wordTarget } from "./source-target.ts";

export interface OpenRequest {
  /** Values of --source, in order. */
  readonly words: readonly string[];
  readonly config: Pick<ConfigFile, "sources"> | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly context: CompileContext;
  readonly kubernetes: ClusterRequest & { readonly flags: SelectionFlags };
  readonly stdin: Readable;
  /** Longer lines of files, pods and standard input are cut. */
  readonly maxLineBytes: number;
  readonly surroundings: ClusterSurroundings;
}

export interface OpenedSources {
  /** At least one, each with a name of its own. The caller closes them. */
  readonly sources: readonly Source[];
  /** What was found or configured and cannot be read, for a person. */
  readonly notes: readonly string[];
  /** Hits may be missing because of what the notes say. */
  readonly isPartial: boolean;
}

/** Throws KlogError where a source that was asked for cannot be opened, or where there is none at all. */
export async function openSources(request: OpenRequest): Promise<OpenedSources> {
  const { targets, notes } = await sourceTargets(request);
  const sources: Source[] = [];
  const said = [...notes];
  for (const target of targets) {
    try {
      sources.push(await openTarget(target, request));
    } catch (error) {
      if (target.by === "asked" || !(error instanceof KlogError)) {
        for (const source of sources) source.close();
        throw error;
      }
      said.push(
        `source ${target.name} is left out: ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`,
      );
    }
  }
  if (sources.length === 0) throw nothingToSearch(said);
  return { sources, notes: said, isPartial: said.length > 0 };
}

export interface FoundTargets {
  readonly targets: readonly SourceTarget[];
  /** What the machine has and nobody may read. */
  readonly notes: readonly string[];
}

/** What would be opened. Throws KlogError USAGE for a word that names nothing. */
export async function sourceTargets(
  request: Omit<OpenRequest, "context" | "stdin" | "surroundings">,
): Promise<FoundTargets> {
  const { words, config, env, home, kubernetes } = request;
  const entries = config?.sources ?? [];
  const place: TargetPlace = { entries, home, defaultStore: defaultStore(env) };
  if (words.length > 0) {
    return { targets: distinctlyNamed([...new Set(words)].map((word) => wordTarget(word, place))), notes: [] };
  }
  const configured = entries.map((entry) => entryTarget(entry, place));
  const { store, note } = machineStore(place.defaultStore, env);
  const isNamed = (directory: string) =>
    configured.some(({ spec }) => spec.kind === "store" && spec.directory === directory);
  const machine: SourceTarget[] = [];
  if (store !== undefined && !isNamed(store)) {
    machine.push({ name: "store", spec: { kind: "store", directory: store }, by: "machine" });
  }
  // Whoever has named the clusters to search does not mean the current context too.
  if (!configured.some(({ spec }) => spec.kind === "pods") && (await hasCluster(kubernetes))) {
    const spec: PodsSpec = { kind: "pods", context: undefined, namespaces: [], selector: undefined };
    machine.push({ name: "pods", spec, by: "machine" });
  }
  return { targets: distinctlyNamed([...configured, ...machine]), notes: note === undefined ? [] : [note] };
}

/** Where the agent of this machine keeps its store, unless KLOG_STORE says otherwise. */
export function defaultStore(env: OpenRequest["env"]): string {
  return env["KLOG_STORE"] || DEFAULT_STORE_DIR;
}

function machineStore(directory: string, env: OpenRequest["env"]): { store?: string; note?: string } {
  if (!existsSync(directory))
    return env["KLOG_STORE"] ? { note: `the store ${directory}, which KLOG_STORE names, is not there` } : {};
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return { store: directory };
  } catch (error) {
    return { note: `the store ${directory} is left out: ${messageOf(error)} (try sudo, or choose with --source)` };
  }
}

async function hasCluster({ contexts, connection }: ClusterRequest): Promise<boolean> {
  if (contexts.length > 0) return true;
  const { isClusterKnown } = await import("../clients/kubernetes/kubeconfig.ts");
  try {
    return isClusterKnown(connection);
  } catch {
    // A kubeconfig is there and broken: opening it says what is wrong.
    return true;
  }
}

/** Throws KlogError. */
export async function openTarget({ name, spec }: SourceTarget, request: OpenRequest): Promise<Source> {
  const { context, maxLineBytes } = request;
  switch (spec.kind) {
    case "store": {
      const { createStoreSource } = await import("./store/store-source.ts");
      return createStoreSource({ directory: spec.directory, name, context });
    }
    case "files": {
      const { createFilesSource } = await import("./files/files-source.ts");
      return createFilesSource({ patterns: spec.patterns, name, context, maxLineBytes });
    }
    case "stdin": {
      const { createStdinSource } = await import("./files/stdin-source.ts");
      return createStdinSource({ input: request.stdin, name, context, maxLineBytes });
    }
    case "pods":
      return openPods(name, spec, request);
  }
}

async function openPods(name: string, spec: PodsSpec, request: OpenRequest): Promise<Source> {
  const { kubernetes, surroundings, context, maxLineBytes } = request;
  const { openClusters } = await import("./pods/open-clusters.ts");
  const { createPodsSource } = await import("./pods/pods-source.ts");
  const contexts = spec.context === undefined ? kubernetes.contexts : [spec.context];
  const { clients, selection } = openClusters(
    podFlags(kubernetes.flags, spec),
    { ...kubernetes, contexts },
    surroundings,
  );
  return createPodsSource({ clients, selection, name, context, maxLineBytes });
}

/** The entry's namespaces stand for those of the flags; both label selectors hold. */
export function podFlags(flags: SelectionFlags, { namespaces, selector }: PodsSpec): SelectionFlags {
  const selectors = [flags.labelSelector, selector].filter((text) => text !== undefined);
  const everywhere = namespaces.includes("*");
  return {
    ...flags,
    ...(namespaces.length === 0 ? {} : { allNamespaces: everywhere, namespaces: everywhere ? [] : namespaces }),
    labelSelector: selectors.length === 0 ? undefined : selectors.join(","),
  };
}

function nothingToSearch(notes: readonly string[]): KlogError {
  const why =
    notes.length === 0 ? "no store of an agent, no kubeconfig, no sources: in the config file" : notes.join("; ");
  return new KlogError("SOURCE_UNREADABLE", `there is nothing to search here: ${why}`, {
    hint: "name a source: --source 'files:/var/log/*.log', --source store:DIR, or - for standard input; `klog doctor` looks further",
  });
}

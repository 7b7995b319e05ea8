// `klog sources`: what there is to search on this machine and by the config file, reachable or why not, and how fresh.
import { homedir } from "node:os";
import type { ConfigFile } from "../../config/config-file.ts";
import type { CompileContext } from "../../query/predicate.ts";
import { type OpenRequest, openTarget, sourceTargets } from "../../sources/open-sources.ts";
import type { SelectionFlags } from "../../sources/pods/selection.ts";
import type { CommandIo } from "../command-io.ts";
import { parseConnection } from "../connection-options.ts";
import { jsonText, mergedSetup, noting, type SetupValues, scanSetup, stylesOf } from "../setup-inputs.ts";
import { readUserConfig } from "../user-config.ts";
import { sourcesText } from "./sources-text.ts";
import { survey } from "./survey.ts";

const EXIT = { done: 0, nothing: 1, partial: 3 } as const;
const TIMEOUT_MS = 5_000;
const MAX_LINE_BYTES = 1024 * 1024;

/** Resolves to the exit status. Throws KlogError. */
export async function startSourcesCommand(words: readonly string[], io: CommandIo): Promise<number> {
  const line = scanSetup("sources", words, Number.POSITIVE_INFINITY);
  const config = await readUserConfig(line.words, io.env);
  const flags = mergedSetup(line, config, noting(io));
  const request = openRequest(line.positionals, flags, config, io);
  const { targets, notes } = await sourceTargets(request);
  for (const note of notes) io.stderr.write(`klog: note: ${note}\n`);
  if (targets.length === 0) {
    if (flags.text("output") === "json") io.print(jsonText([]));
    io.stderr.write(
      "klog: there is nothing to search here: no store of an agent, no kubeconfig, no sources: in the config file\n" +
        "  `klog agent run` collects this machine's logs, `klog search --source files:GLOB` needs nothing, `klog doctor` looks further\n",
    );
    return EXIT.nothing;
  }
  const found = await survey(targets, {
    open: (target) => openTarget(target, request),
    timeoutMs: flags.milliseconds("timeout") ?? TIMEOUT_MS,
    now: Date.now,
    signal: io.signal,
  });
  io.print(flags.text("output") === "json" ? jsonText(found) : sourcesText(found, stylesOf(flags, io)));
  return notes.length === 0 && found.every(({ isReachable }) => isReachable) ? EXIT.done : EXIT.partial;
}

/** Describing needs no query; what would compile one is the plain thing. */
const CONTEXT: Omit<CompileContext, "now"> = { zone: "UTC", regexp: (source, flags) => new RegExp(source, flags) };

function openRequest(
  words: readonly string[],
  flags: SetupValues,
  config: ConfigFile | undefined,
  io: CommandIo,
): OpenRequest {
  return {
    words,
    config,
    env: io.env,
    home: homedir(),
    context: { ...CONTEXT, now: Date.now() },
    kubernetes: {
      contexts: flags.list("context"),
      connection: parseConnection(flags),
      flags: { ...EVERY_POD, namespaces: flags.list("namespace") },
    },
    stdin: io.stdin,
    maxLineBytes: MAX_LINE_BYTES,
    surroundings: { warn: (text) => io.stderr.write(`klog: warning: ${text}\n`) },
  };
}

const EVERY_POD: SelectionFlags = {
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
  containerStates: ["running", "waiting", "terminated"],
  condition: undefined,
  defaultContainer: false,
};

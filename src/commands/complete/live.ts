// Answers that take the config file, the kubeconfig and the cluster.
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { readConfigFile } from "../../config/config-file.ts";
import { cacheFolder } from "../../config/user-folders.ts";
import { parseDuration } from "../../query/duration.ts";
import { parseConnection } from "../connection-options.ts";
import { mergeFlags } from "../flag-values.ts";
import { answerCache } from "./answer-cache.ts";
import { gather } from "./gather.ts";
import { kubernetesCluster } from "./kubernetes-cluster.ts";
import { answer } from "./providers.ts";
import type { Candidate, CompletionRequest } from "./request.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A person waits for the answer with the cursor standing still; KLOG_COMPLETION_TIMEOUT is for those with more patience. */
const PATIENCE_MS = 300;
/** Nobody waits for a refresh, but it must not stay for ever. */
const REFRESH_MS = 15_000;

/** `late` is told at most once, when the cluster did not answer in time. Without it nobody is waiting. */
export async function liveCandidates(
  { offers, typed }: CompletionRequest,
  env: Environment,
  late?: () => void,
): Promise<Candidate[]> {
  const place = { env, home: homedir(), platform: process.platform };
  const named = typed.uses.findLast(({ flag }) => flag.name === "config")?.value;
  const config = await readConfigFile({ ...place, named, readText: (path) => readFile(path, "utf8") });
  const slips = { unknown: [], open: undefined, detached: undefined };
  const flags = mergeFlags({ words: { ...typed, ...slips }, env, config }, () => undefined);
  const scope = {
    contexts: flags.list("context"),
    namespaces: flags.list("namespace"),
    allNamespaces: flags.boolean("all-namespaces") ?? false,
  };
  const connection = parseConnection(flags);
  const identity = { ...connection, token: undefined, kubeconfigs: stampOfKubeconfigs(connection.kubeconfig, env) };
  const cluster = kubernetesCluster(connection);
  const abort = new AbortController();
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, late === undefined ? REFRESH_MS : patience(env));
  });
  try {
    return await gather(offers, {
      ask: (question) => answer(question, scope, cluster, abort.signal),
      cache: answerCache(join(cacheFolder(place), "klog", "completion"), Date.now),
      keyOf: (question) => JSON.stringify([question, scope, identity]),
      deadline,
      late: () => {
        if (!isLate) late?.();
        isLate = true;
      },
    });
  } finally {
    clearTimeout(timer);
    abort.abort();
    cluster.close();
  }
}

function patience(env: Environment): number {
  const text = env["KLOG_COMPLETION_TIMEOUT"];
  if (!text) return PATIENCE_MS;
  try {
    return parseDuration(text);
  } catch {
    return PATIENCE_MS;
  }
}

/** `kubectl config use-context` must not bring up another cluster's names. */
function stampOfKubeconfigs(named: string | undefined, env: Environment): string[] {
  const paths =
    named !== undefined ? [named] : (env["KUBECONFIG"] || join(homedir(), ".kube", "config")).split(delimiter);
  return paths.map((path) => `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0}`);
}

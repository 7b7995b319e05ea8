// Answers that take the config file, the kubeconfig and the cluster.
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { cacheFolder } from "../../config/user-folders.ts";
import { parseDuration } from "../../query/duration.ts";
import { parseConnection } from "../connection-options.ts";
import { mergeFlags } from "../flag-values.ts";
import { readUserConfig, userPlace } from "../user-config.ts";
import { type AnswerCache, answerCache } from "./answer-cache.ts";
import { askedStores } from "./asked-stores.ts";
import type { SeenField } from "./field-census.ts";
import { gather } from "./gather.ts";
import { kubernetesCluster } from "./kubernetes-cluster.ts";
import { isOwn, type OwnKnowledge, ownAnswer } from "./own-answers.ts";
import { answer } from "./providers.ts";
import { type Candidate, type CompletionRequest, fixedCandidates, type Offer, type Question } from "./request.ts";
import { seenInStores } from "./seen-in-stores.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A person waits for the answer with the cursor standing still; KLOG_COMPLETION_TIMEOUT is for those with more patience. */
const PATIENCE_MS = 300;
/** Nobody waits for a refresh, but it must not stay for ever. */
const REFRESH_MS = 15_000;

/** `late` is told at most once, when the cluster did not answer in time. Without it nobody is waiting. */
export async function liveCandidates(
  { topic, offers: asked, typed }: CompletionRequest,
  env: Environment,
  late?: () => void,
): Promise<Candidate[]> {
  const config = await readUserConfig(typed, env);
  const place = userPlace(env);
  const cacheAt = join(cacheFolder(place), "klog", "completion");
  const fieldCache: AnswerCache<SeenField> = answerCache(cacheAt, Date.now);
  const knowledge = { place, config, seen: seenInStores(askedStores(typed, config, place), fieldCache) };
  const searches = topic === "search" || typed.uses.some(({ flag }) => flag.name === "source");
  const offers = await Promise.all(asked.map((offer) => withOwnAnswers(offer, searches, knowledge)));
  // Whoever asks nothing else needs no cluster, and no flags that are right.
  if (offers.every(({ question }) => question === undefined)) return fixedCandidates(offers);
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
      cache: answerCache(cacheAt, Date.now),
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

/** What klog knows by itself becomes fixed; what a cluster is asked, the store may know too. */
async function withOwnAnswers(offer: Offer, searches: boolean, knowledge: OwnKnowledge): Promise<Offer> {
  const { question, ...rest } = offer;
  if (question === undefined) return offer;
  if (isOwn(question)) return { ...rest, fixed: [...(offer.fixed ?? []), ...(await ownAnswer(question, knowledge))] };
  const stored = searches ? STORED[question.what] : undefined;
  if (stored === undefined) return offer;
  const names = knowledge.seen.names(stored).map((value) => ({ value }));
  return { ...offer, fixed: [...(offer.fixed ?? []), ...names] };
}

/** The fields of records that have the names. */
const STORED: Partial<Record<Question["what"], string>> = {
  namespaces: "namespace",
  pods: "pod",
  containers: "container",
  nodes: "node",
};

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

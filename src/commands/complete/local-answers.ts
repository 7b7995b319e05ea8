// Answers completion's questions from this machine: names in a directory, and the logs that the node's agent knows.
import { readdirSync } from "node:fs";
import { DEFAULT_STATE_DIR } from "../../collector/declare/agent-config.ts";
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import { readStatus } from "../../collector/operation/status-file.ts";
import { type Candidate, fitting, type Offer, type Question } from "./request.ts";

/** More would be no help at a prompt. */
const MOST_NAMES = 2000;

/** What is fixed in the offers and what this machine answers, without doubles. */
export function localCandidates(offers: readonly Offer[]): Candidate[] {
  const all = offers.flatMap((offer) =>
    fitting(offer, [...(offer.fixed ?? []), ...(offer.question === undefined ? [] : answered(offer.question))]),
  );
  const seen = new Set<string>();
  return all.filter(({ value }) => !seen.has(value) && seen.add(value)).slice(0, MOST_NAMES);
}

function answered({ what, of }: Question): Candidate[] {
  try {
    return what === "paths" ? names(of ?? ".") : agentLogs(of ?? DEFAULT_STATE_DIR);
  } catch {
    // Not there, or not ours to read: the command itself will say so when it runs.
    return [];
  }
}

function names(directory: string): Candidate[] {
  return readdirSync(directory, { withFileTypes: true }).map((entry) =>
    entry.isDirectory() ? { value: `${entry.name}/`, open: true } : { value: entry.name },
  );
}

/** Pods as `namespace/pod`, containers, Docker's names, files of the host. */
function agentLogs(stateDirectory: string): Candidate[] {
  const chains = readStatus(nodeFileSystem, stateDirectory)?.pipelines.flatMap((pipeline) => pipeline.chains) ?? [];
  return chains.flatMap(({ origin: { namespace, pod, container, dockerContainer }, path }): Candidate[] => {
    if (pod !== "") {
      return [
        { value: `${namespace}/${pod}`, description: "pod" },
        { value: pod, description: `pod in ${namespace}` },
        { value: container, description: "container" },
      ];
    }
    return [dockerContainer === "" ? { value: path } : { value: dockerContainer, description: "container" }];
  });
}

// What the collector tells of itself: its parts' counts and positions as the plain data of operation/agent-status.ts.

import type { AgentConfig } from "./declare/agent-config.ts";
import type { Harvester } from "./harvester.ts";
import type { ChainStatus, GenerationStatus, PipelineStatus } from "./operation/agent-status.ts";
import { describeInput } from "./operation/describe-input.ts";
import type { Pipeline } from "./pipeline.ts";

export function pipelineStatus(
  pipeline: Pipeline,
  harvesters: readonly Harvester[],
  places: Pick<AgentConfig, "roots">,
): PipelineStatus {
  const chains = harvesters.map(chainStatus);
  return {
    name: pipeline.name,
    inputs: pipeline.config.inputs.map((input) => describeInput(input, places)),
    balance: pipeline.balance(chains.map(({ balance }) => balance)),
    counters: pipeline.counters,
    sinks: pipeline.sinks.map((sink) => sink.status()),
    chains,
    gaps: pipeline.gaps,
    gapCount: pipeline.gapCount,
  };
}

function chainStatus({ target, chain, format, unreadSince }: Harvester): ChainStatus {
  const { generations, problems, balance } = chain.status;
  const { timeToLoss } = chain;
  const { namespace, pod, podUid, container, containerId, restart, dockerContainer, path } = target.origin;
  return {
    id: target.id,
    path,
    realPath: `${target.directory}/${target.file}`,
    format: format ?? target.format,
    origin: { namespace, pod, podUid, container, containerId, restart, dockerContainer },
    balance,
    generations: generations.map(
      ({ id, epoch, name, state, inode, size, start, readPos, ackPos, source }): GenerationStatus => ({
        id,
        epoch,
        name,
        state,
        inode,
        size,
        start,
        readPosition: readPos,
        ackPosition: ackPos,
        deleted: source === "deleted file",
        compressed: source === "gzip",
      }),
    ),
    ...(unreadSince === undefined ? {} : { unreadSince }),
    ...(timeToLoss === undefined ? {} : { timeToLoss }),
    problems: problems.map(({ message }) => message),
  };
}

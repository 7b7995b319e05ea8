// Where unread bytes wait: by namespace, with the logs that lag most. A series a container would be too many.
import type { ChainStatus, PipelineStatus } from "./agent-status.ts";

const TOP_CHAINS = 10;

export interface NamespaceBacklog {
  /** Empty for files of the host. */
  readonly namespace: string;
  readonly unread: number;
  /** When the oldest unread byte was first seen, ms since the epoch. */
  readonly since: number | undefined;
  /** Those of the 10 with the most unread bytes over all namespaces that are in this one. */
  readonly chains: readonly ChainStatus[];
}

export function namespaceBacklogs(pipelines: readonly PipelineStatus[]): NamespaceBacklog[] {
  const chains = pipelines.flatMap((pipeline) => pipeline.chains);
  const waiting = chains.filter(({ balance }) => balance.unread > 0);
  const top = new Set(waiting.toSorted((a, b) => b.balance.unread - a.balance.unread).slice(0, TOP_CHAINS));
  return [...Map.groupBy(chains, ({ origin }) => origin.namespace)].map(([namespace, members]) => ({
    namespace,
    unread: members.reduce((sum, { balance }) => sum + balance.unread, 0),
    since: members.reduce<number | undefined>(
      (oldest, { unreadSince = oldest }) =>
        unreadSince === undefined ? oldest : Math.min(oldest ?? unreadSince, unreadSince),
      undefined,
    ),
    chains: members.filter((chain) => top.has(chain)),
  }));
}

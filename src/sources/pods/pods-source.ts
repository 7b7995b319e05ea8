// Live pods as a source: the session of `klog tail`, read with a filter, a range and a cursor.
import { forPeople } from "../../clients/kubernetes/api-failure.ts";
import { ApiError, type KubernetesClient } from "../../clients/kubernetes/client.ts";
import { KlogError } from "../../errors.ts";
import type { CompileContext } from "../../query/compile-context.ts";
import { toRfc3339Nano } from "../../record/timestamp.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { SearchRequest, Source, SourceDescription } from "../source.ts";
import { PodCensus } from "./pod-census.ts";
import { watchPods } from "./pod-watch.ts";
import { PodsSearch } from "./pods-search.ts";
import { type Selection, scopesOf } from "./selection.ts";

export interface PodsSourceOptions {
  /** `close` closes them. */
  readonly clients: readonly KubernetesClient[];
  readonly selection: Selection;
  readonly name?: string;
  readonly context: CompileContext;
  /** What is longer is cut off: 1 MiB. */
  readonly maxLineBytes?: number;
  readonly clock?: Clock;
}

export function createPodsSource(options: PodsSourceOptions): Source {
  const { clients, selection, name = "pods", maxLineBytes = 1 << 20, clock = systemClock } = options;
  return {
    name,
    holdBackMs: 500,
    explain: (request) => Promise.resolve(explain(options, request)),
    search: (request) => new PodsSearch({ clients, selection, name, maxLineBytes, clock }, request).pages(),
    describe: (signal) => describe(options, clock, signal),
    close: () => {
      for (const client of clients) client.close();
    },
  };
}

function explain({ clients, selection }: PodsSourceOptions, { from, order, follow }: SearchRequest): string[] {
  const since = from === undefined ? "from its beginning" : `since ${toRfc3339Nano({ sec: from.sec, nsec: 0 })}`;
  const places = clients.flatMap((client) =>
    scopesOf(selection, client).map(({ namespace }) =>
      namespace === undefined ? `all namespaces of ${client.context}` : `${client.context}/${namespace}`,
    ),
  );
  return [
    `pods in ${places.join(", ")}: one request a container, its log ${since}`,
    "the server filters nothing: every line is read and checked here",
    ...(order === "newest" && !follow ? ["logs are read to their end, then shown from there"] : []),
  ];
}

async function describe(
  { clients, selection }: PodsSourceOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<SourceDescription> {
  const census = new PodCensus();
  const namespaces = new Set<string>();
  let pods = 0;
  let containers = 0;
  let problem: KlogError | undefined;
  try {
    await Promise.all(
      clients.map((client) =>
        watchPods(
          client,
          selection,
          {
            pod: ({ metadata }, selected) => {
              namespaces.add(`${client.context}/${metadata.namespace}`);
              pods++;
              containers += selected.length;
            },
            gone: () => undefined,
            synced: () => undefined,
            problem: ({ kind, message, hint }) => {
              if (kind !== "note")
                problem ??= new KlogError("SOURCE_UNREADABLE", message, hint === undefined ? {} : { hint });
            },
          },
          { signal, follow: false, clock, census },
        ),
      ),
    );
  } catch (error) {
    throw error instanceof ApiError ? forPeople(error) : error;
  }
  if (pods === 0 && problem !== undefined) throw problem;
  return {
    oldest: undefined,
    newest: undefined,
    records: undefined,
    bytes: undefined,
    detail: [counted(namespaces.size, "namespace"), counted(pods, "pod"), counted(containers, "container")].join(", "),
  };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

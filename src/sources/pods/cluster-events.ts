// Kubernetes' own events about the selected pods and their owners: scheduled, pulled, killed, probe failed. They explain a silence.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import { watchCollection } from "../../clients/kubernetes/reflector.ts";
import type { ObjectMeta } from "../../clients/kubernetes/resources.ts";
import type { ClusterEvent } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { Clock } from "../clock.ts";
import { timeOf } from "./instance.ts";
import { type PodProblem, problemOf } from "./problem.ts";
import { type Selection, scopesOf } from "./selection.ts";

export interface InvolvedObject {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
}

interface EventObject {
  readonly metadata: ObjectMeta;
  readonly involvedObject: InvolvedObject;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

export interface ClusterEventSink {
  concerns(object: InvolvedObject): boolean;
  event(event: ClusterEvent): void;
  problem(problem: PodProblem): void;
}

/** An event may come before the pod that it is about is known. */
const POD_LAG_MS = 1500;

/** With follow: what happens from now on; without: what is known of the selected pods. Resolves when it is over, never rejects. */
export async function watchClusterEvents(
  client: KubernetesClient,
  selection: Selection,
  sink: ClusterEventSink,
  options: { signal: AbortSignal; follow: boolean; clock: Clock },
): Promise<void> {
  const { signal, follow, clock } = options;
  const namespaces = new Set(
    scopesOf(selection, { context: client.context, namespace: client.namespace }).map((s) => s.namespace),
  );
  const startedAt = fromMillis(clock.now() - 1000);
  await Promise.all(
    [...namespaces].map(async (namespace) => {
      const path =
        namespace === undefined ? "/api/v1/events" : `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
      const told = new Map<string, number>();
      const tell = (event: EventObject) => {
        if (sink.concerns(event.involvedObject)) sink.event(clusterEvent(client.context, event, clock));
      };
      await watchCollection<EventObject>(
        client,
        path,
        { signal, follow, clock },
        {
          upsert: (event) => {
            const at = eventTime(event) ?? fromMillis(clock.now());
            if (follow && compareTimestamps(at, startedAt) < 0) return;
            const count = event.series?.count ?? event.count ?? 1;
            if (told.get(event.metadata.uid) === count) return;
            told.set(event.metadata.uid, count);
            if (follow && sink.concerns(event.involvedObject)) tell(event);
            else clock.timer(follow ? POD_LAG_MS : 0, () => tell(event));
          },
          delete: (event) => told.delete(event.metadata.uid),
          synced: () => undefined,
          problem: (error, retryInMs) =>
            sink.problem(
              problemOf(
                error,
                {
                  context: client.context,
                  namespace,
                  verb: "watch",
                  resource: "events",
                  consequence: "no events are shown",
                },
                retryInMs,
              ),
            ),
        },
      );
    }),
  );
  // Without follow the pods may be listed later than the events.
  if (!follow) await clock.sleep(POD_LAG_MS, signal);
}

function clusterEvent(cluster: string, event: EventObject, clock: Clock): ClusterEvent {
  const { kind = "", name = "", namespace = "" } = event.involvedObject;
  return {
    kind: "event",
    at: eventTime(event) ?? fromMillis(clock.now()),
    cluster,
    namespace,
    object: `${kind.toLowerCase()}/${name}`,
    type: event.type === "Warning" ? "Warning" : "Normal",
    reason: event.reason ?? "",
    message: event.message ?? "",
    count: event.series?.count ?? event.count ?? 1,
  };
}

function eventTime(event: EventObject): Timestamp | undefined {
  return (
    timeOf(event.series?.lastObservedTime) ??
    timeOf(event.lastTimestamp) ??
    timeOf(event.eventTime) ??
    timeOf(event.firstTimestamp) ??
    timeOf(event.metadata.creationTimestamp)
  );
}

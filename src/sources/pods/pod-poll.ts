// Looks at one pod again and again, for those who may get it by name but not list or watch.
import { ApiError, type KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { CollectionSink } from "../../clients/kubernetes/reflector.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Clock } from "../clock.ts";

const INTERVAL_MS = 5_000;
const REFUSED_MS = 60_000;

/** As a reflector of one pod; `synced` comes with each answer that says whether the pod is there. */
export async function pollPod(
  client: KubernetesClient,
  path: string,
  { signal, follow, clock }: { readonly signal: AbortSignal; readonly follow: boolean; readonly clock: Clock },
  sink: CollectionSink<Pod>,
): Promise<void> {
  let last: Pod | undefined;
  while (!signal.aborted) {
    let waitMs = INTERVAL_MS;
    try {
      const pod = await client.get<Pod>(path, { signal });
      if (signal.aborted) return;
      if (last !== undefined && last.metadata.uid !== pod.metadata.uid) sink.delete(last);
      if (last?.metadata.resourceVersion !== pod.metadata.resourceVersion) sink.upsert(pod);
      last = pod;
      sink.synced();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (signal.aborted) return;
      if (error.kind === "not-found") {
        if (last !== undefined) sink.delete(last);
        last = undefined;
        sink.synced();
      } else {
        if (error.kind === "forbidden") waitMs = REFUSED_MS;
        waitMs = Math.max(waitMs, (error.retryAfter ?? 0) * 1000);
        sink.problem(error, follow ? waitMs : undefined);
      }
    }
    if (!follow) return;
    await clock.sleep(waitMs, signal);
  }
}

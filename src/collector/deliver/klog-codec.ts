// Codec `klog`: the fields of a record on the wire, and the parts of its JSON that stay the same from row to row.
import { LEVELS } from "../../record/level-names.ts";
import type { RecordBatch } from "../record-batch.ts";
import type { GenerationKey } from "../target.ts";

/** What klog writes itself: a tag of such a name is left out, so that no tag can pretend to be another pod. */
export const KLOG_FIELDS: ReadonlySet<string> = new Set([
  "@timestamp",
  "message",
  "level",
  "stream",
  "k8s_pod",
  "k8s_pod_namespace",
  "k8s_node_name",
  "k8s_container_name",
  "k8s_pod_uid",
  "container_id",
  "restart",
  "container_image",
  "docker_app",
  "docker_service",
  "docker_container",
  "log.file.path",
  "log_id",
  "lines",
  "partial",
  "truncated",
]);

const STREAMS = ["", "stdout", "stderr"] as const;

/** What ends the message and names level and stream, at `level * 3 + stream` of a row. */
export const AFTER_MESSAGE: readonly Uint8Array[] = ["", ...LEVELS].flatMap((level) =>
  STREAMS.map((stream) => Buffer.from(`"${member("level", level)}${member("stream", stream)}`)),
);

const tails = new WeakMap<GenerationKey, Uint8Array>();

/** The fields that all records of a generation share, up to where `log_id` goes on with the row's offset. */
export function constantTail(generation: GenerationKey): Uint8Array {
  let tail = tails.get(generation);
  if (tail === undefined) {
    tail = Buffer.from(tailText(generation));
    tails.set(generation, tail);
  }
  return tail;
}

/** The record's id: where its first line stands, and what it holds. */
export function recordId(batch: RecordBatch, row: number): string {
  const { id, epoch } = batch.generation;
  return `${id}-${epoch}-${batch.offset[row]}-${batch.checksum[row]!.toString(16).padStart(8, "0")}`;
}

function tailText({ id, epoch, target: { tags, origin } }: GenerationKey): string {
  const own = Object.entries(tags).filter(([name]) => name !== "" && !KLOG_FIELDS.has(name));
  const inPod = origin.pod !== "" || origin.podUid !== "";
  // The fields of a container's log say which file it was; a path would be a sixth of each record.
  const path = inPod || origin.containerId !== "" ? "" : origin.path;
  return [
    ...own.map(([name, value]) => member(name, value)),
    member("k8s_pod", origin.pod),
    member("k8s_pod_namespace", origin.namespace),
    member("k8s_node_name", origin.node),
    member("k8s_container_name", origin.container),
    member("k8s_pod_uid", origin.podUid),
    member("container_id", origin.containerId),
    // Elsewhere the number means nothing.
    inPod ? `,"restart":${origin.restart}` : "",
    member("container_image", origin.image),
    member("docker_app", origin.dockerApp),
    member("docker_service", origin.dockerService),
    member("docker_container", origin.dockerContainer),
    member("log.file.path", path),
    `,"log_id":${JSON.stringify(`${id}-${epoch}-`).slice(0, -1)}`,
  ].join("");
}

/** Empty values are not written. */
function member(name: string, value: string): string {
  return value === "" ? "" : `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

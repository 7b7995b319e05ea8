// A pipeline as a person wrote it, with its defaults filled in.
import { MAX_DEPTH } from "../discovery/glob.ts";
import {
  DEFAULT_CONTAINER_INPUT,
  DEFAULT_FILE_SINK,
  DEFAULT_S6_TEMPLATE,
  DEFAULT_STORE_SINK,
  type FilterMap,
  type InputConfig,
  type PipelineConfig,
  type SinkConfig,
} from "./agent-config.ts";
import { type InputDocument, multilineRule, type PipelineDocument, type SinkDocument } from "./agent-shape.ts";

export function pipelineOf(pipeline: PipelineDocument, name: string): PipelineConfig {
  return {
    name,
    inputs: pipeline.inputs.map(inputOf),
    multiline: pipeline.multiline === undefined ? undefined : multilineRule(pipeline.multiline),
    processors: (pipeline.processors ?? []).map(({ type, include, exclude, min_level }) => ({
      type,
      include: include ?? [],
      exclude: exclude ?? [],
      minLevel: min_level,
    })),
    tags: pipeline.tags ?? {},
    sinks: pipeline.sinks?.map(sinkOf) ?? [DEFAULT_STORE_SINK],
  };
}

function inputOf(input: InputDocument): InputConfig {
  const { first_read: first = "beginning", shared = false } = input;
  const common = { firstRead: typeof first === "number" ? { lastBytes: first } : first, shared };
  switch (input.type) {
    case "container_stdout":
      return {
        type: "container_stdout",
        ...common,
        namespace: input.namespace,
        pod: input.pod,
        container: input.container,
        includeK8sLabels: filterOf(input.include_k8s_labels),
        excludeK8sLabels: filterOf(input.exclude_k8s_labels),
        includeContainerLabels: filterOf(input.include_container_labels),
        excludeContainerLabels: filterOf(input.exclude_container_labels),
        includeEnv: filterOf(input.include_env),
        excludeEnv: filterOf(input.exclude_env),
        stdout: input.stdout ?? DEFAULT_CONTAINER_INPUT.stdout,
        stderr: input.stderr ?? DEFAULT_CONTAINER_INPUT.stderr,
      };
    case "files":
      return {
        type: "files",
        ...common,
        paths: input.paths,
        exclude: input.exclude ?? [],
        maxDepth: input.max_depth ?? MAX_DEPTH,
        followLinks: input.follow_links ?? false,
        format: input.format ?? "auto",
      };
    case "s6":
      return { type: "s6", ...common, root: input.root, template: input.template ?? DEFAULT_S6_TEMPLATE };
  }
}

/** A filter without entries filters nothing. */
function filterOf(map: FilterMap | undefined): FilterMap | undefined {
  return map === undefined || Object.keys(map).length === 0 ? undefined : map;
}

function sinkOf(sink: SinkDocument): SinkConfig {
  switch (sink.type) {
    case "store":
      return {
        type: "store",
        directory: sink.directory ?? DEFAULT_STORE_SINK.directory,
        retention:
          sink.retention === undefined
            ? DEFAULT_STORE_SINK.retention
            : { ageMs: sink.retention.age, bytes: sink.retention.bytes, freeDisk: sink.retention.free_disk },
        fsync: sink.fsync ?? DEFAULT_STORE_SINK.fsync,
      };
    case "file":
      return {
        type: "file",
        path: sink.path,
        rotateBytes: sink.rotate_bytes ?? DEFAULT_FILE_SINK.rotateBytes,
        keep: sink.keep ?? DEFAULT_FILE_SINK.keep,
        mode: sink.mode ?? DEFAULT_FILE_SINK.mode,
        fsync: sink.fsync ?? DEFAULT_FILE_SINK.fsync,
      };
    case "stdout":
    case "null":
      return { type: sink.type };
  }
}

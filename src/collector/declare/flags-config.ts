// The configuration that flags alone describe: one pipeline from the named places into the named sinks.
import { MAX_DEPTH } from "../discovery/glob.ts";
import {
  type AgentConfig,
  containerPipeline,
  DEFAULT_CONTAINER_INPUT,
  DEFAULT_FILE_SINK,
  DEFAULT_S6_TEMPLATE,
  DEFAULT_STORE_SINK,
  defaultAgentConfig,
  type InputConfig,
  type PipelineConfig,
  type SinkConfig,
} from "./agent-config.ts";

/** Paths are absolute; `sinks` are texts that `sinkFromFlag` reads. */
export interface AgentFlags {
  readonly podsDir?: string | undefined;
  readonly dockerDir?: string | undefined;
  readonly files?: readonly string[] | undefined;
  readonly s6Dir?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly sinks?: readonly SinkConfig[] | undefined;
  readonly multiline?: PipelineConfig["multiline"];
  readonly node: string;
}

/** Where no place is named, all containers of the node; only the named ones else. */
export function configFromFlags(flags: AgentFlags): AgentConfig {
  const { podsDir, dockerDir, files = [], s6Dir, stateDir, multiline } = flags;
  const defaults = defaultAgentConfig(flags.node);
  const sinks = flags.sinks?.length ? flags.sinks : [DEFAULT_STORE_SINK];
  const inputs: InputConfig[] = [];
  if (podsDir !== undefined || dockerDir !== undefined) inputs.push(DEFAULT_CONTAINER_INPUT);
  if (s6Dir !== undefined)
    inputs.push({ type: "s6", firstRead: "beginning", shared: false, root: s6Dir, template: DEFAULT_S6_TEMPLATE });
  if (files.length > 0) inputs.push(filesInput(files));
  const anyPlace = inputs.length > 0;
  const pipeline = containerPipeline(sinks);
  return {
    ...defaults,
    stateDir: stateDir ?? defaults.stateDir,
    roots: anyPlace ? { pods: podsDir, containers: undefined, docker: dockerDir } : defaults.roots,
    pipelines: [{ ...pipeline, ...(anyPlace && { name: "logs", inputs }), multiline }],
  };
}

/** `store:DIR`, `file:PATH`, `stdout`, `null`; undefined for anything else. Paths are taken as they are. */
export function sinkFromFlag(text: string): SinkConfig | undefined {
  if (text === "stdout" || text === "null") return { type: text };
  const [, type, path] = /^(store|file):(.+)$/s.exec(text) ?? [];
  if (type === "store") return { ...DEFAULT_STORE_SINK, directory: path! };
  return type === "file" ? { type: "file", path: path!, ...DEFAULT_FILE_SINK } : undefined;
}

function filesInput(paths: readonly string[]): InputConfig {
  return {
    type: "files",
    firstRead: "beginning",
    shared: false,
    paths,
    exclude: [],
    maxDepth: MAX_DEPTH,
    followLinks: false,
    format: "auto",
  };
}

// What the agent is told to do, with every default filled in: the form that the rest of the collector works on.
import type { Level } from "../../record/level-names.ts";
import type { MultilineRule } from "../decode/multiline.ts";
import type { FirstRead, LogFormat } from "../target.ts";

export interface AgentConfig {
  readonly node: string;
  readonly stateDir: string;
  readonly roots: LogRoots;
  readonly limits: AgentLimits;
  /** `host:port` of health and metrics; undefined = no server. */
  readonly http: string | undefined;
  /** In the order of the document: the first that takes a log has it. */
  readonly pipelines: readonly PipelineConfig[];
}

/** Where container runtimes keep their logs; undefined = not looked at. */
export interface LogRoots {
  readonly pods: string | undefined;
  /** `/var/log/containers`, read where the pods' tree is not there. */
  readonly containers: string | undefined;
  readonly docker: string | undefined;
}

export interface AgentLimits {
  /** Cores. */
  readonly cpu: number | undefined;
  /** Bytes of resident memory. */
  readonly memory: number | undefined;
  /** The longest record; the rest of a longer line is cut off and counted. */
  readonly lineBytes: number;
  readonly openFiles: number;
  /** Bytes of deleted files that may be held open until they are read; undefined = 2 GiB or 5 % of the file system. */
  readonly heldBytes: number | undefined;
  /** Bytes read and not yet delivered. */
  readonly inFlight: number;
}

export interface PipelineConfig {
  readonly name: string;
  readonly inputs: readonly InputConfig[];
  readonly multiline: MultilineRule | undefined;
  readonly processors: readonly ProcessorConfig[];
  readonly tags: Readonly<Record<string, string>>;
  readonly sinks: readonly SinkConfig[];
}

export type InputConfig = ContainerInput | FilesInput | S6Input;

interface InputCommon {
  readonly firstRead: FirstRead;
  /** Takes a log although another pipeline has it, and leaves it to others too. */
  readonly shared: boolean;
}

/** Maps of a filter: name to `""` (is there), `^…$` (a regular expression) or the exact value; any entry is enough. */
export type FilterMap = Readonly<Record<string, string>>;

export interface ContainerFilter {
  /** Regular expressions, found anywhere in the name. */
  readonly namespace: string | undefined;
  readonly pod: string | undefined;
  readonly container: string | undefined;
  readonly includeK8sLabels: FilterMap | undefined;
  readonly excludeK8sLabels: FilterMap | undefined;
  readonly includeContainerLabels: FilterMap | undefined;
  readonly excludeContainerLabels: FilterMap | undefined;
  readonly includeEnv: FilterMap | undefined;
  readonly excludeEnv: FilterMap | undefined;
}

export interface ContainerInput extends InputCommon, ContainerFilter {
  readonly type: "container_stdout";
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface FilesInput extends InputCommon {
  readonly type: "files";
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  /** How many directories `**` may stand for. */
  readonly maxDepth: number;
  /** Links may lead out of the part of the path that has no wildcard. */
  readonly followLinks: boolean;
  readonly format: LogFormat;
}

export interface S6Input extends InputCommon {
  readonly type: "s6";
  readonly root: string;
  /** Names of the directories below the root: `{namespace}/{app}/{pod}`. */
  readonly template: string;
}

/** A drop filter on the record's text and level. */
export interface ProcessorConfig {
  readonly type: "filter";
  /** Kept when any matches; empty = all. */
  readonly include: readonly string[];
  /** Dropped when any matches. */
  readonly exclude: readonly string[];
  readonly minLevel: Level | undefined;
}

export type SinkConfig = StoreSinkConfig | FileSinkConfig | { readonly type: "stdout" } | { readonly type: "null" };

export interface StoreSinkConfig {
  readonly type: "store";
  readonly directory: string;
  readonly retention: {
    readonly ageMs: number | undefined;
    readonly bytes: number | undefined;
    /** The oldest segments go when less than this is free on the disk. */
    readonly freeDisk: number | undefined;
  };
  readonly fsync: "never" | "interval" | "always";
}

export interface FileSinkConfig {
  readonly type: "file";
  readonly path: string;
  /** undefined = never. */
  readonly rotateBytes: number | undefined;
  /** Rotated files that are kept. */
  readonly keep: number;
  readonly mode: number;
  readonly fsync: "never" | "batch" | "interval";
}

export const DEFAULT_STATE_DIR = "/var/lib/klog/state";
export const DEFAULT_STORE_DIR = "/var/lib/klog/store";
export const DEFAULT_HTTP = "127.0.0.1:7953";

const MIB = 1 << 20;

export const DEFAULT_ROOTS: LogRoots = {
  pods: "/var/log/pods",
  containers: "/var/log/containers",
  docker: "/var/lib/docker/containers",
};

export const DEFAULT_LIMITS: AgentLimits = {
  cpu: undefined,
  memory: undefined,
  lineBytes: MIB,
  openFiles: 8192,
  heldBytes: undefined,
  inFlight: 64 * MIB,
};

export const DEFAULT_CONTAINER_INPUT: ContainerInput = {
  type: "container_stdout",
  firstRead: "beginning",
  shared: false,
  namespace: undefined,
  pod: undefined,
  container: undefined,
  includeK8sLabels: undefined,
  excludeK8sLabels: undefined,
  includeContainerLabels: undefined,
  excludeContainerLabels: undefined,
  includeEnv: undefined,
  excludeEnv: undefined,
  stdout: true,
  stderr: true,
};

export const DEFAULT_STORE_SINK: StoreSinkConfig = {
  type: "store",
  directory: DEFAULT_STORE_DIR,
  retention: { ageMs: 7 * 86_400_000, bytes: 10 * 1024 * MIB, freeDisk: 1024 * MIB },
  fsync: "interval",
};

export const DEFAULT_FILE_SINK = { rotateBytes: undefined, keep: 7, mode: 0o600, fsync: "batch" } as const;

export const DEFAULT_S6_TEMPLATE = "{namespace}/{app}/{pod}";

/** What `klog agent run` does on a node without any configuration: all containers into the embedded store. */
export function defaultAgentConfig(node: string): AgentConfig {
  return {
    node,
    stateDir: DEFAULT_STATE_DIR,
    roots: DEFAULT_ROOTS,
    limits: DEFAULT_LIMITS,
    http: DEFAULT_HTTP,
    pipelines: [containerPipeline([DEFAULT_STORE_SINK])],
  };
}

export function containerPipeline(sinks: readonly SinkConfig[]): PipelineConfig {
  return {
    name: "containers",
    inputs: [DEFAULT_CONTAINER_INPUT],
    multiline: undefined,
    processors: [],
    tags: {},
    sinks,
  };
}

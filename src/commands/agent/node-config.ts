// The configuration that holds on this node: what --config names or the defaults, with the flags over it.
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { AgentConfig, PipelineConfig, SinkConfig } from "../../collector/declare/agent-config.ts";
import { configFromFlags, sinkFromFlag } from "../../collector/declare/flags-config.ts";
import { loadAgentConfig } from "../../collector/declare/load-config.ts";
import { compileMultiline, type MultilineRule } from "../../collector/decode/multiline.ts";
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import { KlogError } from "../../errors.ts";
import { LANGUAGE_STATES } from "../../record/stack-trace.ts";
import type { CommandIo } from "../command-io.ts";
import type { ConfigFlags } from "./agent-options.ts";

export interface NodeConfig {
  readonly config: AgentConfig;
  /** The files it was read from. */
  readonly files: readonly string[];
  /** Pipelines of the configuration that are switched off. */
  readonly disabled: readonly string[];
  /** What --config names: watched for changes. */
  readonly source: string | undefined;
}

/** Throws KlogError where the configuration or a flag is not valid. */
export function loadNodeConfig(flags: ConfigFlags, env: CommandIo["env"]): NodeConfig {
  const source = flags.config === undefined ? undefined : resolve(flags.config);
  const declaring = declaringFlag(flags);
  if (source !== undefined && declaring !== undefined) {
    throw new KlogError("USAGE", `--config and ${declaring} exclude each other`, {
      hint: "the configuration says what is collected and where it goes; leave one of them out",
    });
  }
  const { config, files, disabled } = loadAgentConfig(source, { fs: nodeFileSystem, env, hostname: hostname() });
  const collected = source === undefined ? { ...config, ...declared(flags, config.node) } : config;
  return { config: withFlags(collected, flags), files, disabled, source };
}

/** Roots and pipelines as the flags describe them. */
function declared(flags: ConfigFlags, node: string): Pick<AgentConfig, "roots" | "pipelines"> {
  const { roots, pipelines } = configFromFlags({
    node,
    podsDir: absolute(flags.podsDir),
    dockerDir: absolute(flags.dockerDir),
    s6Dir: absolute(flags.s6Dir),
    files: flags.files.map((glob) => resolve(glob)),
    sinks: flags.sinks.map(sinkOf),
    multiline: flags.multiline === undefined ? undefined : multilineOf(flags.multiline),
  });
  return { roots, pipelines };
}

function withFlags(config: AgentConfig, flags: ConfigFlags): AgentConfig {
  const { node, http, limitCpu, limitMemory } = flags;
  return {
    ...config,
    node: node ?? config.node,
    stateDir: absolute(flags.stateDir) ?? config.stateDir,
    http: http === undefined ? config.http : http === "off" ? undefined : http,
    limits: {
      ...config.limits,
      cpu: limitCpu ?? config.limits.cpu,
      memory: limitMemory ?? config.limits.memory,
    },
  };
}

/** The first flag that says what a configuration would say. */
export function declaringFlag(flags: ConfigFlags): string | undefined {
  const { podsDir, dockerDir, s6Dir, files, sinks, multiline } = flags;
  const said: readonly (readonly [string, unknown])[] = [
    ["--pods-dir", podsDir],
    ["--docker-dir", dockerDir],
    ["--s6-dir", s6Dir],
    ["--files", files[0]],
    ["--sink", sinks[0]],
    ["--multiline", multiline],
  ];
  return said.find(([, value]) => value !== undefined)?.[0];
}

function sinkOf(text: string): SinkConfig {
  const sink = sinkFromFlag(text);
  if (sink === undefined) {
    throw new KlogError("USAGE", `--sink: ${JSON.stringify(text)} is no sink`, {
      hint: "write store:DIR, file:PATH, stdout or null",
    });
  }
  if (sink.type === "store") return { ...sink, directory: resolve(sink.directory) };
  return sink.type === "file" ? { ...sink, path: resolve(sink.path) } : sink;
}

function multilineOf(text: string): PipelineConfig["multiline"] {
  if (text === "off") return undefined;
  const isPreset = text === "json" || Object.hasOwn(LANGUAGE_STATES, text);
  const rule = isPreset ? { preset: text as NonNullable<MultilineRule["preset"]> } : { start: text };
  compileMultiline(rule);
  return rule;
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

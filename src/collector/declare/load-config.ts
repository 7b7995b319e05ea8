// Reads the agent's configuration: one file or a directory of them, the environment, and the defaults; or says all that is wrong.
import { KlogError, messageOf } from "../../errors.ts";
import type { FileSystem } from "../file-system.ts";
import {
  type AgentConfig,
  type AgentLimits,
  DEFAULT_HTTP,
  DEFAULT_LIMITS,
  DEFAULT_ROOTS,
  DEFAULT_STATE_DIR,
  defaultAgentConfig,
  type PipelineConfig,
} from "./agent-config.ts";
import { type AgentDocument, configShape, isPipelineFile, type PipelineDocument } from "./agent-shape.ts";
import { expandVariables, parseYaml } from "./document.ts";
import { pipelineOf } from "./pipeline-document.ts";
import { clashesOf } from "./sink-clashes.ts";

export interface LoadDeps {
  readonly fs: Pick<FileSystem, "stat" | "list" | "readFile">;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names the node where nothing else does. */
  readonly hostname: string;
}

export interface LoadedConfig {
  readonly config: AgentConfig;
  /** In the order they were read. */
  readonly files: readonly string[];
  /** Names of pipelines that are switched off. */
  readonly disabled: readonly string[];
}

/** One file's part. */
interface Part {
  readonly path: string;
  readonly agent: AgentDocument;
  readonly pipelines: readonly PipelineConfig[];
  readonly disabled: readonly string[];
  lineOf(path: string): number;
}

interface Problem {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** `source`: a file, a directory of `*.yaml` and `*.yml`, or undefined for the defaults. Throws CONFIG_INVALID with everything that is wrong. */
export function loadAgentConfig(source: string | undefined, deps: LoadDeps): LoadedConfig {
  const problems: Problem[] = [];
  const files = source === undefined ? [] : configFiles(source, deps.fs);
  const parts = files.flatMap((file) => readPart(file, deps, problems) ?? []);
  const agent = mergedAgent(parts, problems);
  const limits = { ...DEFAULT_LIMITS, ...limitsOf(agent), ...limitsOfEnvironment(deps.env, problems) };
  const pipelines = parts.flatMap((part) => part.pipelines);
  checkPipelines(parts, problems);
  if (problems.length > 0) throw invalid(problems);
  const node = deps.env["NODE_NAME"] || agent.node || deps.hostname;
  const { roots, http } = agent;
  const config: AgentConfig = {
    node,
    stateDir: agent.state_dir ?? DEFAULT_STATE_DIR,
    roots: {
      pods: rootOf(roots?.pods, DEFAULT_ROOTS.pods),
      containers: rootOf(roots?.containers, DEFAULT_ROOTS.containers),
      docker: rootOf(roots?.docker, DEFAULT_ROOTS.docker),
    },
    limits,
    http: http === undefined ? DEFAULT_HTTP : http.address === "off" ? undefined : http.address,
    pipelines: parts.some(declaresPipelines) ? pipelines : defaultAgentConfig(node).pipelines,
  };
  return { config, files, disabled: parts.flatMap((part) => part.disabled) };
}

function configFiles(source: string, fs: LoadDeps["fs"]): readonly string[] {
  const kind = attempt(source, () => fs.stat(source))?.kind;
  if (kind === undefined)
    throw new KlogError("CONFIG_INVALID", `there is no configuration at ${source}`, {
      hint: "name a YAML file or a directory of them; without any, klog collects all containers into its store",
    });
  if (kind !== "directory") return [source];
  const entries = attempt(source, () => fs.list(source)) ?? [];
  // A ConfigMap is mounted as links beside hidden directories.
  const names = entries.filter(({ name }) => /^[^.].*\.ya?ml$/.test(name)).map(({ name }) => name);
  if (names.length === 0)
    throw new KlogError("CONFIG_INVALID", `the directory ${source} holds no *.yaml file`, {
      hint: "put one pipeline into each file, or leave --config out for the defaults",
    });
  return names.sort().map((name) => `${source.replace(/\/+$/, "")}/${name}`);
}

function readPart(path: string, deps: LoadDeps, problems: Problem[]): Part | undefined {
  const bytes = attempt(path, () => deps.fs.readFile(path));
  if (bytes === undefined) throw new KlogError("CONFIG_INVALID", `the configuration file ${path} is gone`);
  const yaml = parseYaml(new TextDecoder().decode(bytes));
  if ("what" in yaml) {
    problems.push({ file: path, ...yaml });
    return undefined;
  }
  const report = (place: string, what: string): void => {
    problems.push({ file: path, line: yaml.lineOf(place), what: place === "" ? what : `${place} ${what}` });
  };
  const value = expandVariables(yaml.value, deps.env, report);
  const checked = configShape.check(value, "", report);
  if (checked === undefined) return undefined;
  const { lineOf } = yaml;
  if (!isPipelineFile(value)) {
    const agent = checked as AgentDocument;
    const pipelines = (agent.pipelines ?? []).filter(isEnabled).map((pipeline) => pipelineOf(pipeline, pipeline.name));
    const disabled = (agent.pipelines ?? []).filter((pipeline) => !isEnabled(pipeline)).map(({ name }) => name);
    return { path, agent, pipelines, disabled, lineOf };
  }
  const pipeline = checked as PipelineDocument;
  const fileName = path.slice(path.lastIndexOf("/") + 1).replace(/\.ya?ml$/, "");
  const name = pipeline.name ?? fileName;
  const [pipelines, disabled] = isEnabled(pipeline) ? [[pipelineOf(pipeline, name)], []] : [[], [name]];
  return { path, agent: NOTHING, pipelines, disabled, lineOf };
}

const NOTHING: AgentDocument = {
  node: undefined,
  state_dir: undefined,
  roots: undefined,
  limits: undefined,
  http: undefined,
  pipelines: undefined,
};

/** A part that says nothing of pipelines leaves the default one in place; one whose pipelines are all switched off does not. */
function declaresPipelines({ agent, pipelines }: Part): boolean {
  return agent === NOTHING || agent.pipelines !== undefined || pipelines.length > 0;
}

function isEnabled({ enabled }: Pick<PipelineDocument, "enabled">): boolean {
  return enabled ?? true;
}

/** What is about the agent as a whole may stand in one file only. */
function mergedAgent(parts: readonly Part[], problems: Problem[]): AgentDocument {
  const merged: Record<string, unknown> = {};
  const sayer = new Map<string, string>();
  for (const { path, agent, lineOf } of parts) {
    for (const [key, value] of Object.entries(agent)) {
      if (key === "pipelines" || value === undefined) continue;
      const other = sayer.get(key);
      if (other !== undefined)
        problems.push({ file: path, line: lineOf(key), what: `${key} stands in ${other} too: one file should say it` });
      sayer.set(key, path);
      merged[key] = value;
    }
  }
  return { ...NOTHING, ...merged };
}

function checkPipelines(parts: readonly Part[], problems: Problem[]): void {
  const seen = new Map<string, string>();
  for (const { path, pipelines, agent, lineOf } of parts) {
    for (const [i, { name }] of pipelines.entries()) {
      const line = lineOf(agent === NOTHING ? "name" : `pipelines[${i}].name`);
      const other = seen.get(name);
      if (other !== undefined)
        problems.push({
          file: path,
          line,
          what: `two pipelines are called ${name}${other === path ? "" : `: the other is in ${other}`}`,
        });
      seen.set(name, path);
    }
  }
  const last = parts.at(-1);
  if (last === undefined) return;
  for (const what of clashesOf(parts.flatMap(({ pipelines }) => pipelines)))
    problems.push({ file: last.path, line: 1, what });
}

function limitsOf({ limits }: AgentDocument): Partial<AgentLimits> {
  if (limits === undefined) return {};
  return defined({
    cpu: limits.cpu,
    memory: limits.memory,
    lineBytes: limits.line_bytes,
    openFiles: limits.open_files,
    heldBytes: limits.held_bytes,
    inFlight: limits.in_flight,
  });
}

/** iLogtail's variables: cores, and MiB. As everywhere in klog, the environment is stronger than the file. */
function limitsOfEnvironment(env: LoadDeps["env"], problems: Problem[]): Partial<AgentLimits> {
  const read = (name: string, unit: string): number | undefined => {
    const written = env[name];
    if (!written) return undefined;
    const amount = /^\d+(\.\d+)?$/.test(written.trim()) ? Number(written) : 0;
    if (amount > 0) return amount;
    problems.push({
      file: `environment variable ${name}`,
      line: 0,
      what: `should be a number of ${unit}, not "${written}"`,
    });
    return undefined;
  };
  const memory = read("mem_usage_limit", "MiB");
  return defined({
    cpu: read("cpu_usage_limit", "cores"),
    memory: memory === undefined ? undefined : Math.round(memory * 1024 * 1024),
  });
}

function defined(values: { readonly [Limit in keyof AgentLimits]?: number | undefined }): Partial<AgentLimits> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function rootOf(written: string | undefined, usual: string | undefined): string | undefined {
  return written === "off" ? undefined : (written ?? usual);
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new KlogError("CONFIG_INVALID", `cannot read the configuration ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function invalid(problems: readonly Problem[]): KlogError {
  const lines = problems.map(({ file, line, what }) => (line > 0 ? `${file}:${line}: ${what}` : `${file}: ${what}`));
  const message =
    lines.length === 1 ? lines[0]! : `the configuration has ${lines.length} errors\n  ${lines.join("\n  ")}`;
  return new KlogError("CONFIG_INVALID", message, {
    hint: "docs/agent-config.md lists every key; `klog agent check-config` checks a file",
  });
}

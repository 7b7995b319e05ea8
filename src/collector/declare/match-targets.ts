// Which pipeline takes which log, and why the others do not.

import type { FoundTarget } from "../discovery/found-target.ts";
import { compileExclude, compileGlob } from "../discovery/glob.ts";
import { s6Directories, s6Fields } from "../discovery/s6-tree.ts";
import type { Target } from "../target.ts";
import type { AgentConfig, FilesInput, InputConfig, PipelineConfig, S6Input } from "./agent-config.ts";
import { containerFilter, type WhyNot } from "./container-filter.ts";
import { type OwnOutput, ownOutput } from "./own-output.ts";

/** A stream that a container writes; a file of the host counts as stdout alone. */
type Streams = "both" | "stdout" | "stderr";

/** A log with the pipeline that takes it. */
export interface RoutedTarget extends Target {
  /** The rows that this pipeline wants; the others of the file are another's, or nobody's. */
  readonly streams: Streams;
}

export interface Verdict {
  readonly pipeline: string;
  /** Undefined: the pipeline takes it. */
  readonly whyNot: string | undefined;
}

export interface TargetMatch {
  readonly target: FoundTarget;
  /** One for each pipeline that takes it: none or one as a rule. */
  readonly routes: readonly RoutedTarget[];
  readonly verdicts: readonly Verdict[];
}

const matchers = new WeakMap<AgentConfig, TargetMatcher>();

/**
 * A log belongs to the first pipeline that wants it, in the order of the configuration; where one wants only stdout, the next may
 * have stderr. Inputs that are `shared` take it beside all others; what the agent writes itself nobody has. Cheap to call again with
 * the same configuration and targets. `resolve` follows links, so that the agent knows its own files by whatever path.
 */
export function matchTargets(
  config: AgentConfig,
  targets: readonly FoundTarget[],
  resolve: (path: string) => string | undefined = (path) => path,
): readonly TargetMatch[] {
  let matcher = matchers.get(config);
  if (matcher === undefined) {
    matcher = new TargetMatcher(config, ownOutput(config, resolve));
    matchers.set(config, matcher);
  }
  return targets.map((target) => matcher.match(target));
}

interface InputRule {
  readonly input: InputConfig;
  readonly whyNot: WhyNot;
}

interface PipelineRule {
  readonly pipeline: PipelineConfig;
  readonly inputs: readonly InputRule[];
}

class TargetMatcher {
  private readonly rules: readonly PipelineRule[];
  private readonly own: OwnOutput;
  private readonly known = new WeakMap<FoundTarget, TargetMatch>();

  constructor(config: AgentConfig, own: OwnOutput) {
    this.own = own;
    this.rules = config.pipelines.map((pipeline) => ({
      pipeline,
      inputs: pipeline.inputs.map((input) => ({ input, whyNot: inputRule(input) })),
    }));
  }

  match(target: FoundTarget): TargetMatch {
    let match = this.known.get(target);
    if (match === undefined) {
      match = this.decide(target);
      this.known.set(target, match);
    }
    return match;
  }

  private decide(target: FoundTarget): TargetMatch {
    const routes: RoutedTarget[] = [];
    const verdicts: Verdict[] = [];
    const own = this.own(`${target.directory}/${target.file}`);
    if (own !== undefined) {
      const whyNot = `it is ${own}, which the agent writes itself`;
      return { target, routes, verdicts: this.rules.map(({ pipeline }) => ({ pipeline: pipeline.name, whyNot })) };
    }
    const taken = { stdout: "", stderr: "" };
    for (const { pipeline, inputs } of this.rules) {
      const reasons: string[] = [];
      let route: RoutedTarget | undefined;
      for (const { input, whyNot } of inputs) {
        const why = whyNot(target);
        const streams = why === undefined ? freeStreams(streamsOf(input), input.shared ? undefined : taken) : undefined;
        if (streams === undefined) reasons.push(why ?? `the pipeline ${taken.stdout || taken.stderr} has it`);
        else {
          route = routeOf(target, pipeline, input, streams);
          if (!input.shared) {
            if (streams !== "stderr") taken.stdout = pipeline.name;
            if (streams !== "stdout") taken.stderr = pipeline.name;
          }
          break;
        }
      }
      if (route !== undefined) routes.push(route);
      verdicts.push({
        pipeline: pipeline.name,
        whyNot: route === undefined ? [...new Set(reasons)].join("; ") : undefined,
      });
    }
    return { target, routes, verdicts };
  }
}

function streamsOf(input: InputConfig): Streams | undefined {
  if (input.type !== "container_stdout" || (input.stdout && input.stderr)) return "both";
  return input.stdout ? "stdout" : input.stderr ? "stderr" : undefined;
}

/** Of the streams that are wanted, those that no pipeline before has taken. */
function freeStreams(
  wanted: Streams | undefined,
  taken: { readonly stdout: string; readonly stderr: string } | undefined,
): Streams | undefined {
  const stdout = wanted !== undefined && wanted !== "stderr" && !taken?.stdout;
  const stderr = wanted !== undefined && wanted !== "stdout" && !taken?.stderr;
  return stdout && stderr ? "both" : stdout ? "stdout" : stderr ? "stderr" : undefined;
}

function routeOf(target: FoundTarget, pipeline: PipelineConfig, input: InputConfig, streams: Streams): RoutedTarget {
  return {
    id: routeId(target.id, pipeline, input, streams),
    directory: target.directory,
    file: target.file,
    siblings: target.siblings,
    format: input.type === "files" && input.format !== "auto" ? input.format : target.format,
    origin: target.origin,
    firstRead: input.firstRead,
    tags: { ...target.tags, ...pipeline.tags },
    pipeline: pipeline.name,
    streams,
  };
}

/**
 * The plain id does not name the pipeline, so that a log that moves to another one is not read again. Where two readers share a
 * file they need cursors of their own, and which is whose must not depend on the order of pipelines.
 */
function routeId(id: string, pipeline: PipelineConfig, input: InputConfig, streams: Streams): string {
  if (input.shared) return `${id}@${pipeline.name}`;
  return streams === "stderr" ? `${id}#stderr` : id;
}

function inputRule(input: InputConfig): WhyNot {
  switch (input.type) {
    case "container_stdout": {
      const filter = containerFilter(input);
      if (!input.stdout && !input.stderr) return () => "its input takes neither stdout nor stderr";
      return (target) =>
        target.way === "pods" || target.way === "docker" ? filter(target) : "it is not the output of a container";
    }
    case "files":
      return filesRule(input);
    case "s6":
      return s6Rule(input);
  }
}

/** A container's log may be asked for by its path too, so both its path and where links lead count. */
function filesRule({ paths, exclude, maxDepth }: FilesInput): WhyNot {
  const globs = paths.flatMap((path) => compileGlob(path, maxDepth));
  const excludes = exclude.map((pattern) => ({ pattern, matches: compileExclude(pattern, maxDepth) }));
  return ({ origin, directory, file, way }) => {
    if (way === "s6") return "it is an s6-log directory";
    const known = [origin.path, `${directory}/${file}`];
    const path = known.find((candidate) => globs.some((glob) => glob.match(candidate) !== undefined));
    if (path === undefined) return `its path ${origin.path} does not match ${paths.join(" or ")}`;
    const hit = excludes.find(({ matches }) => withParents(path).some(matches));
    return hit === undefined ? undefined : `its path ${path} is excluded by ${hit.pattern}`;
  };
}

function withParents(path: string): string[] {
  const paths: string[] = [];
  for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) paths.push(at);
  return paths;
}

function s6Rule(input: S6Input): WhyNot {
  const globs = s6Directories(input);
  return ({ way, origin }) => {
    if (way !== "s6") return "it is not an s6-log directory";
    const directory = origin.path.slice(0, origin.path.lastIndexOf("/"));
    return s6Fields(directory, globs) === undefined
      ? `it does not lie below ${input.root}/${input.template}`
      : undefined;
  };
}

// The places of a configuration where nothing is to be found now: a slip of the pen, or something that is mounted later.
import { type AgentConfig, DEFAULT_ROOTS, type InputConfig } from "../../collector/declare/agent-config.ts";
import { compileGlob } from "../../collector/discovery/glob.ts";
import type { FileSystem } from "../../collector/file-system.ts";
import { messageOf } from "../../errors.ts";

type Places = Pick<FileSystem, "stat">;

/** One line each, for a person. A usual place that is not there (Docker's, say) is no news while another one is. */
export function missingPlaces(config: AgentConfig, fs: Places): readonly string[] {
  const inputs = config.pipelines.flatMap((pipeline) => pipeline.inputs);
  const containers = inputs.some(({ type }) => type === "container_stdout") ? missingRoots(config, fs) : [];
  const others = inputs.flatMap((input) => basesOf(input)).flatMap((path) => troubleWith(path, fs));
  return [...new Set([...containers, ...others])];
}

function missingRoots({ roots }: AgentConfig, fs: Places): readonly string[] {
  const kinds = ["pods", "containers", "docker"] as const;
  const named = kinds.flatMap((kind) => {
    const path = roots[kind];
    return path === undefined ? [] : [{ path, isUsual: path === DEFAULT_ROOTS[kind], trouble: troubleWith(path, fs) }];
  });
  const isNone = named.every(({ trouble }) => trouble.length > 0);
  return named.filter(({ isUsual }) => isNone || !isUsual).flatMap(({ trouble }) => trouble);
}

function basesOf(input: InputConfig): readonly string[] {
  switch (input.type) {
    case "container_stdout":
      return [];
    case "files":
      return input.paths.flatMap((path) => compileGlob(path, input.maxDepth).map(({ base }) => base));
    case "s6":
      return [input.root];
  }
}

function troubleWith(path: string, fs: Places): readonly string[] {
  try {
    const found = fs.stat(path);
    if (found === undefined) return [`${path} is not there`];
    return found.kind === "directory" ? [] : [`${path} is no directory`];
  } catch (error) {
    return [`${path}: ${messageOf(error)}`];
  }
}

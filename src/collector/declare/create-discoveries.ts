// The discoveries that a configuration asks for, as one.
import { DockerTree } from "../discovery/docker-tree.ts";
import { FileGlob } from "../discovery/file-glob.ts";
import type { TargetDiscovery } from "../discovery/found-target.ts";
import { PodsTree } from "../discovery/pods-tree.ts";
import { S6Tree } from "../discovery/s6-tree.ts";
import { Union } from "../discovery/union.ts";
import type { FileSystem } from "../file-system.ts";
import type { AgentConfig, FilesInput, S6Input } from "./agent-config.ts";

/** `now`: milliseconds since the epoch. */
export function createDiscoveries(config: AgentConfig, fs: FileSystem, now: () => number): TargetDiscovery {
  const { node, roots } = config;
  const inputs = config.pipelines.flatMap((pipeline) => pipeline.inputs);
  const discoveries: TargetDiscovery[] = [];
  if (inputs.some(({ type }) => type === "container_stdout")) {
    if (roots.pods !== undefined || roots.containers !== undefined)
      discoveries.push(new PodsTree(fs, { root: roots.pods, links: roots.containers, node, now }));
    if (roots.docker !== undefined) discoveries.push(new DockerTree(fs, { root: roots.docker, node, now }));
  }
  for (const { root, template } of unique(
    inputs.filter((input): input is S6Input => input.type === "s6"),
    s6Key,
  ))
    discoveries.push(new S6Tree(fs, { root, template, node, now }));
  for (const input of unique(
    inputs.filter((input): input is FilesInput => input.type === "files"),
    filesKey,
  ))
    discoveries.push(new FileGlob(fs, { ...input, node, now }));
  return new Union(fs, discoveries);
}

function s6Key({ root, template }: S6Input): string {
  return JSON.stringify([root, template]);
}

function filesKey({ paths, exclude, maxDepth, followLinks, format }: FilesInput): string {
  return JSON.stringify([paths, exclude, maxDepth, followLinks, format]);
}

function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

// What the whole machine carries: two agents, half of the files each, beside two `cat`s of the same files.
import { join } from "node:path";
import { Consumer } from "./agent-consumer.ts";
import { type AgentRun, inFolder, inputFlags, runOnce } from "./agent-process.ts";
import type { Tree, Workload } from "./agent-workload.ts";
import { type Cost, measure } from "./measure.ts";
import { table } from "./report.ts";

const FILES = 10;

export async function twoAgents(workload: Workload, { lines }: { lines: number }): Promise<void> {
  const tree = workload.tree({ kind: "cri", files: FILES, lines });
  const halves = workload.halves({ kind: "cri", files: FILES, lines });
  const rows = [
    rowOf("one agent -> file", tree, await agents(workload, [tree], "file")),
    rowOf("two agents -> file", tree, await agents(workload, halves, "file")),
    rowOf("two agents -> null", tree, await agents(workload, halves, "null")),
    rowOf("two agents -> store", tree, await agents(workload, halves, "store")),
    rowOf("two cats -> file", tree, await cats(workload, halves)),
  ];
  for (const { directory } of halves) workload.remove(directory);
  table(["the whole machine", "MB/s read", "k lines/s", "wall s", "CPU s", "cores", "MB each"], rows);
}

function agents(workload: Workload, trees: readonly Tree[], sink: "file" | "store" | "null"): Promise<Cost[]> {
  return inFolders(workload, trees, (folders) =>
    Promise.all(
      trees.map(async (tree, i) => {
        const folder = folders[i]!;
        const output = join(folder, "out");
        const to = sink === "null" ? sink : `${sink}:${output}`;
        const run: AgentRun = { flags: [...inputFlags(tree, "pods"), "--sink", to], folder };
        return sink === "file" ? consumed(output, tree, () => runOnce(run)) : runOnce(run);
      }),
    ),
  );
}

function cats(workload: Workload, trees: readonly Tree[]): Promise<Cost[]> {
  const env = { PATH: process.env["PATH"] };
  return inFolders(workload, trees, (folders) =>
    Promise.all(
      trees.map((tree, i) => {
        const stdout = join(folders[i]!, "out");
        const options = { env, stdout, stderr: join(folders[i]!, "stderr") };
        return consumed(stdout, tree, () => measure(["cat", ...tree.files], options));
      }),
    ),
  );
}

function inFolders<T>(
  workload: Workload,
  trees: readonly Tree[],
  use: (folders: string[]) => Promise<T>,
  folders: string[] = [],
): Promise<T> {
  if (folders.length === trees.length) return use(folders);
  return inFolder(workload, (folder) => inFolders(workload, trees, use, [...folders, folder]));
}

async function consumed(output: string, tree: Tree, run: () => Promise<Cost>): Promise<Cost> {
  const consumer = new Consumer(output, tree);
  try {
    return await run();
  } finally {
    await consumer.finish();
  }
}

function rowOf(name: string, { bytes, lines }: Tree, costs: readonly Cost[]): string[] {
  const wall = Math.max(...costs.map((cost) => cost.wall));
  const cpu = costs.reduce((sum, cost) => sum + cost.cpu, 0);
  return [
    name,
    (bytes / wall / 1e6).toFixed(0),
    (lines / wall / 1000).toFixed(0),
    wall.toFixed(1),
    cpu.toFixed(2),
    (cpu / wall).toFixed(2),
    Math.max(...costs.map(({ maxRss }) => maxRss)).toFixed(0),
  ];
}

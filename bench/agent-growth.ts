// The same number of lines in 10 to 5,000 files: what a file more costs the agent.
import { join } from "node:path";
import { isWhole } from "./agent-check.ts";
import { Consumer } from "./agent-consumer.ts";
import { inFolder, inputFlags, runOnce } from "./agent-process.ts";
import type { Workload } from "./agent-workload.ts";
import type { Cost } from "./measure.ts";
import { table, verdict } from "./report.ts";

const FILES = [10, 100, 1000, 5000] as const;

export async function growth(workload: Workload, { lines }: { lines: number }): Promise<void> {
  const rows: string[][] = [];
  let allWhole = true;
  for (const files of FILES) {
    const tree = workload.tree({ kind: "cri", files, lines });
    const { cost, whole } = await inFolder(workload, async (folder) => {
      const output = join(folder, "out");
      const consumer = new Consumer(output, tree);
      const cost = await runOnce({ flags: [...inputFlags(tree, "pods"), "--sink", `file:${output}`], folder });
      return { cost, whole: isWhole(await consumer.finish(), tree) };
    });
    workload.remove(tree.directory);
    allWhole &&= whole;
    rows.push(rowOf(files, tree.lines, cost));
  }
  table(["files, CRI -> file", "lines each", "k lines/CPU-s", "CPU s", "of it system", "wall s", "max MB"], rows);
  verdict(allWhole, "growth: each line once, in order");
}

function rowOf(files: number, lines: number, { cpu, system, wall, maxRss }: Cost): string[] {
  return [
    files.toLocaleString("en"),
    Math.round(lines / files).toLocaleString("en"),
    (lines / cpu / 1000).toFixed(0),
    cpu.toFixed(2),
    `${((100 * system) / cpu).toFixed(0)} %`,
    wall.toFixed(1),
    maxRss.toFixed(0),
  ];
}

// From a new pod's directory to its first line in the output, beside pods that are there already.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../test/services/cluster.ts";
import { LineBlock } from "./agent-lines.ts";
import { inFolder, startAgent, stopAgent } from "./agent-process.ts";
import { podLog, type Workload } from "./agent-workload.ts";
import { quantile, table, verdict } from "./report.ts";

const THERE = 100;
const NEW = 40;
const GOAL_MS = 1000;
/** So that each is found by itself, at any moment of the agent's rounds. */
const APART_MS = 270;

export async function discovery(workload: Workload): Promise<void> {
  const times = await inFolder(workload, async (folder) => {
    const pods = join(folder, "pods");
    const output = join(folder, "out");
    const line = new LineBlock("cri", 1);
    line.stamp(Math.floor(Date.now() / 1000), 0, 0);
    for (let i = 0; i < THERE; i++) writeFileSync(podLog(pods, "there", i), line.bytes);
    const program = await startAgent({ flags: ["--pods-dir", pods, "--sink", `file:${output}`], folder });
    const results: number[] = [];
    for (let i = 0; i < NEW; i++) {
      await new Promise((resolve) => setTimeout(resolve, APART_MS));
      results.push(await timeOf(i, pods, output, line));
    }
    await stopAgent(program);
    return results;
  });
  const [p50, p99, max] = [0.5, 0.99, 1].map((q) => quantile(times, q));
  table(
    ["discovery", "p50 ms", "p99 ms", "max ms"],
    [[`${NEW} new pods beside ${THERE}`, p50!.toFixed(0), p99!.toFixed(0), max!.toFixed(0)]],
  );
  verdict(
    p99! <= GOAL_MS,
    `new pod directory to first line in the output: p99 ${p99!.toFixed(0)} ms (goal ${GOAL_MS})`,
  );
}

async function timeOf(i: number, pods: string, output: string, line: LineBlock): Promise<number> {
  const begun = performance.now();
  writeFileSync(podLog(pods, "new", THERE + i), line.bytes);
  const pod = `new-7d9f8c6b5d-${String(THERE + i).padStart(5, "0")}`;
  await waitFor(`the line of ${pod}`, async () => (readFileSync(output, "latin1").includes(pod) ? true : undefined), {
    everyMs: 1,
  });
  return performance.now() - begun;
}

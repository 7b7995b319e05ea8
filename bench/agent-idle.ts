// What files cost that nobody writes to: 5,000 of them, idle for more than ten minutes.
import { join } from "node:path";
import { inFolder, inputFlags, runOnce, startAgent, stopAgent } from "./agent-process.ts";
import type { Workload } from "./agent-workload.ts";
import { cpuShare, sampleEachSecond } from "./follow.ts";
import { table, verdict } from "./report.ts";

const FILES = 5000;
const LINES_EACH = 20;
const SHARE_BAR = 0.02;
/** Ten minutes, and some. */
const IDLE_MS = 620_000;
const AGE_SECONDS = 3600;
/** What it does at its start is over, and directories count as at rest. */
const SETTLE_MS = 40_000;
/** Two rounds in which it lists all directories anew. */
const WATCH_MS = 60_000;

/** With `wait` the agent itself sees ten idle minutes; else it comes back to files that it had read, and that are an hour old. */
export async function idle(workload: Workload, { wait }: { wait: boolean }): Promise<void> {
  const lines = FILES * LINES_EACH;
  const tree = workload.tree({ kind: "cri", files: FILES, lines, ...(wait ? {} : { age: AGE_SECONDS }) });
  const { share, rss, cost } = await inFolder(workload, async (folder) => {
    const run = { flags: [...inputFlags(tree, "pods"), "--sink", `file:${join(folder, "out")}`], folder };
    if (!wait) await runOnce(run);
    const program = await startAgent(run);
    await new Promise((resolve) => setTimeout(resolve, wait ? IDLE_MS : SETTLE_MS));
    const sampling = sampleEachSecond(program);
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
    sampling.stop();
    const { samples } = sampling;
    return { share: cpuShare(samples), rss: samples.at(-1)!.rss, cost: await stopAgent(program) };
  });
  workload.remove(tree.directory);
  const how = wait ? "watched for 10 minutes" : "an hour old at the start";
  table(
    ["idle", "of a core", "MB", "max MB"],
    [[`${FILES} files, ${how}`, `${(100 * share).toFixed(2)} %`, rss.toFixed(0), cost.maxRss.toFixed(0)]],
  );
  verdict(
    share <= SHARE_BAR,
    `${FILES} idle files: ${(100 * share).toFixed(2)} % of a core (bar ${100 * SHARE_BAR} %)`,
  );
}

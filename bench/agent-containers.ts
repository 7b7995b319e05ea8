// A node as it is: 200 containers of 50 kB/s into the store, for a minute.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { foundText, isWhole, readStoreBack } from "./agent-check.ts";
import { inFolder, startAgent, stopAgent } from "./agent-process.ts";
import { podLog, type Workload } from "./agent-workload.ts";
import type { WriterSpec, Written } from "./agent-writer.ts";
import { cpuShare, rowsOf, sampleEachSecond } from "./follow.ts";
import { table, verdict } from "./report.ts";

const CONTAINERS = 200;
/** Of 200 bytes. */
const LINES_A_SECOND = 250;
const SHARE_BAR = 0.2;
const RSS_BAR = 150;
/** The last lines are read before it is told to end. */
const REST_MS = 2000;
const WRITER = join(import.meta.dirname, "agent-writer.ts");

export async function containers(workload: Workload, { seconds }: { seconds: number }): Promise<void> {
  await inFolder(workload, async (folder) => {
    const pods = join(folder, "pods");
    const store = join(folder, "store");
    const files = Array.from({ length: CONTAINERS }, (_, i) => podLog(pods, "node", i));
    for (const file of files) writeFileSync(file, "");
    const program = await startAgent({ flags: ["--pods-dir", pods, "--sink", `store:${store}`], folder });
    const spec: WriterSpec = { seconds, streams: [{ files, rate: CONTAINERS * LINES_A_SECOND, mark: "" }] };
    const sampling = sampleEachSecond(program);
    const { stdout } = await program.during(promisify(execFile)(process.execPath, [WRITER, JSON.stringify(spec)]));
    sampling.stop();
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const cost = await stopAgent(program);
    const written = JSON.parse(stdout) as Written;
    const share = cpuShare(sampling.samples);
    table(["200 containers -> store: second", "MB", "CPU s"], rowsOf(sampling.samples));
    const rate = Math.round(written.lines / written.seconds).toLocaleString("en");
    const percent = `${(100 * share).toFixed(1)} %`;
    verdict(share <= SHARE_BAR, `${rate} lines/s into the store: ${percent} of a core (bar ${100 * SHARE_BAR} %)`);
    verdict(cost.maxRss <= RSS_BAR, `at most ${cost.maxRss.toFixed(0)} MB (bar ${RSS_BAR} MB)`);
    const found = readStoreBack(store, { numbers: written.lines, numbersPerFile: 1 });
    verdict(isWhole(found, { events: written.lines }), foundText(found));
  });
}

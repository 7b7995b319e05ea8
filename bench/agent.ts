// The node agent measured whole: `klog agent run` over logs that are there and logs that are being written, beside rsyslog and cat.
// node bench/agent.ts [--case NAME]... [--lines 5000000] [--runs 2] [--peer-lines 1000000] [--seconds 10] [--idle-wait]
import { parseArgs } from "node:util";
import { backlog } from "./agent-backlog.ts";
import { containers } from "./agent-containers.ts";
import { discovery } from "./agent-discovery.ts";
import { growth } from "./agent-growth.ts";
import { idle } from "./agent-idle.ts";
import { live, quiet } from "./agent-live.ts";
import { peers } from "./agent-peers.ts";
import { twoAgents } from "./agent-two.ts";
import { Workload } from "./agent-workload.ts";
import { print, title } from "./report.ts";

const { values } = parseArgs({
  options: {
    /** By default all of them. */
    case: { type: "string", multiple: true },
    lines: { type: "string", default: "5000000" },
    /** Of each task with a bar. */
    runs: { type: "string", default: "2" },
    /** rsyslog takes 60 times as long as klog. */
    "peer-lines": { type: "string", default: "1000000" },
    /** Of writing, in each live case. */
    seconds: { type: "string", default: "10" },
    /** Waits until files have been idle for 10 minutes, where otherwise they are an hour old when the agent starts. */
    "idle-wait": { type: "boolean", default: false },
  },
});
const lines = Number(values.lines);
const runs = Number(values.runs);
const seconds = Number(values.seconds);
let rate: number | undefined;

const CASES: Readonly<Record<string, (workload: Workload) => Promise<void>>> = {
  backlog: async (workload) => {
    rate = await backlog(workload, { lines, runs });
  },
  peers: (workload) => peers(workload, { lines, peerLines: Math.min(lines, Number(values["peer-lines"])), rate }),
  two: (workload) => twoAgents(workload, { lines }),
  growth: (workload) => growth(workload, { lines: Math.min(lines, 2_000_000) }),
  live: (workload) => live(workload, { seconds }),
  quiet: (workload) => quiet(workload, { seconds }),
  discovery: (workload) => discovery(workload),
  idle: (workload) => idle(workload, { wait: values["idle-wait"] }),
  containers: (workload) => containers(workload, { seconds: seconds * 6 }),
};

const asked = values.case ?? Object.keys(CASES);
const unknown = asked.filter((name) => !(name in CASES));
if (unknown.length > 0) throw new Error(`no case ${unknown.join(", ")}; there are ${Object.keys(CASES).join(", ")}`);

title(`agent: ${asked.join(", ")}`);
using workload = new Workload();
// Without this a Ctrl-C leaves gigabytes behind.
process.once("SIGINT", () => {
  workload[Symbol.dispose]();
  process.exit(130);
});
for (const name of asked) {
  await CASES[name]!(workload);
  print("");
}

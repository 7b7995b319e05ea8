// How long a live line takes from the container's runtime (its time stamp) to the reader of the pipe: klog in order of
// arrival, klog as it is by default, and kubectl, all three at once on the same pods.
// node bench/lag.ts [--seconds 20] [--scenarios 1x20,1x1000,20x20,20x50]: pods x lines a second of each
import { parseArgs } from "node:util";
import { type Cluster, manifest, startCluster, waitFor } from "../test/services/cluster.ts";
import { type RunningProgram, start } from "./measure.ts";
import { environment, klog, kubectl, outputFolder } from "./programs.ts";
import { print, quantile, table, title, verdict } from "./report.ts";

const P50_BAR_MS = 5;
const P99_BAR = 3;
const WINDOW_MS = 200;
const WINDOW_GRACE_MS = 50;
/** Streams are open, programs warm. */
const SETTLE_MS = 3000;
/** What was written before the end of the measuring has time to come. */
const DRAIN_MS = 1500;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    scenarios: { type: "string", default: "1x20,1x1000,20x20,20x50" },
  },
});
const scenarios = values.scenarios.split(",").map((scenario) => {
  const [pods = Number.NaN, rate = Number.NaN] = scenario.split("x").map(Number);
  return { name: `${pods} pod${pods === 1 ? "" : "s"} x ${rate}/s`, pods, rate };
});

type Reader = "arrival" | "default" | "kubectl";
type Lags = Readonly<Record<Reader, readonly number[]>>;
const READERS: readonly Reader[] = ["arrival", "default", "kubectl"];

title(`lag: container write to printed line, ${values.seconds} s each`);
const cluster = await startCluster({ name: "node" });
try {
  const results: { name: string; lags: Lags }[] = [];
  for (const { name, pods, rate } of scenarios)
    results.push({ name, lags: await inNamespace(cluster, (namespace) => measureLag(cluster, namespace, pods, rate)) });
  report(results);
} finally {
  await cluster.down();
}

async function inNamespace<T>(cluster: Cluster, use: (namespace: string) => Promise<T>): Promise<T> {
  const namespace = await cluster.namespace("lag");
  try {
    return await use(namespace);
  } finally {
    await cluster.kubectl(["delete", "namespace", namespace, "--wait=false", "--grace-period=0", "--force"]);
  }
}

async function measureLag(cluster: Cluster, namespace: string, pods: number, rate: number): Promise<Lags> {
  const names = Array.from({ length: pods }, (_, i) => `lag-${i}`);
  const manifests = names.map((name) => manifest("numbered.yaml", { name, env: { RATE: rate } }));
  await cluster.apply((await Promise.all(manifests)).join("\n---\n"), { namespace });
  await cluster.kubectl(["wait", "-n", namespace, "pods", "--all", "--for=condition=Ready", "--timeout=120s"], {
    timeoutMs: 130_000,
  });

  using folder = outputFolder();
  const env = environment(cluster);
  const tail = klog("tail", "-n", namespace, "--tail=0", "-t", "--timezone=UTC");
  const requests = ["--max-log-requests", String(pods)];
  const commands: Readonly<Record<Reader, readonly string[]>> = {
    arrival: [...tail, "--order=arrival"],
    default: tail,
    kubectl: kubectl(cluster, "logs", "-n", namespace, "-l", "app", "-f", "--tail=0", "--timestamps", ...requests),
  };
  const chunks: Record<Reader, Chunk[]> = { arrival: [], default: [], kubectl: [] };
  const now = epochClock();
  const programs: RunningProgram[] = [];
  for (const reader of READERS) {
    // Chunks are only taken here and read later: three parsers in one process would wait for each other.
    const onData = (bytes: Buffer) => void chunks[reader].push({ at: now(), bytes });
    programs.push(await start(commands[reader], { env, stderr: folder.path(reader), onData }));
  }
  await waitFor("a line from each reader", async () => (READERS.every((r) => chunks[r].length > 0) ? true : undefined));
  await sleep(SETTLE_MS);
  const from = now();
  await sleep(Number(values.seconds) * 1000);
  const to = now();
  await sleep(DRAIN_MS);
  for (const program of programs) program.interrupt();
  await Promise.all(programs.map((program) => program.ended));
  return {
    arrival: lagsOf(chunks.arrival, from, to),
    default: lagsOf(chunks.default, from, to),
    kubectl: lagsOf(chunks.kubectl, from, to),
  };
}

interface Chunk {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Lags of the lines that were written between two moments, milliseconds. */
function lagsOf(chunks: readonly Chunk[], from: number, to: number): number[] {
  const lags: number[] = [];
  let rest = "";
  for (const { at, bytes } of chunks) {
    const lines = (rest + bytes.toString("latin1")).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const written = timeOf(line);
      if (written !== undefined && written >= from && written < to) lags.push(at - written);
    }
  }
  return lags;
}

/** Milliseconds since the epoch, with the fraction below. */
function timeOf(line: string): number | undefined {
  const match = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?:Z|\+00:00) line /.exec(line);
  return match === null ? undefined : Date.parse(`${match[1]}Z`) + Number(`0${match[2] ?? ""}`) * 1000;
}

/** The wall clock, finer than a millisecond: set by the moment at which Date.now() ticks. */
function epochClock(): () => number {
  const before = Date.now();
  let tick = before;
  while (tick === before) tick = Date.now();
  const offset = tick - performance.now();
  return () => offset + performance.now();
}

function report(results: readonly { name: string; lags: Lags }[]): void {
  const ms = (value: number) => value.toFixed(1);
  const rows = results.flatMap(({ name, lags }) =>
    READERS.map((reader) => {
      const own = lags[reader];
      return [
        `${name}, ${reader}`,
        (quantile(own, 0.99) / quantile(lags.kubectl, 0.99)).toFixed(2),
        ms(quantile(own, 0.5)),
        ms(quantile(own, 0.99)),
        ms(quantile(own, 1)),
        String(own.length),
      ];
    }),
  );
  table(["pods x rate, reader", "p99 : kubectl's", "p50 ms", "p99 ms", "max ms", "lines"], rows);
  for (const { name, lags } of results) {
    const p50 = quantile(lags.arrival, 0.5);
    const p99 = quantile(lags.arrival, 0.99);
    const ratio = p99 / quantile(lags.kubectl, 0.99);
    const ordered = quantile(lags.default, 0.99);
    const most = p99 + WINDOW_MS + WINDOW_GRACE_MS;
    verdict(p50 <= P50_BAR_MS, `${name}: arrival p50 ${ms(p50)} ms (bar ${P50_BAR_MS} ms)`);
    verdict(ratio <= P99_BAR, `${name}: arrival p99 ${ratio.toFixed(2)} x kubectl's (bar ${P99_BAR})`);
    verdict(ordered <= most, `${name}: default p99 ${ms(ordered)} ms (bar arrival + window + 50 = ${ms(most)} ms)`);
    const counts = READERS.map((reader) => lags[reader].length);
    verdict(new Set(counts).size === 1, `${name}: all three have the same ${counts[2]} lines`);
    if (new Set(counts).size > 1) print(`      lines: ${READERS.map((r, i) => `${r} ${counts[i]}`).join(", ")}`);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Pods whose every line is known, an agent that stores them while the kubelet rotates, and klog search over all ways to them.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, startCluster, waitFor } from "../../services/cluster.ts";
import { AgentRig, collecting } from "./agent.ts";
import { eachDelivered } from "./agent-store.ts";
import type { KlogOptions, KlogProcess } from "./klog.ts";
import { Lab } from "./lab.ts";
import { STAY, scriptPod } from "./pods.ts";

const PODS_DIR = "/var/log/pods";
/** The kubelet looks every 3 s; what is larger than this is rotated then. */
const LOG_MAX = { quantity: "64Ki", bytes: 64 * 1024 };

/** A line of `-o jsonl`. */
export interface Found {
  readonly "@timestamp": string;
  readonly message: string;
  readonly level?: string;
  readonly k8s_pod: string;
  readonly k8s_container_name: string;
  readonly restart: number;
  readonly source: readonly string[];
}

/** What is the same whoever gives a line. */
export function identity({ "@timestamp": at, message, ...line }: Found): string {
  return `${at} ${line.k8s_pod}/${line.k8s_container_name}/${line.restart} ${message}`;
}

export function texts(lines: readonly Found[]): string[] {
  return lines.map(({ message }) => message);
}

/** `line FIRST` … `line LAST`, or with another word. */
export function numbered(last: number, word = "line", first = 1): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${word} ${first + i}`);
}

/** What container `mixed/main` writes: every third line is JSON on stderr. */
export function mixedLine(n: number): string {
  if (n % 3 === 0) return `{"level":"error","msg":"refused","n":${n}}`;
  return n % 3 === 1 ? `level=warn n=${n} msg=slow` : `plain ${n}`;
}

const MIXED = `i=1; while [ $i -le 900 ]; do case $((i % 3)) in
0) echo "{\\"level\\":\\"error\\",\\"msg\\":\\"refused\\",\\"n\\":$i}" >&2;;
1) echo "level=warn n=$i msg=slow";;
*) echo "plain $i";; esac; i=$((i + 1)); done; ${STAY}`;

const ROTATES = `lines() { seq $1 $2 | sed 's/^/line /'; }
lines 1 2500; sleep 4; lines 2501 5000; sleep 4; lines 5001 7500; sleep 4; lines 7501 7600; ${STAY}`;

const CRASHES = `n=$(ls /keep | wc -l); touch /keep/$n; seq 1 50 | sed "s/^/life $n line /"; [ $n -lt 2 ] && exit 1; ${STAY}`;

export class SearchLab extends Lab {
  readonly rig: AgentRig;

  private constructor(cluster: Cluster, namespace: string, rig: AgentRig) {
    super(cluster, namespace);
    this.rig = rig;
  }

  static async begin(): Promise<SearchLab> {
    const cluster = await startCluster({ name: "node", logMax: LOG_MAX.quantity, logFiles: 5, backoffMax: "2s" });
    const lab = new SearchLab(cluster, await cluster.namespace("search"), new AgentRig("search"));
    const { state, store } = lab.rig;
    await collecting(
      lab.rig.start({ args: ["--pods-dir", PODS_DIR, "--state-dir", state, "--sink", `store:${store}`] }),
    );
    return lab;
  }

  async end(): Promise<void> {
    await this.close();
    await this.rig[Symbol.asyncDispose]();
    // Other files of tests want logs that are not rotated.
    await startCluster({ name: "node", logMax: "10Mi" });
  }

  /** Writes everything that the tests of a cluster at rest look for; resolves when it is stored and nothing is rotated any more. */
  async write(): Promise<void> {
    const crashes = scriptPod("crashes", { run: CRASHES, restartPolicy: "Always", labels: { app: "crashes" } }) as {
      spec: { containers: object[] };
    };
    crashes.spec.containers[0] = {
      ...crashes.spec.containers[0],
      volumeMounts: [{ name: "keep", mountPath: "/keep" }],
    };
    await this.apply(
      scriptPod("rotates", { run: ROTATES, labels: { app: "rotates" } }),
      scriptPod("mixed", {
        run: { main: MIXED, side: `seq 1 100 | sed 's/^/side /'; ${STAY}` },
        labels: { app: "mixed" },
      }),
      { ...crashes, spec: { ...crashes.spec, volumes: [{ name: "keep", emptyDir: {} }] } },
    );
    await this.stored(7600 + 900 + 100 + 150);
    await waitFor("the kubelet to have rotated the last large file", async () => {
      const sizes = this.logFiles(/\/\d+\.log$/).map((path) => statSync(path).size);
      return sizes.every((size) => size < LOG_MAX.bytes) ? true : undefined;
    });
  }

  /** Waits until the store has so many lines of the namespace. */
  async stored(lines: number): Promise<void> {
    await waitFor(
      `${lines} lines in the store`,
      async () => {
        let count = 0;
        eachDelivered(this.rig.store, ({ origin }) => {
          if (origin.namespace === this.namespace) count++;
        });
        return count >= lines ? true : undefined;
      },
      { everyMs: 500 },
    );
  }

  /** The kubelet's own files of the namespace. */
  logFiles(matching: RegExp): string[] {
    return readdirSync(PODS_DIR, { recursive: true, encoding: "utf8" })
      .filter((path) => path.startsWith(`${this.namespace}_`) && matching.test(path))
      .map((path) => join(PODS_DIR, path));
  }

  readonly pods = "pods";

  get store(): string {
    return `store:${this.rig.store}`;
  }

  get files(): string {
    return `files:${PODS_DIR}/${this.namespace}_*/**/*.log*`;
  }

  /** Starts `klog search` in the namespace. */
  searching(sources: readonly string[], args: readonly string[], options: KlogOptions = {}): KlogProcess {
    return this.start(this.words(sources, args), withoutHistory(options));
  }

  /** Runs `klog search` in the namespace to its end, over all times unless `args` say otherwise. */
  async search(sources: readonly string[], args: readonly string[], options: KlogOptions = {}): Promise<KlogProcess> {
    return this.klog(this.words(sources, args), withoutHistory(options));
  }

  /** What it finds, oldest first unless `args` say otherwise. Throws unless it ends with 0. */
  async found(sources: readonly string[], ...args: string[]): Promise<Found[]> {
    return foundBy(await this.search(sources, [...args, "-o", "jsonl"]));
  }

  private words(sources: readonly string[], args: readonly string[]): string[] {
    const hasRange = args.some((word) => /^(?:--since|--around|--cursor|--wait-for|-f)/.test(word));
    const named = sources.flatMap((source) => ["--source", source]);
    return ["search", "-n", this.namespace, ...named, ...(hasRange ? [] : ["--since", "0"]), ...args];
  }
}

function withoutHistory(options: KlogOptions): KlogOptions {
  return { ...options, env: { KLOG_HISTORY: "off", ...options.env } };
}

export function foundBy({ code, lines, stderr }: KlogProcess): Found[] {
  if (code !== 0) throw new Error(`klog search ended with ${code}\n${stderr.slice(-800)}`);
  return lines.map((line) => JSON.parse(line) as Found);
}

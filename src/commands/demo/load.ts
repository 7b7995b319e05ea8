// The demo's load: an hour of the past at once, then new lines ten times a second until it is stopped.
import { KubeletTree } from "./kubelet-tree.ts";
import { CHECKOUT, type DemoEntry, type Incident } from "./shop.ts";
import { Traffic } from "./traffic.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TICK_MS = 100;

export interface LoadOptions {
  readonly podsDir: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly visitsPerSecond: number;
  readonly rotateBytes: number;
  readonly onError: (error: unknown) => void;
}

export class Load {
  readonly incident: Incident;
  readonly tree: KubeletTree;
  /** Of the newest order of the past that failed; empty before `writePast`. */
  failedTrace = "";
  readonly #options: LoadOptions;
  readonly #traffic: Traffic;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    const now = options.now();
    this.incident = { from: now - 14 * MINUTE_MS, to: now - 9 * MINUTE_MS };
    this.tree = new KubeletTree(options.podsDir, options.rotateBytes);
    this.#traffic = new Traffic({
      seed: 7,
      from: now - HOUR_MS,
      incident: this.incident,
      perSecond: options.visitsPerSecond,
    });
  }

  /** Throws what the file system throws. */
  writePast(): void {
    // Minute by minute: an hour of entries at once would be held in memory for nothing.
    const now = this.#options.now();
    for (let at = now - HOUR_MS; at < now; at += MINUTE_MS) {
      const entries = this.#traffic.until(Math.min(at + MINUTE_MS, now));
      this.tree.write(entries);
      this.failedTrace = failedTrace(entries) ?? this.failedTrace;
    }
  }

  start(): void {
    this.#timer = setInterval(() => {
      try {
        this.tree.write(this.#traffic.until(this.#options.now()));
      } catch (error) {
        this.stop();
        this.#options.onError(error);
      }
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.tree.close();
  }
}

function failedTrace(entries: readonly DemoEntry[]): string | undefined {
  const failed = entries.findLast(({ container, stream }) => container === CHECKOUT && stream === "stderr");
  return failed && (JSON.parse(failed.lines[0]!) as { readonly trace: string }).trace;
}

// What is asked of the log API: the person's window for a first read, the cursor's place for every later one.
import type { Query } from "../../clients/kubernetes/client.ts";
import { type Timestamp, toRfc3339Nano } from "../../record/timestamp.ts";

/** Which part of a log is asked for. Times of the window hold for instances that existed when klog started; later ones are read whole. */
export interface TailWindow {
  readonly follow: boolean;
  /** Last lines of each container; undefined is all. */
  readonly tail: number | undefined;
  /** A duration is measured by the node's clock, a time by the lines'. */
  readonly since: { readonly seconds: number } | { readonly time: Timestamp } | undefined;
  readonly until: Timestamp | undefined;
  readonly head: number | undefined;
  readonly limitBytes: number | undefined;
  readonly previous: boolean;
  readonly stream: "stdout" | "stderr" | undefined;
  readonly maxLineBytes: number;
}

export interface LogQueryOptions {
  readonly container: string;
  readonly window: TailWindow;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly insecureSkipTlsVerifyBackend: boolean;
  /** Whole seconds since the epoch; undefined before the first line. */
  readonly resumeAt: number | undefined;
  /** The window's beginning holds for this instance. */
  readonly existed: boolean;
  /** Nothing has been asked of this instance before. */
  readonly isFirst: boolean;
  /** Since klog started: it belongs to a window that is counted from now. */
  readonly elapsedSeconds: number;
}

const STREAMS = { stdout: "Stdout", stderr: "Stderr" } as const;

export function logQuery(options: LogQueryOptions): Query {
  const { container, window, follow, previous, insecureSkipTlsVerifyBackend, resumeAt, existed } = options;
  const base: Query = {
    container,
    timestamps: true,
    follow: follow ? true : undefined,
    previous: previous ? true : undefined,
    stream: window.stream === undefined ? undefined : STREAMS[window.stream],
    insecureSkipTLSVerifyBackend: insecureSkipTlsVerifyBackend ? true : undefined,
  };
  if (resumeAt !== undefined) return { ...base, sinceTime: wholeSecond(resumeAt) };
  if (!existed) return base;
  const { since, tail } = window;
  // `--tail 0` means from the start of klog on: asked again, the server has to count from there.
  if (tail === 0 && !options.isFirst) return { ...base, sinceSeconds: Math.max(1, options.elapsedSeconds) };
  return {
    ...base,
    tailLines: tail,
    sinceSeconds:
      since !== undefined && "seconds" in since
        ? Math.max(1, Math.ceil(since.seconds + options.elapsedSeconds))
        : undefined,
    sinceTime: since !== undefined && "time" in since ? wholeSecond(since.time.sec) : undefined,
  };
}

/** The server passes no fraction on to the kubelet. */
function wholeSecond(sec: number): string {
  return `${toRfc3339Nano({ sec, nsec: 0 }).slice(0, 19)}Z`;
}

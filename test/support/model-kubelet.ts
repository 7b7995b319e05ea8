// One container of one pod behind a model API server: restarts, rotation, status that lags behind, streams that are cut at any byte,
// end cleanly for no reason, or stall. Implements KubernetesClient, so that the tail core runs on it unchanged.
import {
  ApiError,
  type ByteSink,
  type ByteStream,
  type KubernetesClient,
  type RequestOptions,
} from "../../src/clients/kubernetes/client.ts";
import type { ContainerStatus, Pod } from "../../src/clients/kubernetes/resources.ts";
import { toRfc3339Nano } from "../../src/record/timestamp.ts";
import type { FakeClock } from "./fake-clock.ts";
import { type ModelLine, ModelLog } from "./model-log.ts";
import type { Random } from "./random.ts";

export interface ModelInstance {
  readonly id: string;
  readonly restart: number;
  readonly log: ModelLog;
  running: boolean;
  readonly startedAt: number;
  finishedAt: number | undefined;
}

interface OpenStream {
  readonly instance: ModelInstance;
  readonly sink: ByteSink;
  readonly follow: boolean;
  readonly since: number | undefined;
  open: boolean;
  /** The log has been read up to now; what is written from here on is sent as it comes. */
  started: boolean;
  paused: boolean;
  backlog: Buffer[];
}

export class ModelKubelet implements KubernetesClient {
  readonly context = "model";
  readonly server = "model://";
  readonly namespace = "default";
  readonly instances: ModelInstance[] = [];
  /** Requests fail as if nobody listened. */
  down = false;
  deleted = false;
  denied = false;
  /** The server answers 200 with this text in place of the log. */
  inBand: string | undefined;
  /** … but only where the log is to be followed. */
  inBandFollowOnly = false;
  requests = 0;
  private readonly random: Random;
  private readonly clock: FakeClock;
  private readonly repeatBodies: boolean;
  private streams: OpenStream[] = [];
  private reported: Pod;
  private lastNanos = 0n;

  constructor(random: Random, clock: FakeClock, options: { repeatBodies: boolean }) {
    this.random = random;
    this.clock = clock;
    this.repeatBodies = options.repeatBodies;
    this.start();
    this.reported = this.truth();
  }

  get current(): ModelInstance {
    return this.instances.at(-1)!;
  }

  /** The pod as the API tells it: up to a second old. */
  get pod(): Pod {
    return this.reported;
  }

  /** The kubelet reports its status. */
  report(): Pod {
    this.reported = this.truth();
    return this.reported;
  }

  write(count: number): void {
    const { log, running } = this.current;
    if (!running) return;
    const before = log.lines.length;
    log.writeAt(count, this.clock.now());
    this.lastNanos = log.nanosNow;
    for (const stream of this.streams)
      if (stream.started && stream.follow && stream.instance === this.current)
        for (const line of log.lines.slice(before)) this.send(stream, line);
  }

  rotate(): void {
    if (this.current.running) this.current.log.rotate();
  }

  /** The container exits; its streams end cleanly behind its last line. */
  exit(): void {
    const instance = this.current;
    instance.running = false;
    // The runtime stamps no line later than the end.
    instance.finishedAt = Math.max(this.clock.now(), Number(instance.log.nanosNow / 1_000_000n) + 1);
    for (const stream of this.streams.filter((s) => s.instance === instance && s.follow && s.started))
      this.endStream(stream);
  }

  restart(): void {
    if (this.current.running) this.exit();
    this.start();
  }

  /** Every open stream breaks off; `inLine` leaves the beginning of a line behind. */
  cut(inLine: boolean): void {
    for (const stream of this.streams.filter((s) => s.open)) {
      if (inLine) this.data(stream, Buffer.from("2026-09-21T12:00:00.123456789Z half a li"));
      this.close(stream);
      stream.sink.fail(new ApiError("unreachable", "cut"));
    }
    this.streams = [];
  }

  /** Every open stream ends as if it were complete (a kubelet restart does this). */
  endAll(): void {
    for (const stream of this.streams.filter((s) => s.open)) this.endStream(stream);
  }

  get<T>(_path: string, _options?: RequestOptions): Promise<T> {
    this.requests++;
    if (this.down) return Promise.reject(new ApiError("unreachable", "down"));
    if (this.deleted) return Promise.reject(new ApiError("not-found", "pods not found", { status: 404 }));
    return Promise.resolve(this.reported as T);
  }

  async open(_path: string, sink: ByteSink, options: RequestOptions = {}): Promise<ByteStream> {
    this.requests++;
    if (this.down) throw new ApiError("unreachable", "down");
    if (this.deleted) throw new ApiError("not-found", "pods not found", { status: 404 });
    if (this.denied) throw new ApiError("forbidden", "pods is forbidden", { status: 403 });
    const query = options.query ?? {};
    const instance = query["previous"] === true ? this.instances.at(-2) : this.current;
    if (instance === undefined)
      throw new ApiError("status", "previous terminated container not found", { status: 400 });
    const since = query["sinceTime"] === undefined ? undefined : Date.parse(query["sinceTime"] as string) / 1000;
    const tail = query["tailLines"] as number | undefined;
    const stream: OpenStream = {
      instance,
      sink,
      follow: query["follow"] === true,
      since,
      open: true,
      started: false,
      paused: false,
      backlog: [],
    };
    this.streams.push(stream);
    this.clock.timer(this.random.below(3), () => {
      if (!stream.open) return;
      stream.started = true;
      if (this.inBand !== undefined && (stream.follow || !this.inBandFollowOnly)) {
        this.data(stream, Buffer.from(this.inBand));
        return this.endStream(stream);
      }
      const text = instance.log.read({ sinceSec: since, tail }).map(wire).join("");
      // A reply may break off anywhere, or end early as if it were whole.
      const bytes = Buffer.from(text);
      const fate = this.random.next();
      const upTo = fate < 0.15 ? this.random.below(bytes.length + 1) : bytes.length;
      for (let at = 0; at < upTo; ) {
        const size = Math.min(upTo - at, 1 + this.random.below(400));
        this.data(stream, bytes.subarray(at, at + size));
        at += size;
      }
      if (upTo < bytes.length) {
        this.close(stream);
        return sink.fail(new ApiError("unreachable", "cut in the reply"));
      }
      if (!stream.follow || !instance.running) this.endStream(stream);
    });
    options.signal?.addEventListener("abort", () => this.close(stream), { once: true });
    return {
      pause: () => {
        stream.paused = true;
      },
      resume: () => {
        stream.paused = false;
        for (const chunk of stream.backlog.splice(0)) if (stream.open) sink.data(chunk);
      },
      close: () => this.close(stream),
    };
  }

  close(stream?: OpenStream): void {
    if (stream === undefined) for (const s of this.streams) s.open = false;
    else stream.open = false;
    this.streams = this.streams.filter((s) => s.open);
  }

  private start(): void {
    const restart = this.instances.length;
    const log = new ModelLog(this.random, {
      equalTimes: 0.15,
      jitter: 0.1,
      repeatBodies: this.repeatBodies,
      name: `i${restart}-`,
      startNanos: this.lastNanos,
    });
    this.instances.push({
      id: `containerd://${restart}`,
      restart,
      log,
      running: true,
      startedAt: this.clock.now(),
      finishedAt: undefined,
    });
  }

  private send(stream: OpenStream, line: ModelLine): void {
    if (stream.since !== undefined && line.sec < stream.since) return;
    this.data(stream, Buffer.from(wire(line)));
  }

  private data(stream: OpenStream, chunk: Buffer): void {
    if (!stream.open) return;
    if (stream.paused) stream.backlog.push(Buffer.from(chunk));
    else stream.sink.data(Buffer.from(chunk));
  }

  private endStream(stream: OpenStream): void {
    if (!stream.open) return;
    for (const chunk of stream.backlog.splice(0)) if (stream.open) stream.sink.data(chunk);
    if (!stream.open) return;
    this.close(stream);
    stream.sink.end();
  }

  private truth(): Pod {
    const { current } = this;
    const previous = this.instances.at(-2);
    const iso = (ms: number | undefined) => new Date(ms ?? 0).toISOString().replace(/\.\d+Z/, "Z");
    const ended = (i: ModelInstance) => ({
      terminated: {
        exitCode: 1,
        reason: "Error",
        containerID: i.id,
        startedAt: iso(i.startedAt),
        finishedAt: iso(i.finishedAt),
      },
    });
    const status: ContainerStatus = {
      name: "app",
      containerID: current.id,
      restartCount: current.restart,
      state: current.running ? { running: { startedAt: iso(current.startedAt) } } : ended(current),
      ...(previous === undefined ? {} : { lastState: ended(previous) }),
    };
    return {
      metadata: { name: "web-1", namespace: "default", uid: "uid-1" },
      spec: { nodeName: "node-1", restartPolicy: "Always", containers: [{ name: "app" }] },
      status: { phase: "Running", containerStatuses: [status] },
    };
  }
}

function wire(line: ModelLine): string {
  return `${toRfc3339Nano(line)} ${line.text}\n`;
}

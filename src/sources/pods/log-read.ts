// One request to the log API: opens it, cuts it into lines, lays a resumed reply over what was shown before, and hands on new lines only.
import { ApiError, type ByteStream, type KubernetesClient, type Query } from "../../clients/kubernetes/client.ts";
import type { Clock } from "../clock.ts";
import type { Alignment, Cursor, LineMark } from "./cursor.ts";
import { LineSplitter } from "./line-splitter.ts";
import { EDGE_MARKS } from "./span-cutter.ts";

export interface LogReadOptions {
  readonly client: KubernetesClient;
  readonly path: string;
  readonly query: Query;
  readonly cursor: Cursor;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly maxLineBytes: number;
  /** The reply begins in the middle of what was shown already. */
  readonly resumed: boolean;
  readonly follow: boolean;
  /** The log ends for good where this reply ends: an unterminated last line is a line. */
  readonly final: boolean;
  /** A reply that stopped inside the window is believed to be a rotation (it was asked for before and stopped there too). */
  readonly confirmed: boolean;
  /** Asked where the lines themselves cannot tell: is it still the instance that is meant? They are held until it answers. */
  readonly verify: ((before: "first-line" | "gap") => Promise<boolean>) | undefined;
  /** Seconds since the epoch: a line of a later second is another instance's. */
  readonly notAfter: number | undefined;
  /** Takes a new line; false ends the read. */
  readonly line: LineTaker;
  /** Lines between the cursor's newest and `next`, the first ones behind them, are gone. Called before those are handed on. */
  readonly gap: (next: readonly LineMark[]) => void;
  /** New data has been worked off: a good moment to print. `bytes` is what came over the wire. */
  readonly progress: (bytes: number) => void;
  /** Called once, when the reply is known to be aligned and lines flow as they come. */
  readonly live: () => void;
}

export type LineTaker = (buffer: Buffer, start: number, end: number, sec: number, nsec: number, cut: number) => boolean;

export type LogReadResult =
  /** The server ended the reply cleanly (`inLine`: in the middle of a line); whether the log ended is another question. */
  | { readonly kind: "end"; readonly inLine: boolean }
  | { readonly kind: "failed"; readonly error: ApiError }
  /** The server wrote an error as text into the reply. */
  | { readonly kind: "in-band"; readonly text: string }
  /** `line` said stop, the signal aborted, or `stop` was called. */
  | { readonly kind: "stopped" }
  /** Another instance's log was served. */
  | { readonly kind: "other-instance" }
  /** The reply ended before all of the window was seen: cut short, or rotated? */
  | { readonly kind: "inconclusive" };

interface HeldLine {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly sec: number;
  readonly nsec: number;
  readonly hashA: number;
  readonly hashB: number;
  readonly cut: number;
}

/** A followed reply that says nothing for this long while it is being aligned is decided by a second request beside it. */
const SILENT_WHILE_ALIGNING_MS = 2000;

/** Texts that the kubelet and apiserver write into a 200 reply where log lines should stand. */
const SERVER_TEXTS = [
  "unable to retrieve container logs for ",
  "failed to create fsnotify watcher",
  "failed to watch file",
  "failed to try resolving symlinks in path",
  "failed to open log file",
  "failed to get container status",
  "an error occurred when try to find container",
  "rpc error: code = ",
  "Internal Error: ",
];

function isServerText(text: string): boolean {
  return SERVER_TEXTS.some((start) => text.startsWith(start));
}

export class LogRead {
  private readonly options: LogReadOptions;
  private readonly splitter: LineSplitter;
  private stream: ByteStream | undefined;
  private alignment: Alignment | undefined;
  private held: HeldLine[] = [];
  private state: "verifying" | "aligning" | "deciding" | "live" | "done" = "aligning";
  private ended: { error: ApiError | undefined } | undefined;
  private paused = false;
  private announced = false;
  private cancelSilence: (() => void) | undefined;
  private resolve!: (result: LogReadResult) => void;
  private readonly result: Promise<LogReadResult>;
  private readonly onAbort = () => this.finish({ kind: "stopped" });

  constructor(options: LogReadOptions) {
    this.options = options;
    this.result = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.splitter = new LineSplitter({ maxLineBytes: options.maxLineBytes }, (...line) => this.split(...line));
    this.alignment = options.resumed ? options.cursor.align() : undefined;
    const next = this.afterVerify();
    this.state = next === "live" && options.verify !== undefined ? "verifying" : next;
  }

  /** Runs the request to its end. Never rejects. */
  async run(): Promise<LogReadResult> {
    const { client, path, query, signal } = this.options;
    if (signal.aborted) return { kind: "stopped" };
    signal.addEventListener("abort", this.onAbort, { once: true });
    try {
      const stream = await client.open(
        path,
        {
          data: (chunk) => this.data(chunk),
          end: () => this.close(undefined),
          fail: (error) => this.close(error),
        },
        { query, signal },
      );
      if (this.state === "done") stream.close();
      else {
        this.stream = stream;
        if (this.paused && this.state === "live") stream.pause();
        if (this.state === "live") this.announce();
        if (this.state === "verifying") void this.verify();
        else this.watchSilence();
      }
    } catch (error) {
      if (signal.aborted) this.finish({ kind: "stopped" });
      else
        this.finish({
          kind: "failed",
          error: error instanceof ApiError ? error : new ApiError("unreachable", String(error), { cause: error }),
        });
    }
    return this.result;
  }

  /** Holds the server back. Ignored while the reply is being aligned: without more lines nothing could be decided. */
  pause(): void {
    this.paused = true;
    if (this.state === "live") this.stream?.pause();
  }

  resume(): void {
    this.paused = false;
    this.stream?.resume();
  }

  stop(): void {
    this.finish({ kind: "stopped" });
  }

  private data(chunk: Buffer): void {
    if (this.state === "done") return;
    this.splitter.feed(chunk);
    this.options.progress(chunk.length);
    if (this.state === "aligning") this.watchSilence();
  }

  private split(
    buffer: Buffer,
    start: number,
    end: number,
    sec: number,
    nsec: number,
    hashA: number,
    hashB: number,
    cut: number,
  ): void {
    if (this.state === "done") return;
    if (sec < 0 && this.serverText(buffer, start, end)) return;
    if (this.options.notAfter !== undefined && sec > this.options.notAfter)
      return this.finish({ kind: "other-instance" });
    if (this.state === "live") {
      if (sec < 0) return this.continuation(buffer, start, end, cut);
      this.take(buffer, start, end, sec, nsec, hashA, hashB, cut);
      return;
    }
    if (sec < 0) {
      const previous = this.held.at(-1);
      // The rest of a long line whose beginning the server's `since` cut off: it was shown before.
      if (previous === undefined && this.alignment !== undefined) return;
      const time = previous ?? { sec: -1, nsec: 0 };
      this.held.push({ buffer, start, end, sec: time.sec, nsec: time.nsec, hashA, hashB, cut });
    } else this.held.push({ buffer, start, end, sec, nsec, hashA, hashB, cut });
    if (this.state === "aligning") this.decide(this.held.at(-1)!);
  }

  private decide(line: HeldLine): void {
    const verdict = this.alignment!.push(line);
    if (verdict.kind === "aligned") this.goLive(verdict.seen);
    else if (verdict.kind === "gap") void this.confirmGap();
  }

  private take(
    buffer: Buffer,
    start: number,
    end: number,
    sec: number,
    nsec: number,
    hashA: number,
    hashB: number,
    cut: number,
  ): boolean {
    this.options.cursor.consume(sec, nsec, hashA, hashB);
    if (this.options.line(buffer, start, end, sec, nsec, cut)) return true;
    this.finish({ kind: "stopped" });
    return false;
  }

  /** Text without a time stamp inside the stream belongs to the line before it and takes its time. */
  private continuation(buffer: Buffer, start: number, end: number, cut: number): void {
    const time = this.options.cursor.last;
    if (!this.options.line(buffer, start, end, time?.sec ?? -1, time?.nsec ?? 0, cut)) this.finish({ kind: "stopped" });
  }

  private serverText(buffer: Buffer, start: number, end: number): boolean {
    const text = buffer.toString("utf8", start, Math.min(end, start + 1024));
    if (!isServerText(text)) return false;
    this.finish({ kind: "in-band", text: text.trim() });
    return true;
  }

  private afterVerify(): "aligning" | "live" {
    return this.alignment === undefined || this.alignment.trivial ? "live" : "aligning";
  }

  private async verify(): Promise<void> {
    const right = await this.options.verify!("first-line");
    if (this.state !== "verifying") return;
    if (!right) return this.finish({ kind: "other-instance" });
    this.goLive(0);
  }

  /** Lays the lines held so far over the window as it is now. */
  private realign(): void {
    this.state = "aligning";
    this.alignment = this.options.cursor.align();
    if (this.alignment.trivial) return this.goLive(0);
    for (const line of this.held) {
      if (this.state !== "aligning") return;
      this.decide(line);
    }
  }

  private goLive(from: number): void {
    this.silenceOver();
    this.state = "live";
    const held = this.held;
    this.held = [];
    for (let i = from; i < held.length; i++) {
      const l = held[i]!;
      if (!this.take(l.buffer, l.start, l.end, l.sec, l.nsec, l.hashA, l.hashB, l.cut)) return;
    }
    this.options.progress(0);
    if (this.paused) this.stream?.pause();
    else this.stream?.resume();
    if (this.stream !== undefined) this.announce();
    this.settle();
  }

  private announce(): void {
    if (this.announced) return;
    this.announced = true;
    this.options.live();
  }

  private async confirmGap(): Promise<void> {
    this.silenceOver();
    this.state = "deciding";
    this.stream?.pause();
    // What looks like a rotation is a restart if the instance has changed since.
    const right = this.options.verify === undefined || (await this.options.verify("gap"));
    if (this.state !== "deciding") return;
    if (!right) return this.finish({ kind: "other-instance" });
    this.gapped();
  }

  private gapped(): void {
    const next = this.held.filter((l) => l.sec >= 0).slice(0, EDGE_MARKS);
    this.options.gap(next.map(({ sec, nsec, hashA, hashB }) => ({ sec, nsec, hashA, hashB })));
    this.options.cursor.reset();
    this.goLive(0);
  }

  private watchSilence(): void {
    if (!this.options.follow || this.state !== "aligning") return;
    this.silenceOver();
    this.cancelSilence = this.options.clock.timer(SILENT_WHILE_ALIGNING_MS, () => void this.readBeside());
  }

  private silenceOver(): void {
    this.cancelSilence?.();
    this.cancelSilence = undefined;
  }

  /** The same request without follow: its end decides what silence cannot. */
  private async readBeside(): Promise<void> {
    if (this.state !== "aligning") return;
    this.state = "deciding";
    this.stream?.pause();
    const { follow: _, ...query } = this.options.query;
    const beside = async (confirmed: boolean): Promise<LogReadResult> =>
      new LogRead({
        ...this.options,
        query,
        follow: false,
        final: false,
        confirmed,
        live: () => undefined,
      }).run();
    let result = await beside(false);
    if (result.kind === "inconclusive") result = await beside(true);
    if (this.state !== "deciding") return;
    if (result.kind !== "end") return this.finish(result);
    this.realign();
    if (!this.is("aligning")) return;
    this.stream?.resume();
    this.watchSilence();
    this.settle();
  }

  private close(error: ApiError | undefined): void {
    if (this.state === "done" || this.ended !== undefined) return;
    this.ended = { error };
    this.settle();
  }

  /** Ends the read once the reply has ended and nothing is being decided. */
  private settle(): void {
    if (this.ended === undefined || (this.state !== "live" && this.state !== "aligning")) return;
    const { error } = this.ended;
    if (error !== undefined) {
      // A last line without its end comes again, whole, when the read is resumed.
      this.splitter.discard();
      return this.finish({ kind: "failed", error });
    }
    if (this.options.final) this.splitter.finish();
    else if (isServerText(this.splitter.peek())) this.splitter.finish();
    if (this.is("done")) return;
    if (this.state === "live") return this.finish({ kind: "end", inLine: this.splitter.pending > 0 });
    if (this.state !== "aligning") return;
    if (this.options.follow) return this.finish({ kind: "end", inLine: this.splitter.pending > 0 });
    const verdict = this.alignment!.end();
    if (verdict.kind === "aligned") return this.goLive(verdict.seen);
    if (verdict.kind === "gap" && verdict.incomplete && !this.options.confirmed)
      return this.finish({ kind: "inconclusive" });
    void this.confirmGap();
  }

  private is(state: LogRead["state"]): boolean {
    return this.state === state;
  }

  private finish(result: LogReadResult): void {
    if (this.state === "done") return;
    this.state = "done";
    this.silenceOver();
    this.options.signal.removeEventListener("abort", this.onAbort);
    this.stream?.close();
    this.held = [];
    this.resolve(result);
  }
}

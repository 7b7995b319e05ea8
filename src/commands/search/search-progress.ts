// How far a search is, on stderr: one line that is drawn again on a terminal, else a line a second where somebody asks for it.
import { formatTime } from "../../query/time-format.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import type { Clock } from "../../sources/clock.ts";
import type { SourceWork } from "../../sources/source.ts";
import { bytesText, counted } from "../agent/amounts.ts";

export interface ProgressView {
  readonly works: readonly { readonly name: string; readonly work: SourceWork }[];
  readonly hits: number;
  /** The line that was handed on last. */
  readonly at: Timestamp | undefined;
}

export interface SearchProgressOptions {
  readonly mode: "auto" | "plain" | "json" | "off";
  readonly isErrorTerminal: boolean;
  readonly columns: () => number;
  readonly write: (text: string) => void;
  readonly clock: Clock;
  readonly zone: string;
}

/** A search that is over by then shows nothing. */
const FIRST_MS = 300;
const REDRAW_MS = 200;
const LINE_MS = 1000;
const CLEAR = "\r\u001b[K";

export class SearchProgress {
  private readonly options: SearchProgressOptions;
  private readonly kind: "drawn" | "plain" | "json" | "off";
  private cancel: () => void = () => undefined;
  private isDrawn = false;
  private view: () => ProgressView = () => ({ works: [], hits: 0, at: undefined });

  constructor(options: SearchProgressOptions) {
    const { mode, isErrorTerminal } = options;
    this.options = options;
    this.kind = mode !== "auto" ? mode : isErrorTerminal ? "drawn" : "off";
  }

  start(view: () => ProgressView): void {
    this.view = view;
    if (this.kind === "off") return;
    this.cancel = this.options.clock.timer(this.kind === "drawn" ? FIRST_MS : LINE_MS, () => this.draw());
  }

  /** To be called before anything else is written to the terminal. */
  clear(): void {
    if (!this.isDrawn) return;
    this.isDrawn = false;
    this.options.write(CLEAR);
  }

  stop(): void {
    this.cancel();
    this.cancel = () => undefined;
    this.clear();
  }

  private draw(): void {
    const { clock, write, columns } = this.options;
    if (this.kind === "drawn") {
      write(`${CLEAR}${progressText(this.view(), this.options.zone).slice(0, Math.max(20, columns() - 1))}`);
      this.isDrawn = true;
    } else
      write(
        this.kind === "json" ? `${progressJson(this.view())}\n` : `${progressText(this.view(), this.options.zone)}\n`,
      );
    this.cancel = clock.timer(this.kind === "drawn" ? REDRAW_MS : LINE_MS, () => this.draw());
  }
}

function progressText({ works, hits, at }: ProgressView, zone: string): string {
  const place = at === undefined || at.sec < 0 ? "" : `, at ${formatTime(at, "short", zone)}`;
  const parts = works.map(({ name, work }) => {
    const total = work.totalBytes === undefined ? "" : ` of ${bytesText(work.totalBytes)}`;
    return `${name} ${bytesText(work.bytes)}${total}`;
  });
  return `klog: ${counted(hits, "hit")}${place} · ${parts.join(" · ")}`;
}

function progressJson({ works, hits, at }: ProgressView): string {
  const sources = works.map(({ name, work }) => ({ name, ...work }));
  return JSON.stringify({ progress: { hits, at: at === undefined ? undefined : at.sec + at.nsec / 1e9, sources } });
}

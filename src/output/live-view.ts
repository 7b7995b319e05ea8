// Lines on a terminal that are drawn again in place while what they show goes on changing.

export interface LiveViewOptions {
  readonly write: (text: string) => void;
  /** Columns and lines of the terminal now. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Calls back after so many milliseconds; what it returns cancels that. */
  readonly timer: (ms: number, callback: () => void) => () => void;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic: () => number;
  /** What to show: lines no wider than `columns`, of which the first `rows` are shown. */
  readonly draw: (size: { readonly columns: number; readonly rows: number }) => readonly string[];
}

const INTERVAL_MS = 250;
/** Drawing may take this part of the time: a table of a million groups is drawn less often. */
const SHARE = 0.2;

export class LiveView {
  private readonly options: LiveViewOptions;
  private cancel: (() => void) | undefined;
  private drawnLines = 0;
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(options: LiveViewOptions) {
    this.options = options;
  }

  /** Something changed: it is drawn now or soon, four times a second at most. */
  changed(): void {
    if (this.cancel !== undefined) return;
    const wait = this.nextAt - this.options.monotonic();
    if (wait <= 0) this.draw();
    else this.cancel = this.options.timer(wait, () => this.draw());
  }

  /** Takes away what was drawn; the caller prints what is to stay. Nothing is drawn afterwards. */
  end(): void {
    this.cancel?.();
    this.cancel = () => {};
    this.options.write(this.erase());
    this.drawnLines = 0;
  }

  private draw(): void {
    this.cancel = undefined;
    const { columns, rows } = this.options.size();
    const before = this.options.monotonic();
    // The last line stays free for the cursor: a line more would scroll, and could not be drawn over.
    const lines = this.options.draw({ columns, rows: rows - 1 }).slice(0, Math.max(1, rows - 1));
    this.options.write(this.erase() + lines.map((line) => `${line}\n`).join(""));
    this.drawnLines = lines.length;
    const after = this.options.monotonic();
    this.nextAt = after + Math.max(INTERVAL_MS, (after - before) / SHARE);
  }

  private erase(): string {
    return this.drawnLines === 0 ? "" : `\x1b[${this.drawnLines}A\r\x1b[J`;
  }
}

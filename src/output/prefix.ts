// The part of a line that tells where it comes from, as bytes that are made once for each container instance.
import type { Origin } from "../record/log-line.ts";
import type { Column } from "./columns.ts";
import { type OriginPaints, painted } from "./paint.ts";

export interface PrefixOptions {
  readonly columns: readonly Extract<Column, { kind: "origin" }>[];
  readonly paints: (origin: Origin) => OriginPaints;
  /** Pads each column to the widest name seen so far. */
  readonly isAligned: boolean;
}

/** One very long name must not push every line to the right. */
const MAX_WIDTH = 48;

export class Prefixes {
  private readonly options: PrefixOptions;
  private readonly widths: number[];
  private cache = new WeakMap<Origin, Buffer>();
  private lastOrigin: Origin | undefined;
  private lastBytes: Buffer = Buffer.alloc(0);

  constructor(options: PrefixOptions) {
    this.options = options;
    this.widths = options.columns.map(() => 0);
  }

  of(origin: Origin): Buffer {
    if (origin === this.lastOrigin) return this.lastBytes;
    let bytes = this.cache.get(origin);
    if (bytes === undefined) {
      if (this.options.isAligned && this.widen(origin)) this.cache = new WeakMap();
      bytes = Buffer.from(this.text(origin));
      this.cache.set(origin, bytes);
    }
    this.lastOrigin = origin;
    this.lastBytes = bytes;
    return bytes;
  }

  private text(origin: Origin): string {
    const { columns, paints } = this.options;
    const { pod, container } = paints(origin);
    let text = "";
    for (const [i, column] of columns.entries()) {
      const value = column.of(origin);
      const padding = " ".repeat(Math.max(0, this.widths[i]! - value.length));
      if (value === "" && padding === "") continue;
      text += `${painted(column.name === "container" ? container : pod, value)}${padding} `;
    }
    return text;
  }

  private widen(origin: Origin): boolean {
    let isWider = false;
    for (const [i, column] of this.options.columns.entries()) {
      const width = Math.min(column.of(origin).length, MAX_WIDTH);
      if (width > this.widths[i]!) {
        this.widths[i] = width;
        isWider = true;
      }
    }
    return isWider;
  }
}

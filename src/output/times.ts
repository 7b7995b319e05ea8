// The time stamps of one output, in the style, zone and clock that were asked for.
import { formatTime, type TimeStyle } from "../query/time-format.ts";
import { type Timestamp, toRfc3339Nano } from "../record/timestamp.ts";

export interface TimeOptions {
  readonly style: TimeStyle | "off";
  /** As parseTimezone gives it. */
  readonly zone: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class Times {
  readonly isOff: boolean;
  private readonly options: TimeOptions;
  private previous: Timestamp | undefined;

  constructor(options: TimeOptions) {
    this.options = options;
    this.isOff = options.style === "off";
  }

  /** "" where stamps are off or the line has no time. */
  text(t: Timestamp): string {
    const { style, zone, now } = this.options;
    if (style === "off" || t.sec < 0) return "";
    if (style !== "relative" && style !== "delta") return formatTime(t, style, zone);
    const text = formatTime(t, style, zone, { now: now(), previous: this.previous });
    this.previous = { sec: t.sec, nsec: t.nsec };
    return text;
  }

  /** For formats that always have a time: RFC 3339 in UTC with nanoseconds where no style is asked for. */
  always(t: Timestamp): string {
    if (t.sec < 0) return "";
    return this.isOff ? toRfc3339Nano(t) : this.text(t);
  }
}

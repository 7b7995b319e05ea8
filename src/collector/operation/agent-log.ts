// The agent's own log: JSON by pino, or plain lines on a terminal; the same message at most so often a minute, the rest counted.
import type { AgentLog, LogFields } from "../collector-api.ts";

export type Severity = "info" | "warn" | "error";

/** Where one entry goes. */
export type LogWriter = (severity: Severity, message: string, fields: LogFields) => void;

/** Entries of one message in a minute: the eleventh file that cannot be read says nothing new. */
const MOST_A_MINUTE = 10;
const MINUTE_MS = 60_000;

interface Window {
  readonly severity: Severity;
  readonly since: number;
  written: number;
  suppressed: number;
}

export class LimitedLog implements AgentLog {
  readonly #write: LogWriter;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();

  constructor(write: LogWriter, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  info(message: string, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  /** Tells how many entries of the past minute were held back; to be called now and then, and at the end with `all`. */
  tellSuppressed(all = false): void {
    const now = this.#now();
    for (const [message, window] of this.#windows) {
      if (!all && now - window.since < MINUTE_MS) continue;
      this.#windows.delete(message);
      if (window.suppressed > 0) this.#write(window.severity, message, { suppressed: window.suppressed });
    }
  }

  #log(severity: Severity, message: string, fields: LogFields = {}): void {
    this.tellSuppressed();
    let window = this.#windows.get(message);
    if (window === undefined) {
      window = { severity, since: this.#now(), written: 0, suppressed: 0 };
      this.#windows.set(message, window);
    }
    if (window.written >= MOST_A_MINUTE) {
      window.suppressed++;
      return;
    }
    window.written++;
    this.#write(severity, message, fields);
  }
}

/** `klog: warn: cannot read a log (path=/var/log/x, code=EACCES)` */
export function plainLines(write: (text: string) => void): LogWriter {
  return (severity, message, fields) => {
    const details = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    write(
      `klog: ${severity === "info" ? "" : `${severity}: `}${message}${details.length === 0 ? "" : ` (${details.join(", ")})`}\n`,
    );
  };
}

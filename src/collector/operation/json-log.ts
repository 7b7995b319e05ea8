// The agent's log as JSON lines, by pino: apart from the rest, so that a person's terminal does not load it.
import pino from "pino";
import type { LogWriter } from "./agent-log.ts";

export interface JsonLogOptions {
  readonly version: string;
  readonly node: string;
  /** Takes one line with its newline. */
  readonly write: (line: string) => void;
}

export function jsonLines({ version, node, write }: JsonLogOptions): LogWriter {
  const logger = pino(
    {
      base: { name: "klog-agent", version, node },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return (severity, message, fields) => logger[severity](fields, message);
}

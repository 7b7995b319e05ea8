// Flags of klog's query language, and of waiting for a line.
import type { Flag } from "../flag.ts";

export const QUERY_FLAGS = [
  {
    name: "query",
    letter: "q",
    kind: "text",
    value: "QUERY",
    group: "Filtering lines",
    help: "only lines that this query finds: level:>=warn status:>=500",
    completes: "query",
    details: "The language of klog search (docs/query.md), without pipes. It is joined by AND with the other filters.",
    commandLineOnly: true,
  },
] as const satisfies readonly Flag[];

export const WAIT_FLAGS = [
  {
    name: "wait-for",
    kind: "text",
    value: "QUERY",
    group: "Order and limits",
    help: "end with 0 as soon as a line is found by this query, for scripts",
    completes: "query",
    details:
      "With --timeout klog ends with 1 if none came in time. The lines up to then are printed; -o none prints none.",
    commandLineOnly: true,
  },
  {
    name: "timeout",
    kind: "duration",
    value: "DURATION",
    default: "none",
    suggestions: ["30s", "60s", "5m"],
    group: "Order and limits",
    help: "how long --wait-for waits",
    commandLineOnly: true,
  },
] as const satisfies readonly Flag[];

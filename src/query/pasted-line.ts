// A whole line of a log, pasted: nobody begins a filter with a time stamp as loggers write it and goes on behind it.

const DATE = "\\d{4}[-/]\\d\\d[-/]\\d\\d[T _]\\d\\d:\\d\\d:\\d\\d\\S*";
const STAMPS = [
  // `2026-11-21T10:00:00Z …`, in brackets, behind a syslog priority.
  `(?:<\\d{1,3}>\\d?\\s*)?\\[?${DATE}`,
  // klog: `E1121 10:00:00.123456       1 …`
  "[IWEF]\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d+",
  // syslog: `Nov 21 10:00:00 host …`
  "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \\d]\\d \\d\\d:\\d\\d:\\d\\d",
  // logfmt: `level=info ts=2026-11-21T10:00:00Z …`
  `(?:level=\\w+ )?(?:t|ts|time|timestamp)="?${DATE}(?= \\w+=)`,
  // Access logs: `10.0.0.1 - - [21/Nov/2026:10:00:00 +0000] …`
  "\\S+ \\S+ \\S+ \\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d [-+]\\d{4}\\]",
];
const LINE = new RegExp(`\\s*(?:${STAMPS.join("|")})\\s+(?=[^\\s|])`, "y");

/** Where the line's text begins behind its time stamp, if the query begins as a line of a log does. */
export function pastedLineBody(text: string): number | undefined {
  LINE.lastIndex = 0;
  return LINE.test(text) ? LINE.lastIndex : undefined;
}

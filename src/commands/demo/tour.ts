// What the demo shows, in order: each stop is a few words and a command that a person could type.

export interface Stop {
  readonly title: string;
  /** Words of `klog`. */
  readonly command: readonly string[];
  /** A stream without an end is stopped after this long. */
  readonly forMs?: number;
}

export interface Findings {
  /** A trace id of an order that failed. */
  readonly trace: string;
  readonly state: string;
}

export function tour({ trace, state }: Findings, liveMs: number): Stop[] {
  return [
    {
      title: "The agent found seven containers by itself, and follows them through rotation and restarts.",
      command: ["agent", "status", "--state-dir", state],
    },
    {
      title: "What they say right now, as one stream.",
      command: ["tail", "--source", "store", "checkout|payment|report", "-t=short"],
      forMs: liveMs,
    },
    {
      title: "The errors of the past hour. Something happened there.",
      command: ["search", "level:>=error", "--hist", "--since", "1h"],
    },
    {
      title: "Who says what?",
      command: ["search", "level:>=error | top 5 by ns, pod", "--since", "1h"],
    },
    {
      title: "The shapes that those lines have.",
      command: ["search", "level:>=error", "--patterns", "--since", "1h"],
    },
    {
      title: "One failed order, through every service, by its trace id.",
      command: ["search", trace, "--order", "oldest", "-o", "pretty"],
    },
    {
      title: "The lines around the newest timeout, of the same container.",
      command: ["search", '"read timed out"', "-C", "1", "--limit", "1"],
    },
    {
      title: "Counting fields of JSON and logfmt lines: how slow were answers?",
      command: ["search", "ns:shop ms:* | stats count(), p50(ms), p99(ms) by pod", "--since", "1h"],
    },
    {
      title: "And was any line lost on the way? Every byte is accounted for.",
      command: ["agent", "audit", "--state-dir", state],
    },
  ];
}

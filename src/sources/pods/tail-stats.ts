// What --stats accounts for: every line that came in is shown, filtered, waiting or dropped, and what could not be had is counted.

export class TailStats {
  /** Lines that came from the API, each once. */
  received = 0;
  /** Bytes over the wire, time stamps and repeated lines of resumed streams included. */
  bytes = 0;
  shown = 0;
  filtered = 0;
  /** Given up because the person asked for it; nothing else drops lines. */
  dropped = 0;
  late = 0;
  /** Those that stay. */
  gaps = 0;
  gapsFilled = 0;
  /** Lines that came from a store: they are not among those received. */
  filled = 0;
  reconnects = 0;
  /** Errors that the server wrote in place of log lines. */
  serverTexts = 0;
  /** Lines longer than --max-line-bytes, and the bytes cut off them. */
  cutLines = 0;
  cutBytes = 0;
  /** Containers without a previous instance that --previous passed over. */
  withoutPrevious = 0;
  /** Containers whose --tail left older lines out. */
  fullTails = 0;
  private readonly leastLag = new Map<string, number>();

  /** Notes how far klog's clock was ahead of a fresh line's time stamp, milliseconds (negative: the node's clock is ahead). */
  skew(node: string, lagMs: number): void {
    const known = this.leastLag.get(node);
    if (known === undefined || lagMs < known) this.leastLag.set(node, lagMs);
  }

  /** Nodes whose clocks differ from this machine's by more than a second: positive is behind, milliseconds. */
  skewedNodes(): { node: string; ms: number }[] {
    return [...this.leastLag].filter(([, ms]) => Math.abs(ms) > 1000).map(([node, ms]) => ({ node, ms }));
  }
}

// What the meaning of a query takes from outside: the clock, the time zone, and who runs people's regexps.

export interface CompileContext {
  /** Milliseconds since the epoch: what `now` and `-15m` in `ts:` count from. */
  readonly now: number;
  /** What a time without a zone is in: `Local`, `UTC`, an IANA name. */
  readonly zone: string;
  /** `flags` as they were written (i, s). May throw REGEXP_INVALID. */
  readonly regexp: (source: string, flags: string) => { test(text: string): boolean };
  /** The text that spans of the filter point into: with it, an error shows the place. */
  readonly query?: string;
}

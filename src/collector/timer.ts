// Waiting, as the collector's parts ask for it: the edge passes setTimeout in, tests a clock of their own.

/** Runs `run` once, later; returns what cancels it. */
export type Timer = (milliseconds: number, run: () => void) => () => void;

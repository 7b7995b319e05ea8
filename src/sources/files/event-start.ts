// Whether a line begins an event whatever stood before it: there reading may begin in the middle of a file.
import { continuation, isOrdinary, LANGUAGE_STATES, type TraceState } from "../../record/stack-trace.ts";

const QUOTE = 0x22;
const ANY_LINE = Buffer.from("0");

const { auto: _, ...languages } = LANGUAGE_STATES;
const known = Object.values(languages).reduce((all, bits) => all | bits, 0);

/** All that a trace may be in, but for Rust's line behind `panicked at`, which takes any line in. */
const STATES: readonly TraceState[] = Array.from({ length: 31 }, (_, state) => state).filter(
  (state) => (known & (1 << state)) !== 0 && continuation(state, ANY_LINE, 0, ANY_LINE.length) < 0,
);

export function beginsEvent(buffer: Buffer, start: number, end: number): boolean {
  // The end of a Monolog trace is the one continuation that looks like an ordinary line.
  if (isOrdinary(0, buffer, start, end) && buffer[start] !== QUOTE) return true;
  return STATES.every((state) => continuation(state, buffer, start, end) < 0);
}

// How wide a histogram's bars are: steps that people read off a clock.
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 7].map((n) => n * DAY),
];

/** The narrowest step that cuts the range into no more than `bars`, milliseconds; from a second up, beyond a week whole weeks. */
export function stepFor(rangeMs: number, bars: number): number {
  // A bar more may be needed, as the range begins within one.
  const fits = (step: number) => rangeMs / step <= Math.max(1, bars - 1);
  return STEPS.find(fits) ?? Math.ceil(rangeMs / Math.max(1, bars - 1) / (7 * DAY)) * 7 * DAY;
}

/** The next step into which whole ones of `step` go. */
export function widerStep(step: number): number {
  return STEPS.find((wider) => wider > step && wider % step === 0) ?? step * 2;
}

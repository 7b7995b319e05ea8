// Numbers of the line formats that the decoder and its TypeScript twin share. Plain constants: both import this file.

export const FORMAT_CRI = 0;
export const FORMAT_DOCKER = 1;
export const FORMAT_S6 = 2;
export const FORMAT_PLAIN = 3;

/** A CRI header (time, stream, tags) is whole within so many bytes, or the line is none. */
export const HEADER_MAX = 1024;

/** Docker's `attrs` are flat; what is nested deeper than this is not parsed. */
export const NESTING_MAX = 64;

/** TAI was this far ahead of UTC when leap seconds began in 1972. */
export const TAI_LEAD = 10;

/** The first second of UTC behind each leap second, Unix time. There has been none since 2017, and none is planned. */
export const LEAP_SECONDS = [
  78796800, 94694400, 126230400, 157766400, 189302400, 220924800, 252460800, 283996800, 315532800, 362793600, 394329600,
  425865600, 489024000, 567993600, 631152000, 662688000, 709948800, 741484800, 773020800, 820454400, 867715200, 915148800,
  1136073600, 1230768000, 1341100800, 1435708800, 1483228800,
];

/** Labels outside the years 1 to 9999 are not times. */
export const SECONDS_MIN = -62135596800.0;
export const SECONDS_MAX = 253402300799.0;

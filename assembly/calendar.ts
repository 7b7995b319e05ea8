// Seconds since the epoch as date and time of day in UTC. Years 0 to 9999: what lies outside is their first or last second.
import { putPair } from "./digits";

const FIRST: i64 = -62167219200;
const LAST: i64 = 253402300799;
const DAY: i64 = 86400;

/** Writes `2026-11-21T10:47:32`. */
export function putDateTime(second: i64, out: usize): void {
  const within = max(FIRST, min(LAST, second));
  let day = within / DAY;
  let rest = within % DAY;
  if (rest < 0) {
    rest += DAY;
    day--;
  }
  putTimeOfDay(<u32>rest, out + 11);
  // Years that begin in March have the leap day at their end; eras of 400 years are all alike. Day 0 is 0000-03-01, and an
  // era is added, since the year 0 begins two months before that.
  const sinceEra = <u32>(day + 719468 + 146097);
  const dayOfEra = sinceEra % 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const fromMarch = (5 * dayOfYear + 2) / 153;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + (sinceEra / 146097) * 400 + (month <= 2 ? 1 : 0) - 400;
  putPair(year / 100, out);
  putPair(year % 100, out + 2);
  store<u8>(out + 4, 0x2d);
  putPair(month, out + 5);
  store<u8>(out + 7, 0x2d);
  putPair(dayOfYear - (153 * fromMarch + 2) / 5 + 1, out + 8);
}

function putTimeOfDay(second: u32, out: usize): void {
  store<u8>(out - 1, 0x54);
  putPair(second / 3600, out);
  store<u8>(out + 2, 0x3a);
  putPair((second / 60) % 60, out + 3);
  store<u8>(out + 5, 0x3a);
  putPair(second % 60, out + 6);
}

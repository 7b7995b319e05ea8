// How severe a log line is, found in its bytes: gives what levelOf of src/record/level.ts gives.
import { isDigit, skipBlanks } from "./level-bytes";
import { jsonLevel, logfmtLevel } from "./level-fields";
import { levelOfLetter, syslogLevel, UNKNOWN } from "./level-names";
import { wordLevel } from "./level-words";
import { splat } from "./splat";

/** 0 where the line says no level, else 1 + the index in LEVELS. May read 16 bytes behind the line. */
export function detectLevel(start: usize, end: usize): u8 {
  const at = skipBlanks(start, end);
  if (at >= end) return UNKNOWN;
  switch (<i32>load<u8>(at)) {
    case 0x7b: // {
      return jsonLevel(at, end);
    case 0x49: // I
    case 0x57: // W
    case 0x45: // E
    case 0x46: // F
      if (isKlogHeader(at, end)) return levelOfLetter(load<u8>(at));
      break;
    case 0x3c: {
      const priority = priorityAt(at, end);
      if (priority >= 0) return syslogLevel(<u32>priority);
      break;
    }
  }
  const fieldsFirst = beginsWithPair(at, end);
  const level = fieldsFirst ? logfmtLevel(at, end) : wordLevel(at, end);
  if (level != UNKNOWN) return level;
  return fieldsFirst ? wordLevel(at, end) : logfmtLevel(at, end);
}

/** `I0102 15:04:05.000000`, as klog and glog write. */
function isKlogHeader(at: usize, end: usize): bool {
  if (end - at < 14 || load<u8>(at + 5) != 0x20 || load<u8>(at + 8) != 0x3a) return false;
  if (!isDigit(load<u8>(at + 1)) || !isDigit(load<u8>(at + 2))) return false;
  return isDigit(load<u8>(at + 3)) && isDigit(load<u8>(at + 4));
}

/** The number of `<11>`, if it is one of syslog's 0 to 191, else -1. */
function priorityAt(at: usize, end: usize): i32 {
  let value: i32 = 0;
  let i = at + 1;
  while (i < end && i < at + 4 && isDigit(load<u8>(i))) value = value * 10 + load<u8>(i++) - 0x30;
  return i > at + 1 && i < end && load<u8>(i) == 0x3e && value <= 191 ? value : -1;
}

/** The first word is `key=value`: the line's own words then lie inside of values. */
function beginsWithPair(at: usize, end: usize): bool {
  for (let i = at; i < end; i += 16) {
    const bytes = v128.load(i);
    const equals = i8x16.eq(bytes, splat(0x3d));
    const stops = v128.or(i8x16.le_u(bytes, splat(0x20)), i8x16.eq(bytes, splat(0x22)));
    const found = <u32>i8x16.bitmask(v128.or(equals, stops));
    if (found == 0) continue;
    const where = i + ctz(found);
    return where < end && load<u8>(where) == 0x3d && where > at;
  }
  return false;
}

// The levels and what loggers call them: src/record/level-names.ts on bytes. Names are compared as integers, eight bytes at
// a time, each byte folded to lower case by `| 0x20`; the first byte is the lowest.
import { FOLD } from "./level-bytes";

/** 1 + the index in LEVELS. */
export const UNKNOWN: u8 = 0;
export const TRACE: u8 = 1;
export const DEBUG: u8 = 2;
export const INFO: u8 = 3;
export const NOTICE: u8 = 4;
export const WARN: u8 = 5;
export const ERROR: u8 = 6;
export const FATAL: u8 = 7;

/** The longest name of a level. */
export const MAX_NAME: usize = 13;

/** The first eight bytes at `at`, folded, of which `length` count. */
// @ts-ignore: decorator
@inline
export function folded(at: usize, length: usize): u64 {
  const all = load<u64>(at) | FOLD;
  return length >= 8 ? all : all & ((<u64>1 << (<u64>length << 3)) - 1);
}

/** The level that is called so where its place says that it is a level (LEVEL_WORDS). */
export function levelOfWord(at: usize, length: usize): u8 {
  if (length < 3 || length > 9) return UNKNOWN;
  const name = folded(at, length);
  switch (<i32>length) {
    case 3:
      if (name == 0x727265) return ERROR; // err
      if (name == 0x666e69) return INFO; // inf
      if (name == 0x6e7277) return WARN; // wrn
      if (name == 0x676264) return DEBUG; // dbg
      if (name == 0x637274 || name == 0x627276) return TRACE; // trc vrb
      if (name == 0x6c7466 || name == 0x747263) return FATAL; // ftl crt
      return UNKNOWN;
    case 4:
      if (name == 0x6f666e69) return INFO; // info
      if (name == 0x6e726177) return WARN; // warn
      if (name == 0x6c696166 || name == 0x6f727265 || name == 0x726f7265) return ERROR; // fail erro eror
      if (name == 0x75626564 || name == 0x67756264) return DEBUG; // debu dbug
      if (name == 0x63617274 || name == 0x65637274) return TRACE; // trac trce
      if (name == 0x69746f6e) return NOTICE; // noti
      if (name == 0x74697263 || name == 0x61746166 || name == 0x696e6170) return FATAL; // crit fata pani
      return UNKNOWN;
    case 5:
      if (name == 0x726f727265) return ERROR; // error
      if (name == 0x6775626564) return DEBUG; // debug
      if (name == 0x6563617274 || name == 0x72656e6966) return TRACE; // trace finer
      if (name == 0x6c61746166 || name == 0x63696e6170) return FATAL; // fatal panic
      if (name == 0x7472656c61 || name == 0x6772656d65) return FATAL; // alert emerg
      return UNKNOWN;
    case 6:
      if (name == 0x656369746f6e) return NOTICE; // notice
      if (name == 0x657265766573) return ERROR; // severe
      if (name == 0x7473656e6966) return TRACE; // finest
      if (name == 0x63696e617064) return FATAL; // dpanic
      return UNKNOWN;
    case 7:
      if (name == 0x676e696e726177) return WARN; // warning
      if (name == 0x65736f62726576) return TRACE; // verbose
      return UNKNOWN;
    case 8:
      return name == 0x6c61636974697263 ? FATAL : UNKNOWN; // critical
    default:
      return name == 0x636e656772656d65 && (load<u8>(at + 8) | 0x20) == 0x79 ? FATAL : UNKNOWN; // emergency
  }
}

/** The level that is called so in a field (LEVEL_NAMES): these names say something else as often in running text. */
export function levelOfName(at: usize, length: usize): u8 {
  const level = levelOfWord(at, length);
  if (level != UNKNOWN || length < 4 || length > MAX_NAME) return level;
  const name = folded(at, length);
  switch (<i32>length) {
    case 4:
      return name == 0x656e6966 ? DEBUG : name == 0x70747468 ? INFO : UNKNOWN; // fine http
    case 5:
      return name == 0x796c6c6973 ? TRACE : UNKNOWN; // silly
    case 6:
      return name == 0x6769666e6f63 ? INFO : UNKNOWN; // config
    case 7:
      return name == 0x73736563637573 ? INFO : name == 0x6572756c696166 ? ERROR : UNKNOWN; // success failure
    case 11:
      return name == 0x74616d726f666e69 && folded(at + 8, 3) == 0x6e6f69 ? INFO : UNKNOWN; // information
    case 13:
      return name == 0x74616d726f666e69 && folded(at + 8, 5) == 0x6c616e6f69 ? INFO : UNKNOWN; // informational
    default:
      return UNKNOWN;
  }
}

/** What one letter means, in any case, where a logger is known to have put it there (LEVEL_LETTERS). */
export function levelOfLetter(byte: u8): u8 {
  switch (<i32>(byte | 0x20)) {
    case 0x74: // t
    case 0x76: // v
      return TRACE;
    case 0x64: // d
      return DEBUG;
    case 0x69: // i
      return INFO;
    case 0x6e: // n
      return NOTICE;
    case 0x77: // w
      return WARN;
    case 0x65: // e
      return ERROR;
    case 0x66: // f
    case 0x63: // c
      return FATAL;
    default:
      return UNKNOWN;
  }
}

/** The level of a syslog priority. */
export function syslogLevel(priority: u32): u8 {
  switch (priority & 7) {
    case 3:
      return ERROR;
    case 4:
      return WARN;
    case 5:
      return NOTICE;
    case 6:
      return INFO;
    case 7:
      return DEBUG;
    default:
      return FATAL;
  }
}

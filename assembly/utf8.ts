// Tells whether bytes are UTF-8, a character at a time, as the Encoding Standard's decoder does.

/**
 * The length of the character that begins at `at` with a byte over 0x7f; where it is none, minus the length of its longest
 * correct beginning (at least 1): so many bytes become one U+FFFD.
 */
export function characterLength(at: usize, end: usize): i32 {
  const first = load<u8>(at);
  if (first < 0xc2 || first > 0xf4) return -1;
  const left = end - at;
  if (left < 2) return -1;
  const second = load<u8>(at + 1);
  if (first < 0xe0) return isContinuation(second) ? 2 : -1;
  if (!mayFollow(first, second)) return -1;
  if (left < 3 || !isContinuation(load<u8>(at + 2))) return -2;
  if (first < 0xf0) return 3;
  return left >= 4 && isContinuation(load<u8>(at + 3)) ? 4 : -3;
}

// @ts-ignore: decorator
@inline
function isContinuation(byte: u8): bool {
  return (byte & 0xc0) == 0x80;
}

/** Leaves out spellings that are too long, surrogates, and what lies beyond U+10FFFF. */
// @ts-ignore: decorator
@inline
function mayFollow(first: u8, second: u8): bool {
  if (!isContinuation(second)) return false;
  if (first == 0xe0) return second >= 0xa0;
  if (first == 0xed) return second < 0xa0;
  if (first == 0xf0) return second >= 0x90;
  return first != 0xf4 || second < 0x90;
}

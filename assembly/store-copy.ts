// Copies messages, and looks whether all of them is ASCII.

/** 16 bytes at a time: up to 15 bytes behind the message are written too, where the next one goes. */
// @ts-ignore: decorator
@inline
export function copyMessage(to: usize, from: usize, length: usize): void {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}

/** True where a byte of [from, end) is none of ASCII. */
export function highBit(from: usize, end: usize): bool {
  let all = i8x16.splat(0);
  let at = from;
  for (; at + 16 <= end; at += 16) all = v128.or(all, v128.load(at));
  let rest: u8 = 0;
  for (; at < end; at++) rest |= load<u8>(at);
  return i8x16.bitmask(all) != 0 || rest >= 128;
}

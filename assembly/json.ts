// Strict JSON as far as Docker's lines need it: text values are decoded, all else is passed over.
import { NESTING_MAX } from "./line-format";
import { arenaEnd, keepArena } from "./rows";
import { splat } from "./splat";
import { hexDigit } from "./time";

/** For each set of eight bytes that go: where each of the others comes from. */
const SQUEEZE: usize = memory.data(256 * 8, 8);
for (let set: u32 = 0; set < 256; set++) {
  let to = SQUEEZE + (set << 3);
  for (let i: u32 = 0; i < 8; i++) if ((set & (1 << i)) == 0) store<u8>(to++, <u8>i);
}

/** The text that was read last, without its line end. */
export let textStart: usize = 0;
export let textEnd: usize = 0;
/** It ended with a newline. */
export let textWhole: bool = false;

// @ts-ignore: decorator
@inline
export function skipBlanks(p: usize, end: usize): usize {
  while (p < end && isBlank(load<u8>(p))) p++;
  return p;
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u32): bool {
  return byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a;
}

/** Which of the sixteen bytes are `"`, `\` or control characters. */
// @ts-ignore: decorator
@inline
function specials(bytes: v128, quote: v128, slash: v128, printable: v128): i32 {
  const controls = i8x16.lt_u(bytes, printable);
  return i8x16.bitmask(v128.or(v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, slash)), controls));
}

// @ts-ignore: decorator
@inline
function findSpecial(from: usize, to: usize): usize {
  const quote = splat(0x22);
  const slash = splat(0x5c);
  const printable = splat(0x20);
  let p = from;
  while (p < to) {
    const mask = specials(v128.load(p), quote, slash, printable);
    if (mask != 0) return min(p + <usize>ctz(mask), to);
    p += 16;
  }
  return to;
}

/**
 * Decodes the string whose first byte is at p. Stays in place while nothing but a line end is escaped, else it is put into
 * the arena. Returns the address behind the closing quote, 0 where it is broken; `cut` says that it may break off at `end`.
 */
export function readText(p: usize, end: usize, cut: bool): usize {
  const start = p;
  p = findSpecial(p, end);
  if (p < end && load<u8>(p) == 0x5c && !endsLine(p, end)) return readEscaped(start, p, end, cut);
  if (p >= end && !cut) return 0;
  textStart = start;
  textEnd = p;
  textWhole = false;
  if (p >= end) return end;
  if (load<u8>(p) == 0x22) return p + 1;
  if (load<u8>(p) < 0x20) return 0;
  textWhole = true;
  return p + 3;
}

/** The `\n"` that nearly each line ends with. */
// @ts-ignore: decorator
@inline
function endsLine(p: usize, end: usize): bool {
  return p + 3 <= end && load<u16>(p, 1) == 0x226e;
}

/** As readText; nothing before the backslash at p is escaped. No text grows, so the arena cannot run over: it is larger than the input. */
function readEscaped(start: usize, p: usize, end: usize, cut: bool): usize {
  const target = arenaEnd;
  let out = target;
  // Stores go a few bytes too far: the arena has room behind what is used.
  for (; start < p; start += 16, out += 16) v128.store(out, v128.load(start));
  out -= start - p;
  const quote = splat(0x22);
  const slash = splat(0x5c);
  const printable = splat(0x20);
  // The byte at p is a quote whose backslash was the last of the sixteen before.
  let escaped: u32 = 0;
  while (true) {
    const bytes = v128.load(p);
    const slashes = <u32>i8x16.bitmask(i8x16.eq(bytes, slash));
    const quotes = <u32>i8x16.bitmask(i8x16.eq(bytes, quote)) | (<u32>(load<u8>(p, 16) == 0x22) << 16);
    const controls = <u32>i8x16.bitmask(i8x16.lt_u(bytes, printable));
    // By far the commonest escape, that of a quote, is taken with its neighbours; at any other backslash it stops.
    const stops = (controls | (quotes & ~((slashes << 1) | escaped)) | (slashes & ~(quotes >> 1))) & 0xffff;
    if (stops == 0 && p + 16 < end) {
      out = storeSqueezed(p, bytes, slashes, out) + 16 - popcnt(slashes);
      escaped = slashes >> 15;
      p += 16;
      continue;
    }
    const plain = min(<usize>ctz(stops | 0x10000), end - p);
    const dropped = slashes & ((1 << <u32>plain) - 1);
    out = storeSqueezed(p, bytes, dropped, out) + plain - popcnt(dropped);
    escaped = 0;
    p += plain;
    if (p == end) {
      if (!cut) return 0;
      break;
    }
    if (load<u8>(p) == 0x5c && endsLine(p, end)) {
      store<u8>(out++, 0x0a);
      p += 3;
      break;
    }
    const byte = load<u8>(p);
    if (byte == 0x22) {
      p++;
      break;
    }
    if (byte != 0x5c) return 0;
    if (p + 1 >= end) {
      if (!cut) return 0;
      p = end;
      break;
    }
    const letter = load<u8>(p, 1);
    if (letter != 0x75) {
      const meant = unescaped(letter);
      if (meant == 0) return 0;
      store<u8>(out++, meant);
      p += 2;
      continue;
    }
    if (p + 6 > end) {
      if (!cut) return 0;
      p = end;
      break;
    }
    let point = fourDigits(p + 2);
    if (point > 0xffff) return 0;
    p += 6;
    if ((point & 0xf800) == 0xd800) {
      const low = point < 0xdc00 && p + 6 <= end && load<u16>(p) == 0x755c ? fourDigits(p + 2) : 0;
      if (low >= 0xdc00 && low <= 0xdfff) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
      } else point = 0xfffd;
    }
    out = storeUtf8(out, point);
  }
  textWhole = out > target && load<u8>(out - 1) == 0x0a;
  textStart = target;
  textEnd = textWhole ? out - 1 : out;
  keepArena(out);
  return p;
}

/** Writes the sixteen bytes at p without those whose bit is set. */
// @ts-ignore: decorator
@inline
function storeSqueezed(p: usize, bytes: v128, dropped: u32, out: usize): usize {
  if (dropped == 0) {
    v128.store(out, bytes);
    return out;
  }
  const front = dropped & 0xff;
  const back = v128.load64_zero(p + 8);
  v128.store(out, i8x16.swizzle(bytes, v128.load64_zero(SQUEEZE + (<usize>front << 3))));
  v128.store(out + 8 - popcnt(front), i8x16.swizzle(back, v128.load64_zero(SQUEEZE + (<usize>(dropped >> 8) << 3))));
  return out;
}

/** The byte that `\letter` means, 0 for none. */
// @ts-ignore: decorator
@inline
function unescaped(letter: u32): u32 {
  if (letter == 0x22 || letter == 0x5c || letter == 0x2f) return letter;
  if (letter == 0x6e) return 0x0a;
  if (letter == 0x74) return 0x09;
  if (letter == 0x72) return 0x0d;
  if (letter == 0x62) return 0x08;
  return letter == 0x66 ? 0x0c : 0;
}

/** 0 to 0xffff, more where there are no four hex digits. */
function fourDigits(p: usize): u32 {
  const a = hexDigit(load<u8>(p));
  const b = hexDigit(load<u8>(p, 1));
  const c = hexDigit(load<u8>(p, 2));
  const d = hexDigit(load<u8>(p, 3));
  return (a | b | c | d) > 15 ? 0x10000 : (a << 12) | (b << 8) | (c << 4) | d;
}

function storeUtf8(out: usize, point: u32): usize {
  if (point < 0x80) {
    store<u8>(out, point);
    return out + 1;
  }
  if (point < 0x800) {
    store<u8>(out, 0xc0 | (point >> 6));
    store<u8>(out, 0x80 | (point & 63), 1);
    return out + 2;
  }
  if (point < 0x10000) {
    store<u8>(out, 0xe0 | (point >> 12));
    store<u8>(out, 0x80 | ((point >> 6) & 63), 1);
    store<u8>(out, 0x80 | (point & 63), 2);
    return out + 3;
  }
  store<u8>(out, 0xf0 | (point >> 18));
  store<u8>(out, 0x80 | ((point >> 12) & 63), 1);
  store<u8>(out, 0x80 | ((point >> 6) & 63), 2);
  store<u8>(out, 0x80 | (point & 63), 3);
  return out + 4;
}

/** Passes over a string whose first byte is at p; returns the address of its closing quote, 0 where it is broken. */
export function skipString(p: usize, end: usize): usize {
  while (true) {
    p = findSpecial(p, end);
    if (p >= end) return 0;
    const byte = load<u8>(p);
    if (byte == 0x22) return p;
    if (byte != 0x5c || p + 2 > end) return 0;
    const letter = load<u8>(p, 1);
    if (letter == 0x75) {
      if (p + 6 > end || fourDigits(p + 2) > 0xffff) return 0;
      p += 6;
    } else {
      if (unescaped(letter) == 0) return 0;
      p += 2;
    }
  }
}

/** Passes over any value; returns the address behind it, 0 where it is none. */
export function skipValue(p: usize, end: usize, depth: i32): usize {
  if (p >= end) return 0;
  const byte = load<u8>(p);
  if (byte == 0x22) {
    const quote = skipString(p + 1, end);
    return quote == 0 ? 0 : quote + 1;
  }
  if (byte == 0x7b || byte == 0x5b) return skipNested(p, end, depth, byte == 0x7b);
  if (byte == 0x74) return p + 4 <= end && load<u32>(p) == 0x65757274 ? p + 4 : 0;
  if (byte == 0x6e) return p + 4 <= end && load<u32>(p) == 0x6c6c756e ? p + 4 : 0;
  if (byte == 0x66) return p + 5 <= end && load<u32>(p, 1) == 0x65736c61 ? p + 5 : 0;
  return skipNumber(p, end);
}

function skipNested(p: usize, end: usize, depth: i32, object: bool): usize {
  if (depth >= NESTING_MAX) return 0;
  const close: u32 = object ? 0x7d : 0x5d;
  p = skipBlanks(p + 1, end);
  if (p < end && load<u8>(p) == close) return p + 1;
  while (true) {
    if (object) {
      if (p >= end || load<u8>(p) != 0x22) return 0;
      p = skipString(p + 1, end);
      if (p == 0) return 0;
      p = skipBlanks(p + 1, end);
      if (p >= end || load<u8>(p) != 0x3a) return 0;
      p = skipBlanks(p + 1, end);
    }
    p = skipValue(p, end, depth + 1);
    if (p == 0) return 0;
    p = skipBlanks(p, end);
    if (p >= end) return 0;
    const byte = load<u8>(p);
    if (byte == close) return p + 1;
    if (byte != 0x2c) return 0;
    p = skipBlanks(p + 1, end);
  }
}

function skipNumber(p: usize, end: usize): usize {
  if (p < end && load<u8>(p) == 0x2d) p++;
  const whole = skipDigits(p, end);
  if (whole == p || (load<u8>(p) == 0x30 && whole > p + 1)) return 0;
  p = whole;
  if (p < end && load<u8>(p) == 0x2e) {
    const fraction = skipDigits(p + 1, end);
    if (fraction == p + 1) return 0;
    p = fraction;
  }
  if (p < end && (load<u8>(p) | 0x20) == 0x65) {
    p++;
    if (p < end && (load<u8>(p) == 0x2b || load<u8>(p) == 0x2d)) p++;
    const exponent = skipDigits(p, end);
    if (exponent == p) return 0;
    p = exponent;
  }
  return p;
}

function skipDigits(p: usize, end: usize): usize {
  while (p < end && <u32>load<u8>(p) - 0x30 < 10) p++;
  return p;
}

// Makes a line safe for a terminal: colours (SGR) and tabs stay, everything else that could steer the terminal goes.

const ESC = 0x1b;
const RESET = Buffer.from("\x1b[0m");

/** False for almost every line: then there is nothing to do. */
export function needsCleaning(buffer: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = buffer[i]!;
    if (byte < 0x20) {
      if (byte !== 0x09) return true;
    } else if (byte >= 0x7f) {
      if (byte === 0x7f) return true;
      if (byte === 0xc2 && isC1(buffer[i + 1], i + 1 < end)) return true;
      if (byte === 0xe2 && isBidi(buffer, i, end)) return true;
    }
  }
  return false;
}

/**
 * The clean bytes; only for lines that need it. With `keepColours` the SGR sequences stay, and one that the line leaves open
 * is closed at its end.
 */
export function clean(buffer: Buffer, start: number, end: number, keepColours: boolean): Buffer {
  const out = Buffer.allocUnsafe(end - start + RESET.length);
  let used = 0;
  let isOpen = false;
  let i = start;
  let copiedUpTo = start;
  while (i < end) {
    const byte = buffer[i]!;
    if (byte === ESC) {
      const next = skipEscape(buffer, i, end);
      if (keepColours && isSgr(buffer, i, next)) {
        used += buffer.copy(out, used, i, next);
        copiedUpTo = next;
        isOpen = !isReset(i, next, buffer);
      }
      i = next;
    } else if (byte === 0xc2 && isC1(buffer[i + 1], i + 1 < end)) i += 2;
    else if (byte === 0xe2 && isBidi(buffer, i, end)) i += 3;
    else {
      // What stood before a dropped byte must not become a control character with what stands behind it.
      const isTorn = byte >= 0x80 && byte < 0xc0 && copiedUpTo < i;
      if (((byte >= 0x20 && byte !== 0x7f) || byte === 0x09) && !isTorn) {
        out[used++] = byte;
        copiedUpTo = i + 1;
      }
      i++;
    }
  }
  if (isOpen) used += RESET.copy(out, used);
  return out.subarray(0, used);
}

/** The same for a text that is no longer the line's bytes: a field's value, say. */
export function cleanString(text: string, keepColours: boolean): string {
  const bytes = Buffer.from(text);
  if (!needsCleaning(bytes, 0, bytes.length)) return text;
  return clean(bytes, 0, bytes.length, keepColours).toString();
}

/** A text that klog got from a server, as one line without colours. */
export function cleanText(text: string): string {
  return cleanString(text.trim().replace(/\s*\n\s*/g, " "), false);
}

const STEERING = /[\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** JSON escapes the control bytes below a blank; on a terminal the others are written as escapes too: the value stays the same. */
export function escapeJsonForTerminal(json: string): string {
  return json.replace(STEERING, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** U+0080 to U+009F, of which U+009B opens a control sequence. */
function isC1(second: number | undefined, isInside: boolean): boolean {
  return isInside && second !== undefined && second >= 0x80 && second <= 0x9f;
}

/** U+202A to U+202E and U+2066 to U+2069 reorder what stands around them. */
function isBidi(buffer: Buffer, at: number, end: number): boolean {
  if (at + 2 >= end) return false;
  const second = buffer[at + 1];
  const third = buffer[at + 2]!;
  return (second === 0x80 && third >= 0xaa && third <= 0xae) || (second === 0x81 && third >= 0xa6 && third <= 0xa9);
}

/** Where the escape sequence that begins at `at` ends. One that is not complete counts only as far as it is recognised. */
function skipEscape(buffer: Buffer, at: number, end: number): number {
  const kind = buffer[at + 1];
  if (at + 1 >= end || kind === undefined) return at + 1;
  if (kind === 0x5b) return skipControlSequence(buffer, at + 2, end);
  // OSC, DCS, SOS, PM, APC: a text up to BEL or ESC \. Where that never comes, only the opening goes: the text may be the line.
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) {
    for (let i = at + 2; i < end; i++) {
      if (buffer[i] === 0x07) return i + 1;
      if (buffer[i] === ESC && buffer[i + 1] === 0x5c && i + 1 < end) return i + 2;
    }
    return at + 2;
  }
  let i = at + 1;
  while (i < end && buffer[i]! >= 0x20 && buffer[i]! <= 0x2f) i++;
  return i < end && buffer[i]! >= 0x30 && buffer[i]! <= 0x7e ? i + 1 : i;
}

function skipControlSequence(buffer: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end && buffer[i]! >= 0x20 && buffer[i]! <= 0x3f) i++;
  return i < end && buffer[i]! >= 0x40 && buffer[i]! <= 0x7e ? i + 1 : i;
}

function isSgr(buffer: Buffer, start: number, end: number): boolean {
  if (end - start < 3 || buffer[start + 1] !== 0x5b || buffer[end - 1] !== 0x6d) return false;
  for (let i = start + 2; i < end - 1; i++) {
    const byte = buffer[i]!;
    if (byte < 0x30 || byte > 0x3b) return false;
  }
  return true;
}

/** `ESC [ m` and `ESC [ 0 m`: nothing is switched on behind it. */
function isReset(start: number, end: number, buffer: Buffer): boolean {
  return end - start === 3 || (end - start === 4 && buffer[start + 2] === 0x30);
}

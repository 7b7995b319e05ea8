// What single lines of stack traces look like, in bytes: `buffer[at..end)`, with neither colour before nor blanks behind.

const BLANK = 0x20;
const TAB = 0x09;
const ESCAPE = 0x1b;

/** `some.pkg.FooException: …`: a dotted name whose last part says what it is, and then a colon or nothing. */
export function isQualifiedException(buffer: Buffer, at: number, end: number): boolean {
  let dots = 0;
  let i = at;
  while (i < end && isNameByte(buffer[i]!)) if (buffer[i++] === 0x2e) dots++;
  if (dots === 0 || (i < end && (buffer[i] !== 0x3a || (i + 1 < end && buffer[i + 1] !== BLANK)))) return false;
  return (
    finishes(buffer, at, i, "Exception") || finishes(buffer, at, i, "Error") || finishes(buffer, at, i, "Throwable")
  );
}

/** `ValueError: …`, `KeyboardInterrupt`, `pkg.errors.Custom: …`: in a traceback any name will do. */
export function isPythonException(buffer: Buffer, at: number, end: number): boolean {
  let i = at;
  while (i < end && (isNameByte(buffer[i]!) || buffer[i] === 0x3c || buffer[i] === 0x3e)) i++;
  return i > at && !isDigit(buffer[at]!) && (i === end || buffer[i] === 0x3a);
}

export function isGo(buffer: Buffer, at: number, end: number): boolean {
  return (
    isGoFrame(buffer, at, end) ||
    isGoroutine(buffer, at, end) ||
    begins(buffer, at, end, "created by ") ||
    begins(buffer, at, end, "exit status ") ||
    begins(buffer, at, end, "[signal ") ||
    begins(buffer, at, end, "[originating from ") ||
    begins(buffer, at, end, "runtime stack:") ||
    begins(buffer, at, end, "...") ||
    begins(buffer, at, end, "PC=") ||
    isRegister(buffer, at, end)
  );
}

/** `main.(*Server).handle(0xc000012345, {0x1, 0x2})`: no blank before the first parenthesis, and the last byte closes one. */
function isGoFrame(buffer: Buffer, at: number, end: number): boolean {
  if (buffer[end - 1] !== 0x29) return false;
  let dotted = false;
  for (let i = at; i < end; i++) {
    const byte = buffer[i]!;
    if (byte === BLANK) return false;
    if (byte === 0x28) return dotted || begins(buffer, at, end, "panic(");
    if (byte === 0x2e) dotted = true;
  }
  return false;
}

export function isGoroutine(buffer: Buffer, at: number, end: number): boolean {
  return begins(buffer, at, end, "goroutine ") && isDigit(buffer[at + 10] ?? 0) && buffer[end - 1] === 0x3a;
}

/** `rax    0x0`, which Go prints last when a signal ends it. */
function isRegister(buffer: Buffer, at: number, end: number): boolean {
  return end - at <= 40 && /^[a-z][a-z0-9]{1,7}\s+0x[0-9a-f]+$/.test(buffer.toString("latin1", at, end));
}

export function isCaret(buffer: Buffer, at: number, end: number): boolean {
  let i = at;
  while (i < end && (buffer[i] === BLANK || buffer[i] === TAB)) i++;
  if (buffer[i] !== 0x5e) return false;
  while (i < end && (buffer[i] === 0x5e || buffer[i] === 0x7e)) i++;
  return i === end;
}

/** `TypeError [ERR_X]: …`, `Error`, `Uncaught …`, `[UnhandledPromiseRejection: …`. */
export function isNodeError(buffer: Buffer, at: number, end: number): boolean {
  let i = at;
  while (i < end && isNameByte(buffer[i]!)) i++;
  const closed = i === end || buffer[i] === 0x3a || buffer[i] === BLANK;
  if (closed && (finishes(buffer, at, i, "Error") || finishes(buffer, at, i, "Exception"))) return true;
  return begins(buffer, at, end, "Uncaught") || begins(buffer, at, end, "[Unhandled") || isNodeRemark(buffer, at, end);
}

export function isNodeRemark(buffer: Buffer, at: number, end: number): boolean {
  return begins(buffer, at, end, "(Use `node ") || begins(buffer, at, end, "Thrown at:");
}

/** `#12 /app/x.php(6): foo()`. */
export function isNumberedFrame(buffer: Buffer, at: number, end: number): boolean {
  return buffer[at] === 0x23 && end - at > 2 && isDigit(buffer[at + 1]!);
}

/** `app/x.rb:5:in 'index'`; a line that goes on behind the quote is the error itself, and begins an event. */
export function isRubyFrame(buffer: Buffer, at: number, end: number): boolean {
  if (buffer[end - 1] !== 0x27) return false;
  let i = at;
  while (i < end && buffer[i] !== 0x3a && buffer[i]! > BLANK) i++;
  const colon = i++;
  while (i < end && isDigit(buffer[i]!)) i++;
  if (i === colon + 1 || !begins(buffer, i, end, ":in ")) return false;
  return buffer[i + 4] === 0x60 || buffer[i + 4] === 0x27;
}

/** Nothing but what closes objects and calls: `}`, `});`, `],`. */
export function isClosing(buffer: Buffer, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    const byte = buffer[i]!;
    if (byte !== 0x7d && byte !== 0x5d && byte !== 0x29 && byte !== 0x2c && byte !== 0x3b) return false;
  }
  return true;
}

export function behindColour(buffer: Buffer, start: number, end: number): number {
  let at = start;
  while (at + 1 < end && buffer[at] === ESCAPE && buffer[at + 1] === 0x5b) {
    at += 2;
    while (at < end && (buffer[at]! < 0x40 || buffer[at]! > 0x7e)) at++;
    if (at < end) at++;
  }
  return at;
}

export function trimmedEnd(buffer: Buffer, at: number, lineEnd: number): number {
  let end = lineEnd;
  while (end > at && (buffer[end - 1] === BLANK || buffer[end - 1] === TAB || buffer[end - 1] === 0x0d)) end--;
  return end;
}

export function begins(buffer: Buffer, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (buffer[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function finishes(buffer: Buffer, at: number, end: number, text: string): boolean {
  return end - at >= text.length && begins(buffer, end - text.length, end, text);
}

function isNameByte(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || isDigit(byte) || byte === 0x2e || byte === 0x5f || byte === 0x24;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

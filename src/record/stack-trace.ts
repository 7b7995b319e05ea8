// Which lines continue the event before them: indented lines, and the unindented parts of the traces that Java, Python, Go,
// Node.js, .NET, Ruby, PHP and Rust print. One small state per source; bytes only, and one table look-up for most lines.

/** What the event at hand lets follow. The numbers up to EXCEPTION are states that an ordinary line simply ends. */
export type TraceState = number;

/** One line, nothing else yet. */
const PLAIN = 0;
/** One line of JSON: its logger put the trace inside, so a bare trace behind it is another event. */
const STRUCTURED = 1;
/** A line with indented lines. */
const BLOCK = 2;
/** An exception's line or its frames: another exception's line begins an event of its own. */
const EXCEPTION = 3;
/** Python: between `Traceback` and the exception's own line. */
const PYTHON_FRAMES = 4;
const PYTHON_DONE = 5;
/** Python: behind `During handling of the above exception, …`. */
const PYTHON_CHAIN = 6;
const GO = 7;
/** Node.js prints the source line, a caret, a blank line, and only then the error. */
const CARET = 8;
const CARET_BLANK = 9;
const NODE = 10;
/** Rust: the panic's message stands on the line after its place. */
const RUST_MESSAGE = 11;
const RUST = 12;
const PHP = 13;

/** The verdict on a line that does not continue the event. */
export const BEGINS = -1;

const BLANK = 0x20;
const TAB = 0x09;
const ESCAPE = 0x1b;

/** First bytes of lines that neither continue an ordinary line nor begin a trace: digits, `{`, most punctuation, UTF-8. */
const ORDINARY = new Uint8Array(256).fill(1);
for (const byte of Buffer.from('\t \r\x1b}])[.#-/("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_'))
  ORDINARY[byte] = 0;

/** True when one look at the line tells that it begins an event and no trace. */
export function isOrdinary(state: TraceState, buffer: Buffer, start: number, end: number): boolean {
  return state <= EXCEPTION && start < end && ORDINARY[buffer[start]!] === 1;
}

/** The state behind such a line. */
export function ordinaryState(buffer: Buffer, start: number, end: number): TraceState {
  return buffer[start] === 0x7b && buffer[trimmedEnd(buffer, start, end) - 1] === 0x7d ? STRUCTURED : PLAIN;
}

/** The state behind any other line that begins an event. */
export function beginning(buffer: Buffer, start: number, lineEnd: number): TraceState {
  const at = behindColour(buffer, start, lineEnd);
  const end = trimmedEnd(buffer, at, lineEnd);
  switch (buffer[at]) {
    case 0x54: // T
      if (begins(buffer, at, end, "Traceback (most recent call last)")) return PYTHON_FRAMES;
      break;
    case 0x70: // p
      if (begins(buffer, at, end, "panic: ")) return GO;
      break;
    case 0x66: // f
      if (begins(buffer, at, end, "fatal error: ")) return GO;
      break;
    case 0x53: // S
      if (begins(buffer, at, end, "SIGQUIT: ") || begins(buffer, at, end, "SIGABRT: ")) return GO;
      break;
    case 0x67: // g
      if (isGoroutine(buffer, at, end)) return GO;
      break;
    case 0x74: // t
      if (begins(buffer, at, end, "thread '") && buffer.toString("latin1", at, end).includes(" panicked at "))
        return buffer[end - 1] === 0x3a ? RUST_MESSAGE : RUST;
      break;
  }
  return isQualifiedException(buffer, at, end) ? EXCEPTION : ordinaryState(buffer, at, end);
}

/** The state behind a line that continues the event, or BEGINS. */
export function continuation(state: TraceState, buffer: Buffer, start: number, lineEnd: number): TraceState {
  const at = behindColour(buffer, start, lineEnd);
  const end = trimmedEnd(buffer, at, lineEnd);
  if (state === RUST_MESSAGE) return RUST;
  // A blank line belongs to a trace, since several kinds go on behind it, but never to a single line.
  if (at === end) return state < BLOCK ? BEGINS : state === CARET ? CARET_BLANK : state;
  const byte = buffer[at]!;
  if (byte === BLANK || byte === TAB) return indented(state, buffer, at, end);
  const next = ofLanguage(state, buffer, at, end);
  return next === BEGINS ? ofAnyTrace(state, buffer, at, end) : next;
}

function indented(state: TraceState, buffer: Buffer, at: number, end: number): TraceState {
  switch (state) {
    case PLAIN:
    case STRUCTURED:
    case BLOCK:
    case CARET:
    case CARET_BLANK:
      return isCaret(buffer, at, end) ? CARET : BLOCK;
    default:
      return state;
  }
}

/** What may follow in one language's trace only. */
function ofLanguage(state: TraceState, buffer: Buffer, at: number, end: number): TraceState {
  switch (state) {
    case PYTHON_FRAMES:
      return isPythonException(buffer, at, end) ? PYTHON_DONE : BEGINS;
    case PYTHON_DONE:
    case PYTHON_CHAIN:
      if (begins(buffer, at, end, "During handling of the above exception")) return PYTHON_CHAIN;
      if (begins(buffer, at, end, "The above exception was the direct cause")) return PYTHON_CHAIN;
      return state === PYTHON_CHAIN && begins(buffer, at, end, "Traceback (") ? PYTHON_FRAMES : BEGINS;
    case GO:
      return isGo(buffer, at, end) ? GO : BEGINS;
    case CARET_BLANK:
      return isNodeError(buffer, at, end) ? NODE : BEGINS;
    case NODE:
      return begins(buffer, at, end, "Node.js v") || isNodeRemark(buffer, at, end) ? NODE : BEGINS;
    case RUST:
      return begins(buffer, at, end, "note: ") || begins(buffer, at, end, "stack backtrace:") ? RUST : BEGINS;
    case PHP:
      if (isNumberedFrame(buffer, at, end) || begins(buffer, at, end, "Next ")) return PHP;
      // Monolog's line ends behind the trace that it holds.
      return begins(buffer, at, end, '"}') ? BLOCK : BEGINS;
    default:
      return BEGINS;
  }
}

/** What continues a line, or a trace of any language. */
function ofAnyTrace(state: TraceState, buffer: Buffer, at: number, end: number): TraceState {
  switch (buffer[at]) {
    case 0x43: // C
      if (begins(buffer, at, end, "Caused by: ")) return EXCEPTION;
      break;
    case 0x53: // S
      if (begins(buffer, at, end, "Suppressed: ")) return EXCEPTION;
      if (begins(buffer, at, end, "Stack trace:")) return PHP;
      break;
    case 0x57: // W
      if (begins(buffer, at, end, "Wrapped by: ")) return EXCEPTION;
      break;
    case 0x2e: // .
      if (begins(buffer, at, end, "... ") && isDigit(buffer[at + 4] ?? 0)) return EXCEPTION;
      break;
    case 0x2d: // -
      if (begins(buffer, at, end, "---> ")) return EXCEPTION;
      if (state >= BLOCK && begins(buffer, at, end, "--- End of ")) return EXCEPTION;
      break;
    case 0x5b: // [
      if (begins(buffer, at, end, "[stacktrace]")) return PHP;
      break;
    case 0x23: // #
      if (state === PLAIN && begins(buffer, at, end, "#0 ")) return PHP;
      break;
    case 0x54: // T
      if (state === PLAIN && begins(buffer, at, end, "Traceback (most recent call last)")) return PYTHON_FRAMES;
      break;
    case 0x67: // g
      if (state === PLAIN && isGoroutine(buffer, at, end)) return GO;
      break;
    case 0x7d: // }
    case 0x5d: // ]
    case 0x29: // )
      return state >= BLOCK && isClosing(buffer, at, end) ? state : BEGINS;
  }
  if (state > EXCEPTION || state === STRUCTURED) return BEGINS;
  if (state === PLAIN && isQualifiedException(buffer, at, end)) return EXCEPTION;
  return isRubyFrame(buffer, at, end) ? BLOCK : BEGINS;
}

/** `some.pkg.FooException: …`: a dotted name whose last part says what it is, and then a colon or nothing. */
function isQualifiedException(buffer: Buffer, at: number, end: number): boolean {
  let dots = 0;
  let i = at;
  while (i < end && isNameByte(buffer[i]!)) if (buffer[i++] === 0x2e) dots++;
  if (dots === 0 || (i < end && (buffer[i] !== 0x3a || (i + 1 < end && buffer[i + 1] !== BLANK)))) return false;
  return (
    finishes(buffer, at, i, "Exception") || finishes(buffer, at, i, "Error") || finishes(buffer, at, i, "Throwable")
  );
}

/** `ValueError: …`, `KeyboardInterrupt`, `pkg.errors.Custom: …`: in a traceback any name will do. */
function isPythonException(buffer: Buffer, at: number, end: number): boolean {
  let i = at;
  while (i < end && (isNameByte(buffer[i]!) || buffer[i] === 0x3c || buffer[i] === 0x3e)) i++;
  return i > at && !isDigit(buffer[at]!) && (i === end || buffer[i] === 0x3a);
}

function isGo(buffer: Buffer, at: number, end: number): boolean {
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

function isGoroutine(buffer: Buffer, at: number, end: number): boolean {
  return begins(buffer, at, end, "goroutine ") && isDigit(buffer[at + 10] ?? 0) && buffer[end - 1] === 0x3a;
}

/** `rax    0x0`, which Go prints last when a signal ends it. */
function isRegister(buffer: Buffer, at: number, end: number): boolean {
  return end - at <= 40 && /^[a-z][a-z0-9]{1,7}\s+0x[0-9a-f]+$/.test(buffer.toString("latin1", at, end));
}

function isCaret(buffer: Buffer, at: number, end: number): boolean {
  let i = at;
  while (i < end && (buffer[i] === BLANK || buffer[i] === TAB)) i++;
  if (buffer[i] !== 0x5e) return false;
  while (i < end && (buffer[i] === 0x5e || buffer[i] === 0x7e)) i++;
  return i === end;
}

/** `TypeError [ERR_X]: …`, `Error`, `Uncaught …`, `[UnhandledPromiseRejection: …`. */
function isNodeError(buffer: Buffer, at: number, end: number): boolean {
  let i = at;
  while (i < end && isNameByte(buffer[i]!)) i++;
  const closed = i === end || buffer[i] === 0x3a || buffer[i] === BLANK;
  if (closed && (finishes(buffer, at, i, "Error") || finishes(buffer, at, i, "Exception"))) return true;
  return begins(buffer, at, end, "Uncaught") || begins(buffer, at, end, "[Unhandled") || isNodeRemark(buffer, at, end);
}

function isNodeRemark(buffer: Buffer, at: number, end: number): boolean {
  return begins(buffer, at, end, "(Use `node ") || begins(buffer, at, end, "Thrown at:");
}

/** `#12 /app/x.php(6): foo()`. */
function isNumberedFrame(buffer: Buffer, at: number, end: number): boolean {
  return buffer[at] === 0x23 && end - at > 2 && isDigit(buffer[at + 1]!);
}

/** `app/x.rb:5:in 'index'`; a line that goes on behind the quote is the error itself, and begins an event. */
function isRubyFrame(buffer: Buffer, at: number, end: number): boolean {
  if (buffer[end - 1] !== 0x27) return false;
  let i = at;
  while (i < end && buffer[i] !== 0x3a && buffer[i]! > BLANK) i++;
  const colon = i++;
  while (i < end && isDigit(buffer[i]!)) i++;
  if (i === colon + 1 || !begins(buffer, i, end, ":in ")) return false;
  return buffer[i + 4] === 0x60 || buffer[i + 4] === 0x27;
}

/** Nothing but what closes objects and calls: `}`, `});`, `],`. */
function isClosing(buffer: Buffer, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    const byte = buffer[i]!;
    if (byte !== 0x7d && byte !== 0x5d && byte !== 0x29 && byte !== 0x2c && byte !== 0x3b) return false;
  }
  return true;
}

function behindColour(buffer: Buffer, start: number, end: number): number {
  let at = start;
  while (at + 1 < end && buffer[at] === ESCAPE && buffer[at + 1] === 0x5b) {
    at += 2;
    while (at < end && (buffer[at]! < 0x40 || buffer[at]! > 0x7e)) at++;
    if (at < end) at++;
  }
  return at;
}

function trimmedEnd(buffer: Buffer, at: number, lineEnd: number): number {
  let end = lineEnd;
  while (end > at && (buffer[end - 1] === BLANK || buffer[end - 1] === TAB || buffer[end - 1] === 0x0d)) end--;
  return end;
}

function begins(buffer: Buffer, at: number, end: number, text: string): boolean {
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

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

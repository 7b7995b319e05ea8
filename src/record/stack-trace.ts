// Which lines continue the event before them: indented lines, and the unindented parts of the traces that Java, Python, Go,
// Node.js, .NET, Ruby, PHP and Rust print. One small state per source; bytes only, and one table look-up for most lines.

import {
  begins,
  behindColour,
  isCaret,
  isClosing,
  isDigit,
  isGo,
  isGoroutine,
  isNodeError,
  isNodeRemark,
  isNumberedFrame,
  isPythonException,
  isQualifiedException,
  isRubyFrame,
  trimmedEnd,
} from "./trace-lines.ts";

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

export type TraceLanguage = "java" | "python" | "go" | "node" | "ruby" | "dotnet" | "php" | "rust";

/** Indented lines follow in every language. */
const COMMON = bits(PLAIN, STRUCTURED, BLOCK, CARET, CARET_BLANK);

/** The states that the lines of one language lead to, as bits: who listens to that language only ends an event at the others. */
export const LANGUAGE_STATES: Readonly<Record<TraceLanguage | "auto", number>> = {
  auto: -1,
  java: COMMON | bits(EXCEPTION),
  python: COMMON | bits(PYTHON_FRAMES, PYTHON_DONE, PYTHON_CHAIN),
  go: COMMON | bits(GO),
  node: COMMON | bits(NODE),
  ruby: COMMON,
  dotnet: COMMON | bits(EXCEPTION),
  php: COMMON | bits(PHP),
  rust: COMMON | bits(RUST_MESSAGE, RUST),
};

function bits(...states: readonly TraceState[]): number {
  return states.reduce((set, state) => set | (1 << state), 0);
}

const BLANK = 0x20;
const TAB = 0x09;

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

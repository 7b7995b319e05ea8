// Twin of assembly/decode-docker.ts: `{"log":"message\n","stream":"stdout","attrs":{…},"time":"…"}`.
import { FLAG_FRAGMENT, FLAG_TRUNCATED, STREAM_NONE, STREAM_STDERR, STREAM_STDOUT } from "../record-batch.ts";
import { JsonReader, skipBlanks, skipString, skipValue } from "./twin-json.ts";
import type { TwinRows } from "./twin-rows.ts";
import type { TimeParser } from "./twin-time.ts";

export class DockerLines {
  readonly #rows: TwinRows;
  readonly #time: TimeParser;
  readonly #text: JsonReader;
  // What the line that is parsed has said; the last of equal keys counts.
  #texted = false;
  #messageStart = 0;
  #messageEnd = 0;
  #whole = false;
  #stream = STREAM_NONE;
  #timed = false;

  constructor(rows: TwinRows, time: TimeParser) {
    this.#rows = rows;
    this.#time = time;
    this.#text = new JsonReader(rows);
  }

  addRow(line: number, end: number, flags: number): void {
    const rows = this.#rows;
    if (!this.#parseUsualLine(line, end) && !this.#parseLine(line, end)) return rows.addMalformed(line, end, flags);
    if (!this.#whole) flags |= FLAG_FRAGMENT;
    if (!this.#timed) return rows.addTimeless(line, end, this.#messageStart, this.#messageEnd, this.#stream, flags);
    rows.sec = this.#time.sec;
    rows.nsec = this.#time.nsec;
    rows.add(line, end, this.#messageStart, this.#messageEnd, this.#stream, flags);
  }

  /** A line that is longer than the whole input: what is there of its message. */
  addCutRow(line: number, end: number): void {
    const text = this.#text;
    if (!holds(this.#rows.bytes, line, HEAD) || text.readText(line + HEAD.length, end, true) < 0) {
      return this.#rows.addMalformed(line, end, FLAG_TRUNCATED);
    }
    this.#rows.addTimeless(line, end, text.start, text.end, STREAM_NONE, FLAG_TRUNCATED);
  }

  /** The line as Docker writes it where no `attrs` are asked for; says false for all others. */
  #parseUsualLine(line: number, end: number): boolean {
    const rows = this.#rows;
    if (line + HEAD.length > end || !holds(rows.bytes, line, HEAD)) return false;
    const arena = rows.arenaEnd;
    const p = this.#text.readText(line + HEAD.length, end, false);
    if (p < 0 || !this.#parseUsualTail(p, end)) {
      rows.keepArena(arena);
      return false;
    }
    this.#takeText();
    return true;
  }

  #parseUsualTail(p: number, end: number): boolean {
    const bytes = this.#rows.bytes;
    if (p + STDOUT_TAIL.length > end) return false;
    if (holds(bytes, p, STDOUT_TAIL)) this.#stream = STREAM_STDOUT;
    else if (holds(bytes, p, STDERR_TAIL)) this.#stream = STREAM_STDERR;
    else return false;
    const quote = this.#time.parseInstant(p + STDOUT_TAIL.length, end);
    this.#timed = true;
    return quote > 0 && quote + 2 === end && bytes[quote] === 0x22 && bytes[quote + 1] === 0x7d;
  }

  #parseLine(line: number, end: number): boolean {
    const bytes = this.#rows.bytes;
    this.#texted = false;
    this.#timed = false;
    this.#stream = STREAM_NONE;
    let p = skipBlanks(bytes, line, end);
    if (p >= end || bytes[p] !== 0x7b) return false;
    do {
      p = this.#parseMember(skipBlanks(bytes, p + 1, end), end);
      if (p < 0) return false;
      p = skipBlanks(bytes, p, end);
    } while (p < end && bytes[p] === 0x2c);
    return this.#texted && p < end && bytes[p] === 0x7d && skipBlanks(bytes, p + 1, end) === end;
  }

  /** `"key": value`; returns the place behind it, -1 where it is none. */
  #parseMember(p: number, end: number): number {
    const bytes = this.#rows.bytes;
    if (p >= end || bytes[p] !== 0x22) return -1;
    const key = p + 1;
    const keyEnd = skipString(bytes, key, end);
    if (keyEnd < 0) return -1;
    p = skipBlanks(bytes, keyEnd + 1, end);
    if (p >= end || bytes[p] !== 0x3a) return -1;
    p = skipBlanks(bytes, p + 1, end);
    const value = p + 1;
    const quoted = p < end && bytes[p] === 0x22;
    if (equals(bytes, key, keyEnd, LOG)) {
      this.#texted = quoted;
      if (!quoted) return skipValue(bytes, p, end, 0);
      p = this.#text.readText(value, end, false);
      this.#takeText();
      return p;
    }
    p = skipValue(bytes, p, end, 0);
    if (p < 0) return -1;
    if (equals(bytes, key, keyEnd, TIME)) this.#timed = quoted && this.#time.parseInstant(value, p - 1) === p - 1;
    if (equals(bytes, key, keyEnd, STREAM)) this.#stream = quoted ? streamAt(bytes, value, p - 1) : STREAM_NONE;
    return p;
  }

  #takeText(): void {
    this.#messageStart = this.#text.start;
    this.#messageEnd = this.#text.end;
    this.#whole = this.#text.whole;
  }
}

const HEAD = Buffer.from('{"log":"');
const STDOUT_TAIL = Buffer.from(',"stream":"stdout","time":"');
const STDERR_TAIL = Buffer.from(',"stream":"stderr","time":"');
const LOG = Buffer.from("log");
const TIME = Buffer.from("time");
const STREAM = Buffer.from("stream");
const STDOUT = Buffer.from("stdout");
const STDERR = Buffer.from("stderr");

function streamAt(bytes: Uint8Array, start: number, end: number): number {
  if (equals(bytes, start, end, STDOUT)) return STREAM_STDOUT;
  return equals(bytes, start, end, STDERR) ? STREAM_STDERR : STREAM_NONE;
}

function equals(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  return end - start === text.length && holds(bytes, start, text);
}

function holds(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

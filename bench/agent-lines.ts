// The log lines of the agent's benches, as bytes: a block of lines is laid out once, and only its numbers and time stamps are written anew.

/** `multiline` is CRI with stack traces, and with lines that the runtime has cut into pieces. */
export type LineKind = "cri" | "docker" | "plain" | "multiline";

export interface BlockSize {
  /** Lines of the file. */
  readonly lines: number;
  /** Lines that carry a number: a line's second piece does not. */
  readonly numbers: number;
  /** What it has to become. */
  readonly events: number;
}

/** What a number in a line begins with; no other text of a line has it. */
export const NUMBER_MARK = "seq=";
export const NUMBER_DIGITS = 10;
const NO_NUMBER = NUMBER_MARK + "0".repeat(NUMBER_DIGITS);
const NO_TIME = "0000-00-00T00:00:00.000000000Z";
/** Bytes of a message: with the runtime's prefix a line has 200. */
const MESSAGE = 160;
const NANOSECONDS = 1e9;

/** Lines of 200 bytes: 40 % JSON, 30 % access log, 30 % text with a level. */
export class LineBlock {
  readonly bytes: Buffer;
  readonly size: BlockSize;
  private readonly numbersAt: Int32Array;
  private readonly timesAt: Int32Array;

  /** At least so many lines; exactly so many unless `multiline`. `mark` goes into each message. */
  constructor(kind: LineKind, lines: number, mark = "") {
    const text: string[] = [];
    let events = 0;
    for (; text.length < lines; events++) text.push(...eventLines(kind, events, mark));
    this.bytes = Buffer.from(text.join(""), "latin1");
    this.numbersAt = placesOf(this.bytes, NO_NUMBER, NUMBER_MARK.length);
    this.timesAt = placesOf(this.bytes, NO_TIME, 0);
    this.size = { lines: text.length, numbers: this.numbersAt.length, events };
  }

  /** Numbers from `first` on. */
  number(first: number): void {
    for (let i = 0; i < this.numbersAt.length; i++) digits(this.bytes, this.numbersAt[i]!, NUMBER_DIGITS, first + i);
  }

  /** The time of the first line, and from there to each next one. */
  stamp(second: number, nanosecond: number, step: number): void {
    for (let i = 0; i < this.timesAt.length; i++) {
      timeStamp(this.bytes, this.timesAt[i]!, second, nanosecond);
      nanosecond += step;
      if (nanosecond >= NANOSECONDS) {
        second += Math.floor(nanosecond / NANOSECONDS);
        nanosecond %= NANOSECONDS;
      }
    }
  }
}

const SERVICES = ["checkout", "payment", "catalog", "search", "mailer", "session"] as const;
const LEVELS = ["info", "info", "info", "debug", "warn", "error"] as const;
const KINDS = [json, access, text, json, access, text, json, access, text, json] as const;
/** Events that are a stack trace, and events in two pieces, of a hundred. */
const TRACES = 4;
const PIECES = 2;
/** Where a line is cut in two: behind its number. */
const CUT = 110;

function eventLines(kind: LineKind, i: number, mark: string): string[] {
  // Where lines are joined there is one stream: two have no common order then.
  const stream = kind !== "multiline" && i % 10 === 9 ? "stderr" : "stdout";
  const message = KINDS[i % KINDS.length]!(i, mark === "" ? NO_NUMBER : `${mark} ${NO_NUMBER}`);
  switch (kind) {
    case "plain":
      return [`${message}\n`];
    case "docker":
      return [`${JSON.stringify({ log: `${message}\n`, stream, time: NO_TIME })}\n`];
    case "cri":
      return [criLine(stream, "F", message)];
    case "multiline": {
      // Spread over the block, and over the kinds of lines.
      const place = (i * 37) % 100;
      if (place < TRACES) return trace(i).map((line) => criLine(stream, "F", line));
      if (place >= TRACES + PIECES) return [criLine(stream, "F", message)];
      return [criLine(stream, "P", message.slice(0, CUT)), criLine(stream, "F", message.slice(CUT))];
    }
  }
}

function criLine(stream: string, tag: "P" | "F", message: string): string {
  return `${NO_TIME} ${stream} ${tag} ${message}\n`;
}

function json(i: number, number: string): string {
  const fields = `"caller":"http/server.go:${100 + (i % 400)}","msg":"request served ${number}","service":"${of(SERVICES, i)}","status":200`;
  return `{"level":"${of(LEVELS, i)}",${fields},"trace":"`.padEnd(MESSAGE - 34, "0").concat(hex(i, 32), '"}');
}

function access(i: number, number: string): string {
  const random = mix(i);
  const address = `10.${random & 255}.${(random >>> 8) & 255}.${(random >>> 16) & 255}`;
  const request = `"GET /api/v1/${of(SERVICES, i)}/${random % 100_000}?${number} HTTP/1.1" 200 ${random % 50_000}`;
  return `${address} - - [21/Nov/2026:10:47:32 +0000] ${request} "-" "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko"`
    .padEnd(MESSAGE, "+")
    .slice(0, MESSAGE);
}

function text(i: number, number: string): string {
  const random = mix(i);
  const head = `2026-11-21 10:47:32,084 ${of(LEVELS, i).toUpperCase()} [worker-${i % 16}] com.example.${of(SERVICES, i)}`;
  return `${head} - handled ${number} in ${random % 900} ms for `.padEnd(MESSAGE - 24, "-") + hex(i, 24);
}

/** 11 to 20 lines of Java. */
function trace(i: number): string[] {
  const frames = Array.from(
    { length: 9 + (mix(i) % 10) },
    (_, n) =>
      `\tat com.example.${of(SERVICES, i + n)}.Handler.handle(Handler.java:${20 + n * 7}) ~[app.jar:${NO_NUMBER}]`,
  );
  return [
    `2026-11-21 10:47:32,084 ERROR [worker-${i % 16}] com.example.Gateway - not served ${NO_NUMBER}`,
    `java.lang.IllegalStateException: ${of(SERVICES, i)} does not answer ${NO_NUMBER}`,
    ...frames,
  ];
}

/** Where an event of `multiline` begins: what a person would write for these lines. */
export const EVENT_START = '^(?:\\{"|\\d{4}-\\d\\d-\\d\\d |\\d+\\.\\d+\\.\\d+\\.\\d+ )';

function of<T>(values: readonly T[], i: number): T {
  return values[(mix(i) >>> 4) % values.length]!;
}

/** As random as these lines need it. */
function mix(i: number): number {
  let value = Math.imul(i + 1, 0x9e3779b1);
  value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}

function hex(i: number, length: number): string {
  let result = "";
  for (let n = 0; result.length < length; n++)
    result += mix(i * 8 + n)
      .toString(16)
      .padStart(8, "0");
  return result.slice(0, length);
}

function placesOf(bytes: Buffer, what: string, offset: number): Int32Array {
  const places: number[] = [];
  for (let at = bytes.indexOf(what); at !== -1; at = bytes.indexOf(what, at + what.length)) places.push(at + offset);
  return Int32Array.from(places);
}

function digits(bytes: Buffer, at: number, width: number, value: number): void {
  for (let i = at + width - 1; i >= at; i--) {
    const rest = Math.floor(value / 10);
    bytes[i] = 48 + value - rest * 10;
    value = rest;
  }
}

/** The text of the second that was written last: most lines share it with the one before. */
let stampedSecond = Number.NaN;
const stamped = Buffer.alloc(20);

function timeStamp(bytes: Buffer, at: number, second: number, nanosecond: number): void {
  if (second !== stampedSecond) {
    stamped.write(new Date(second * 1000).toISOString().slice(0, 20), "latin1");
    stampedSecond = second;
  }
  for (let i = 0; i < stamped.length; i++) bytes[at + i] = stamped[i]!;
  digits(bytes, at + stamped.length, 9, nanosecond);
}

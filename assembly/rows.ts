// The batch that is being filled: its rows, and what was counted beside them.
import {
  ARENA,
  END_COLUMN,
  FLAGS_COLUMN,
  INPUT,
  LINE_END_COLUMN,
  LINES_COLUMN,
  NSEC_COLUMN,
  OFFSET_COLUMN,
  SEC_COLUMN,
  START_COLUMN,
  STREAM_COLUMN,
} from "./memory";
import { setTime, timeNsec, timeSec } from "./time";

// As in src/collector/record-batch.ts.
export const STREAM_NONE: u32 = 0;
export const STREAM_STDOUT: u32 = 1;
export const STREAM_STDERR: u32 = 2;
export const FLAG_PARTIAL: u32 = 1;
export const FLAG_TRUNCATED: u32 = 2;
export const FLAG_FRAGMENT: u32 = 8;
export const FLAG_READ_TIME: u32 = 16;
/** Only between the decoder's two halves: the time is one of a local clock, counted as if it were UTC. */
export const FLAG_LOCAL_TIME: u32 = 128;

const BASE: usize = <usize>INPUT;

/** Read by JavaScript behind each decode. */
export let rows: i32 = 0;
export let arenaEnd: usize = ARENA;
/** Bytes of messages that were too long to be kept. */
export let cutBytes: f64 = 0;
export let malformedLines: i32 = 0;
export let localTimes: i32 = 0;

/** Where INPUT lies in the file. */
export let chunkOffset: f64 = 0;
let messageMax: usize = 0;
let readSec: f64 = 0;
let readNsec: u32 = 0;

export function beginRows(offset: f64, max: usize, sec: f64, nsec: u32): void {
  rows = 0;
  arenaEnd = ARENA;
  cutBytes = 0;
  malformedLines = 0;
  localTimes = 0;
  chunkOffset = offset;
  messageMax = max;
  readSec = sec;
  readNsec = nsec;
}

export function keepArena(end: usize): void {
  arenaEnd = end;
}

export function countCut(bytes: usize): void {
  cutBytes += <f64>bytes;
}

/** A row with the time that was parsed last. `lineEnd` is the end of its physical line. */
// @ts-ignore: decorator
@inline
export function addRow(line: usize, lineEnd: usize, start: usize, end: usize, stream: u32, flags: u32): void {
  if (end - start > messageMax) {
    countCut(end - start - messageMax);
    // What was cut is not part of the checksum: it would depend on how much of the line one read has brought.
    if (end == lineEnd) lineEnd = start + messageMax;
    end = start + messageMax;
    flags = (flags | FLAG_TRUNCATED) & ~FLAG_PARTIAL;
  }
  const row = rows;
  store<f64>(OFFSET_COLUMN + (row << 3), chunkOffset + <f64>(line - BASE));
  store<f64>(SEC_COLUMN + (row << 3), timeSec);
  store<u32>(START_COLUMN + (row << 2), <u32>(start - BASE));
  store<u32>(END_COLUMN + (row << 2), <u32>(end - BASE));
  store<u32>(NSEC_COLUMN + (row << 2), timeNsec);
  store<u32>(LINES_COLUMN + (row << 2), 1);
  store<u32>(LINE_END_COLUMN + (row << 2), <u32>(lineEnd - BASE));
  store<u8>(STREAM_COLUMN + row, stream);
  store<u8>(FLAGS_COLUMN + row, flags);
  rows = row + 1;
}

/** The whole line is the message, and it is as old as its reading. */
export function addPlainRow(line: usize, end: usize, flags: u32): void {
  setTime(readSec, readNsec);
  addRow(line, end, line, end, STREAM_NONE, flags | FLAG_READ_TIME);
}

export function addMalformedRow(line: usize, end: usize, flags: u32): void {
  malformedLines++;
  addPlainRow(line, end, flags);
}

/** Its stream and message are known, its time is not. */
export function addTimelessRow(line: usize, lineEnd: usize, start: usize, end: usize, stream: u32, flags: u32): void {
  setTime(readSec, readNsec);
  addRow(line, lineEnd, start, end, stream, flags | FLAG_READ_TIME);
}

export function addLocalRow(line: usize, end: usize, start: usize, flags: u32): void {
  localTimes++;
  addRow(line, end, start, end, STREAM_NONE, flags | FLAG_LOCAL_TIME);
}

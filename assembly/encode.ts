// Makes NDJSON of the batch's rows in codec `klog`. The pieces that do not change from row to row are made by
// src/collector/deliver/klog-codec.ts and lie in SCRATCH.
import { putDateTime } from "./calendar";
import { putHex, putNanoseconds, putNumber } from "./digits";
import { PIECE, STREAMS, TAIL_AT } from "./encode-layout";
import { MAX_GROWTH, putString } from "./json-string";
import {
  CHECKSUM_COLUMN,
  END_COLUMN,
  FLAGS_COLUMN,
  INPUT,
  LEVEL_COLUMN,
  LINES_COLUMN,
  NSEC_COLUMN,
  OFFSET_COLUMN,
  OUTPUT,
  SCRATCH,
  SEC_COLUMN,
  START_COLUMN,
  STREAM_COLUMN,
} from "./memory";

// As in src/collector/record-batch.ts.
const PARTIAL: u8 = 1;
const TRUNCATED: u8 = 2;
const DROPPED: u8 = 4;

/** What a record has besides its message and its tail, and what is written behind its end for speed, at most. */
const ROW_OVERHEAD: u32 = 320;

const OPENING: usize = memory.data<u8>([
  // {"@timestamp":"
  0x7b, 0x22, 0x40, 0x74, 0x69, 0x6d, 0x65, 0x73, 0x74, 0x61, 0x6d, 0x70, 0x22, 0x3a, 0x22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  // The second's text; a point.
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
const OPENING_LENGTH: usize = 35;
const DATE_TIME: usize = OPENING + 15;
let second: i64 = i64.MIN_VALUE;

const MESSAGE: usize = memory.data<u8>([
  // Z","message":"
  0x5a, 0x22, 0x2c, 0x22, 0x6d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65, 0x22, 0x3a, 0x22, 0, 0,
]);
const LINES: usize = memory.data<u8>([
  // ","lines":
  0x22, 0x2c, 0x22, 0x6c, 0x69, 0x6e, 0x65, 0x73, 0x22, 0x3a, 0, 0, 0, 0, 0, 0,
]);
const PARTIAL_FIELD: usize = memory.data<u8>([
  // ,"partial":true
  0x2c, 0x22, 0x70, 0x61, 0x72, 0x74, 0x69, 0x61, 0x6c, 0x22, 0x3a, 0x74, 0x72, 0x75, 0x65, 0,
]);
const TRUNCATED_FIELD: usize = memory.data<u8>([
  // ,"truncated":true
  0x2c, 0x22, 0x74, 0x72, 0x75, 0x6e, 0x63, 0x61, 0x74, 0x65, 0x64, 0x22, 0x3a, 0x74, 0x72, 0x75, 0x65, 0,
]);

/** Bytes of the last call's records. */
export let encoded: u32 = 0;

/**
 * Encodes rows [first, count) to OUTPUT and returns the first that may have found no room in `size` bytes, else `count`.
 * `tail` bytes of the generation's fields stand behind the pieces in SCRATCH.
 */
export function encodeRows(first: u32, count: u32, tail: u32, size: u32): u32 {
  const limit: usize = OUTPUT + size;
  let out: usize = OUTPUT;
  let row = first;
  for (; row < count; row++) {
    const flags = load<u8>(FLAGS_COLUMN + row);
    if ((flags & DROPPED) != 0) continue;
    const from = <usize>INPUT + load<u32>(START_COLUMN + 4 * row);
    const end = <usize>INPUT + load<u32>(END_COLUMN + 4 * row);
    if (out + <u32>(end - from) * MAX_GROWTH + tail + ROW_OVERHEAD > limit) break;
    out = putOpening(<i64>load<f64>(SEC_COLUMN + 8 * row), out);
    out = putNanoseconds(load<u32>(NSEC_COLUMN + 4 * row), out);
    v128.store(out, v128.load(MESSAGE));
    out = putString(from, end, out + 14);
    out = putPiece(load<u8>(LEVEL_COLUMN + row), load<u8>(STREAM_COLUMN + row), out);
    out = putTail(tail, out);
    out = putNumber(<u64>load<f64>(OFFSET_COLUMN + 8 * row), out);
    store<u8>(out, 0x2d);
    out = putHex(load<u32>(CHECKSUM_COLUMN + 4 * row), out + 1);
    out = putEnd(load<u32>(LINES_COLUMN + 4 * row), flags, out);
  }
  encoded = <u32>(out - OUTPUT);
  return row;
}

// @ts-ignore: decorator
@inline
function putOpening(sec: i64, out: usize): usize {
  if (sec != second) {
    second = sec;
    putDateTime(sec, DATE_TIME);
  }
  v128.store(out, v128.load(OPENING));
  v128.store(out + 16, v128.load(OPENING + 16));
  v128.store(out + 32, v128.load(OPENING + 32));
  return out + OPENING_LENGTH;
}

/** Ends the message; level and stream where they are known. */
// @ts-ignore: decorator
@inline
function putPiece(level: u8, stream: u8, out: usize): usize {
  const piece: usize = SCRATCH + (<u32>level * STREAMS + <u32>stream) * PIECE;
  v128.store(out, v128.load(piece));
  v128.store(out + 16, v128.load(piece + 16));
  v128.store(out + 32, v128.load(piece + 32));
  return out + load<u8>(piece + PIECE - 1);
}

// @ts-ignore: decorator
@inline
function putTail(length: u32, out: usize): usize {
  const tail: usize = SCRATCH + TAIL_AT;
  for (let at: usize = 0; at < length; at += 32) {
    v128.store(out + at, v128.load(tail + at));
    v128.store(out + at + 16, v128.load(tail + at + 16));
  }
  return out + length;
}

// @ts-ignore: decorator
@inline
function putEnd(lines: u32, flags: u8, out: usize): usize {
  if (lines <= 1 && (flags & (PARTIAL | TRUNCATED)) == 0) {
    store<u32>(out, 0x0a7d22); // "}\n
    return out + 3;
  }
  let o = out + 1;
  if (lines > 1) {
    v128.store(out, v128.load(LINES));
    o = putNumber(lines, out + 10);
  } else store<u8>(out, 0x22);
  if ((flags & PARTIAL) != 0) {
    v128.store(o, v128.load(PARTIAL_FIELD));
    o += 15;
  }
  if ((flags & TRUNCATED) != 0) {
    v128.store(o, v128.load(TRUNCATED_FIELD));
    store<u8>(o + 16, 0x65);
    o += 17;
  }
  store<u16>(o, 0x0a7d);
  return o + 2;
}

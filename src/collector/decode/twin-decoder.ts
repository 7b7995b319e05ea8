// Twin of assembly/decode.ts in plain TypeScript: the fallback where WebAssembly is not to be had, and the oracle of its tests.
import { HEADER_MAX } from "../../../assembly/line-format.ts";
import { INPUT_SIZE, MAX_ROWS } from "../../../assembly/memory.ts";
import { LEVELS, levelOf } from "../../record/level.ts";
import { lineChecksum } from "../../record/line-checksum.ts";
import { FLAG_PARTIAL, LEVEL_UNKNOWN, type RecordBatch } from "../record-batch.ts";
import type { BatchMemory } from "./batch-memory.ts";
import type { Decoder, LineFormat } from "./decoder.ts";
import { type LocalZone, placeLocalTimes } from "./local-times.ts";
import { addCriRow } from "./twin-cri.ts";
import { DockerLines } from "./twin-docker.ts";
import { TwinRows } from "./twin-rows.ts";
import { addS6Row } from "./twin-s6.ts";
import { TimeParser } from "./twin-time.ts";

export function createTwinDecoder(memory: BatchMemory, zone: LocalZone): Decoder {
  const { input, batch, lineEnd } = memory;
  const buffer = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
  const rows = new TwinRows(memory);
  const time = new TimeParser(buffer);
  const docker = new DockerLines(rows, time);

  const addLine = (format: LineFormat, line: number, end: number, flags: number) => {
    switch (format) {
      case "cri":
        return addCriRow(rows, time, line, end, flags);
      case "docker":
        return docker.addRow(line, end, flags);
      case "s6":
        return addS6Row(rows, time, line, end, flags);
      case "plain":
        return rows.addPlain(line, end, flags);
    }
  };

  return {
    memory,
    input,
    batch,
    decode(format, length, { generation, offset }, state, { final, maxLineBytes, readTime }) {
      // A message of any format that is as long as allowed fits into the input with its header.
      const max = Math.min(maxLineBytes, INPUT_SIZE - 2 * HEADER_MAX);
      rows.begin(offset, max, readTime.sec, readTime.nsec);
      let p = 0;
      if (state.skipping) {
        p = findNewline(buffer, 0, length);
        state.cutBytes += p;
        state.skipping = p === length && !final;
        if (p < length) p++;
      }
      while (p < length && rows.count < MAX_ROWS) {
        const end = findNewline(buffer, p, length);
        if (end < length) {
          addLine(format, p, end, 0);
          p = end + 1;
        } else if (format === "docker" && length >= INPUT_SIZE && p === 0) {
          docker.addCutRow(p, end);
          state.skipping = !final;
          p = end;
        } else if (final) {
          addLine(format, p, end, FLAG_PARTIAL);
          p = end;
        } else if (format !== "docker" && end - p > max + HEADER_MAX) {
          // Longer than the header and all that is kept: the row does not depend on where this chunk ends.
          addLine(format, p, end, 0);
          state.skipping = true;
          p = end;
        } else break;
      }
      checksumRows(batch, lineEnd, buffer, offset);
      detectLevels(batch, buffer);
      batch.generation = generation;
      state.cutBytes += rows.cutBytes;
      state.malformed += rows.malformed;
      if (rows.localTimes > 0) placeLocalTimes(batch, zone);
      return p;
    },
  };
}

/** The first newline in [from, to), else `to`: behind it lies what an earlier chunk has left. */
function findNewline(buffer: Buffer, from: number, to: number): number {
  const at = buffer.indexOf(0x0a, from);
  return at < 0 || at > to ? to : at;
}

function checksumRows(batch: RecordBatch, lineEnd: Uint32Array, buffer: Buffer, offset: number): void {
  for (let row = 0; row < batch.count; row++) {
    batch.checksum[row] = lineChecksum(buffer, batch.offset[row]! - offset, lineEnd[row]!);
  }
}

function detectLevels(batch: RecordBatch, buffer: Buffer): void {
  for (let row = 0; row < batch.count; row++) {
    const level = levelOf(buffer, batch.start[row]!, batch.end[row]!);
    batch.level[row] = level === undefined ? LEVEL_UNKNOWN : 1 + LEVELS.indexOf(level);
  }
}

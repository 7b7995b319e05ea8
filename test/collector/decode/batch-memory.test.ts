import { expect, test } from "vitest";
import * as layout from "../../../assembly/memory.ts";
import { createBatchMemory, type WasmMemory } from "../../../src/collector/decode/batch-memory.ts";
import { MAX_ROWS } from "../../../src/collector/record-batch.ts";
import { loadWasm } from "../../../src/wasm.ts";

test("the WASM module's memory is of the size that the layout says, from the start", () => {
  const { memory } = loadWasm<WasmMemory>("collector")!;
  expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(layout.MEMORY_SIZE);
  expect(layout.MAX_ROWS).toBe(MAX_ROWS);
});

test("no two parts of the memory overlap, and all of them lie in it", () => {
  const { batch, input, lineEnd, output, scratch } = createBatchMemory(undefined);
  const { offset, sec, nsec, start, end, stream, level, flags, lines, checksum } = batch;
  const parts = [
    batch.bytes,
    offset,
    sec,
    nsec,
    start,
    end,
    stream,
    level,
    flags,
    lines,
    checksum,
    lineEnd,
    output,
    scratch,
  ];
  parts.sort((a, b) => a.byteOffset - b.byteOffset);
  let free = layout.INPUT;
  for (const part of parts) {
    expect(part.byteOffset).toBeGreaterThanOrEqual(free);
    free = part.byteOffset + part.byteLength;
  }
  expect(free).toBeLessThanOrEqual(layout.MEMORY_SIZE);
  expect(input.byteOffset).toBe(batch.bytes.byteOffset);
  expect(input.length).toBe(batch.arenaStart);
});

#!/usr/bin/env node
// Makes the log files of kwok's stream pods grow: kwok-writer.mjs DIR FILES [LINES_A_SECOND=50] [SECONDS=for ever]
// Appends CRI lines numbered from 1 in each file, and ends with one JSON line of what it wrote.
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const [dir, files, rate = "50", seconds = "Infinity"] = process.argv.slice(2);
if (!dir || !(Number(files) > 0) || !(Number(rate) > 0)) {
  process.stderr.write("usage: kwok-writer.mjs DIR FILES [LINES_A_SECOND] [SECONDS]\n");
  process.exit(2);
}
const linesAFile = Math.round(Number(rate) * Number(seconds));
const streams = Array.from({ length: Number(files) }, (_, index) => ({
  index,
  fd: openSync(join(dir, String(index), "app.log"), "a"),
  written: 0,
}));

const started = performance.now();
const startedAt = Date.now();
let stopping = false;

function tick() {
  const elapsed = performance.now() - started;
  for (const stream of streams) {
    // Each file a little later than the one before: real pods do not write in step.
    const phase = stream.index / streams.length;
    const due = Math.min(linesAFile, Math.floor((elapsed / 1000) * Number(rate) + phase));
    if (due <= stream.written) continue;
    // The milliseconds of the write, the line's number as nanoseconds: times never go back within a file.
    const stamp = new Date(startedAt + elapsed).toISOString().slice(0, -1);
    let chunk = "";
    while (stream.written < due) {
      stream.written++;
      const nanoseconds = String(stream.written % 1_000_000).padStart(6, "0");
      chunk += `${stamp}${nanoseconds}Z stdout F {"level":"info","stream":${stream.index},"seq":${stream.written},"msg":"live"}\n`;
    }
    writeSync(stream.fd, chunk);
  }
  if (!stopping && streams.some((stream) => stream.written < linesAFile)) setTimeout(tick, 10);
  else finish();
}

function finish() {
  for (const stream of streams) closeSync(stream.fd);
  const lines = streams.reduce((sum, stream) => sum + stream.written, 0);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ files: streams.length, lines, seconds })}\n`);
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (stopping = true));
tick();

// The end of an output file as a crash may leave it: half a record behind the last whole line.
import type { FileSystem } from "../file-system.ts";

/** How each record of codec `klog` begins: what starts so and has no end is klog's own. */
const RECORD_START = Buffer.from('{"@timestamp":"');
const STEP = 64 * 1024;
/** No record is longer: a line of 1 MiB, each byte escaped. */
const LONGEST_RECORD = 16 * 1024 * 1024;

export interface FileEnd {
  /** Bytes up to and with the last newline, or all of them where the rest is to be kept. */
  readonly size: number;
  /** Somebody else's unfinished line: it is kept, and needs a newline. */
  readonly needsNewline: boolean;
}

/** A torn record of klog's is to be cut off, as it is delivered again; a foreign line is not ours to cut. */
export function wholeLines(fs: FileSystem, path: string): FileEnd {
  const fd = fs.openForReading(path);
  if (fd === undefined) return { size: 0, needsNewline: false };
  try {
    const { size } = fs.fstat(fd);
    const lineStart = lastLineStart(fs, fd, size);
    if (lineStart === size) return { size, needsNewline: false };
    const head = Buffer.alloc(RECORD_START.length);
    const length = lineStart === undefined ? 0 : fs.read(fd, head, 0, head.length, lineStart);
    const isOurs = length > 0 && head.subarray(0, length).equals(RECORD_START.subarray(0, length));
    return isOurs ? { size: lineStart!, needsNewline: false } : { size, needsNewline: true };
  } finally {
    fs.close(fd);
  }
}

/** Behind the last newline, 0 in a file without one; undefined where it is further back than any record reaches. */
function lastLineStart(fs: FileSystem, fd: number, size: number): number | undefined {
  const bytes = Buffer.alloc(Math.min(STEP, size));
  for (let end = size; end > 0; ) {
    if (size - end > LONGEST_RECORD) return undefined;
    const start = Math.max(0, end - STEP);
    const length = fs.read(fd, bytes, 0, end - start, start);
    const newline = bytes.lastIndexOf(10, length - 1);
    if (newline >= 0 && length > 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

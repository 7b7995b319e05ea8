// The files of the journal: a line that says whose they are, then frames `length | crc32c | payload`, each one JSON value.
import { KlogError } from "../../errors.ts";
import { crc32c } from "../../record/crc32c.ts";

const OWNER = "klog state ";
/** Raised when an older klog could no longer read what this one writes. */
const FORMAT = 1;
export const FILE_HEADER = Buffer.from(`${OWNER}${FORMAT}\n`);

const PREFIX = 8;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** A frame of `json`, which is the text of one JSON value. The sum covers the length too, so that a stretch of zeros is no frame. */
export function frame(json: string): Uint8Array {
  const payload = ENCODER.encode(json);
  const bytes = new Uint8Array(PREFIX + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length, true);
  bytes.set(payload, PREFIX);
  view.setUint32(4, sumOf(bytes, 0, bytes.length), true);
  return bytes;
}

export interface Frames {
  readonly values: readonly unknown[];
  /** Behind the last good frame; 0 where not even the first line is there. */
  readonly end: number;
}

/** All frames up to the first bad one. Throws KlogError where the file is not klog's, or a newer klog's. */
export function readFrames(bytes: Uint8Array, path: string): Frames {
  if (bytes.length === 0) return { values: [], end: 0 };
  checkHeader(bytes, path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: unknown[] = [];
  let at = FILE_HEADER.length;
  while (at + PREFIX <= bytes.length) {
    const end = at + PREFIX + view.getUint32(at, true);
    if (end > bytes.length || view.getUint32(at + 4, true) !== sumOf(bytes, at, end)) break;
    values.push(JSON.parse(DECODER.decode(bytes.subarray(at + PREFIX, end))));
    at = end;
  }
  return { values, end: at };
}

function checkHeader(bytes: Uint8Array, path: string): void {
  if (FILE_HEADER.equals(bytes.subarray(0, FILE_HEADER.length))) return;
  const [, format] = /^klog state (\d+)\n/.exec(DECODER.decode(bytes.subarray(0, 32))) ?? [];
  if (format === undefined) {
    throw new KlogError("STATE_UNREADABLE", `${path} is not a file that klog wrote`, {
      hint: "name another directory with --state-dir, or move that file away if it should not be there",
    });
  }
  throw new KlogError("STATE_UNREADABLE", `${path} has format ${format}; this klog knows format ${FORMAT} only`, {
    hint: "run the klog that wrote it, or name another directory with --state-dir; collection then begins anew",
  });
}

function sumOf(bytes: Uint8Array, start: number, end: number): number {
  return crc32c(bytes, start + PREFIX, end, crc32c(bytes, start, start + 4));
}

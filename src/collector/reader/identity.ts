// What makes a file the same file: inode and birth time, a head that grows from the first byte, and marks along the way.
import { hash, randomBytes } from "node:crypto";
import type { FileStat, FileSystem } from "../file-system.ts";
import type { Target } from "../target.ts";

export const HEAD_BYTES = 1024;
export const MARK_BYTES = 64;
/** A copy may have been made long before the last read; a file that is only renamed has all that was read. */
export const MARKS_FOR_COPIES = 64;
export const MARKS_FOR_RENAMES = 2;

/** Hash of the first `length` bytes. */
export interface Head {
  readonly length: number;
  readonly hash: string;
}

/** Hash of the (at most) 64 bytes before `at`. */
export interface Mark {
  readonly at: number;
  readonly hash: string;
}

export interface HashedRange {
  readonly from: number;
  readonly to: number;
  readonly hash: string;
}

/** Everything about a file's bytes that is remembered. */
export interface Signature {
  readonly head: Head;
  /** Ascending. */
  readonly marks: readonly Mark[];
  /** The bytes that went out first. */
  readonly first: HashedRange | undefined;
}

/** Bytes to hold against a signature: a file, or what a pass over an archive has noted. */
export interface Evidence {
  readonly size: number;
  /** Undefined where [from, to) is not all there. */
  hash(from: number, to: number): string | undefined;
}

export function fingerprint(bytes: Uint8Array): string {
  return hash("sha1", bytes, "hex").slice(0, 16);
}

/** Deterministic, so that a lost journal makes the same ids again; random where the file system keeps no birth time. */
export function generationId(node: string, target: Target, stat: FileStat): string {
  if (stat.birthtimeNs === 0n) return randomBytes(8).toString("hex");
  return textId(node, target.id, stat.ino.toString(), stat.birthtimeNs.toString());
}

/** Of an archive that nothing is known about: by its name and first bytes. */
export function archiveId(node: string, target: Target, name: string, head: Head): string {
  return textId(node, target.id, name, head.hash);
}

function textId(...parts: string[]): string {
  return fingerprint(Buffer.from(parts.join("\0")));
}

/** A birth time that is nought, or that only repeats the change time, says nothing. */
export function birthTimeUsable(stat: FileStat): boolean {
  return stat.birthtimeNs !== 0n && stat.birthtimeNs !== stat.ctimeNs;
}

/** `whole`: the file itself, that has every byte ever seen. Else a copy, that may have been made before the last of them. */
export function sameContent(signature: Signature, evidence: Evidence, whole: boolean): boolean {
  const { head, marks, first } = signature;
  if (head.length > 0 && evidence.hash(0, head.length) !== head.hash) return false;
  const highest = marks[marks.length - 1];
  if (whole && highest !== undefined && highest.at > evidence.size) return false;
  const mark = marks.findLast(({ at }) => at <= evidence.size);
  if (mark !== undefined && evidence.hash(markStart(mark.at), mark.at) !== mark.hash) return false;
  if (first === undefined || first.to > evidence.size) return first === undefined || !whole;
  return marks.length > 1 || evidence.hash(first.from, first.to) === first.hash;
}

/** The ranges that `sameContent` may ask for. */
export function rangesOf({ head, marks, first }: Signature): [from: number, to: number][] {
  const ranges: [number, number][] = marks.map(({ at }) => [markStart(at), at]);
  if (head.length > 0) ranges.push([0, head.length]);
  if (first !== undefined) ranges.push([first.from, first.to]);
  return ranges;
}

export function markStart(at: number): number {
  return Math.max(0, at - MARK_BYTES);
}

/** Adds a mark. A full list loses every other one of its older half, so that marks reach far back and are dense at the end. */
export function addMark(marks: readonly Mark[], mark: Mark, most: number): Mark[] {
  const kept = marks.filter(({ at }) => at < mark.at);
  kept.push(mark);
  return kept.length <= most ? kept : kept.filter((_, i) => i >= kept.length / 2 || i % 2 === 0);
}

/** What was read of a file just now. */
interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** The bytes of an open file as evidence. A piece of it is taken as it was read: it is what is judged, whatever the file has by now. */
export class FileEvidence implements Evidence {
  readonly size: number;
  private readonly fs: FileSystem;
  private readonly fd: number;
  private readonly piece: Piece | undefined;

  constructor(fs: FileSystem, fd: number, size: number, piece?: Piece) {
    this.fs = fs;
    this.fd = fd;
    this.size = size;
    this.piece = piece;
  }

  hash(from: number, to: number): string | undefined {
    const bytes = this.bytes(from, to);
    return bytes.length === to - from ? fingerprint(bytes) : undefined;
  }

  bytes(from: number, to: number): Uint8Array {
    const { piece } = this;
    if (piece !== undefined && from >= piece.at && to <= piece.at + piece.bytes.length)
      return piece.bytes.subarray(from - piece.at, to - piece.at);
    const bytes = new Uint8Array(to - from);
    let done = 0;
    while (done < bytes.length) {
      const n = this.fs.read(this.fd, bytes, done, bytes.length - done, from + done);
      if (n === 0) break;
      done += n;
    }
    return bytes.subarray(0, done);
  }

  head(): Head {
    const bytes = this.bytes(0, Math.min(HEAD_BYTES, this.size));
    return { length: bytes.length, hash: bytes.length === 0 ? "" : fingerprint(bytes) };
  }
}

/** Whether `copy` looks like the beginning of `original`: its head, its end, and places between. */
export function isPrefix(copy: FileEvidence, original: FileEvidence): boolean {
  if (copy.size > original.size) return false;
  const places = 8;
  for (let i = 0; i <= places; i++) {
    const to = Math.floor((copy.size * i) / places);
    const from = i === 0 ? 0 : markStart(to);
    const end = i === 0 ? Math.min(HEAD_BYTES, copy.size) : to;
    if (Buffer.compare(copy.bytes(from, end), original.bytes(from, end)) !== 0) return false;
  }
  return true;
}

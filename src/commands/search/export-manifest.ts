// What is known of an export that is under way: its search, and how far each part is. It is written anew as a whole each time,
// so that a kill leaves the one before or the one after.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { KlogError, messageOf } from "../../errors.ts";

export interface ExportPart {
  /** In the folder of the parts. */
  readonly file: string;
  /** Only these are sure; what stands behind them in the file is written again. */
  bytes: number;
  records: number;
  /** crc32 of those bytes. */
  crc: number;
  done: boolean;
  /** Times of the first and the last line, as RFC 3339; "" where they have none. */
  from: string;
  to: string;
}

export interface ExportManifest {
  readonly version: 1;
  /** `searchKey` of the search. */
  readonly search: string;
  /** For people. */
  readonly query: string;
  readonly sources: readonly string[];
  readonly format: string;
  /** What relative times count from, in milliseconds since the epoch: the same however often it is resumed. */
  readonly now: number;
  /** Where the search goes on behind the sure bytes of the last part; undefined: at its beginning. */
  cursor: string | undefined;
  /** All is searched; what is left is to make one file of the parts. */
  searched: boolean;
  /** The file is whole and in its place. */
  whole: boolean;
  readonly parts: ExportPart[];
}

const NAME = "manifest.json";

export function partsFolder(file: string): string {
  return `${file}.parts`;
}

/** undefined where no export of the file is under way. Throws KlogError for a manifest that cannot be read. */
export function readManifest(file: string): ExportManifest | undefined {
  const path = join(partsFolder(file), NAME);
  if (!existsSync(path)) return undefined;
  let manifest: ExportManifest;
  try {
    manifest = JSON.parse(readFileSync(path, "utf8")) as ExportManifest;
  } catch (error) {
    throw new KlogError("CURSOR_INVALID", `cannot go on with the export: ${path} is damaged: ${messageOf(error)}`, {
      hint: `remove ${partsFolder(file)} and start again without --resume`,
      cause: error,
    });
  }
  if (manifest.version === 1 && Array.isArray(manifest.parts)) return manifest;
  throw new KlogError("CURSOR_INVALID", `cannot go on with the export: ${path} is of another version of klog`, {
    hint: `finish it with that version, or remove ${partsFolder(file)} and start again`,
  });
}

/** Throws KlogError OUTPUT_FAILED. */
export function writeManifest(file: string, manifest: ExportManifest): void {
  const folder = partsFolder(file);
  const path = join(folder, NAME);
  try {
    mkdirSync(folder, { recursive: true });
    const fd = openSync(`${path}.new`, "w");
    writeSync(fd, `${JSON.stringify(manifest, undefined, 1)}\n`);
    fsyncSync(fd);
    closeSync(fd);
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw exportFailed(path, error);
  }
}

export function exportFailed(path: string, cause: unknown): KlogError {
  return new KlogError("OUTPUT_FAILED", `cannot write ${path}: ${messageOf(cause)}`, {
    hint: "check that --export names a file that you may write, with room on its disk",
    cause,
  });
}

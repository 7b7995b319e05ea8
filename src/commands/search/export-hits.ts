// --export FILE: all hits, oldest first, into parts and then into one file. It can be killed at any moment; with --resume it
// goes on, and the file is the same to the byte.
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { KlogError } from "../../errors.ts";
import type { OutputFormat } from "../../output/formatter.ts";
import { Terminal } from "../../output/terminal.ts";
import type { RecordRun } from "../../query/pipes/plan.ts";
import type { LogLine } from "../../record/log-line.ts";
import { fromMillis } from "../../record/timestamp.ts";
import { decodeCursor, encodeCursor } from "../../sources/search-cursor.ts";
import { counted } from "../agent/amounts.ts";
import { createLineFormatter, createPalette, type PrintingPlace } from "../print-setup.ts";
import type { ExportChoice } from "../search-options.ts";
import { understood } from "./build-query.ts";
import { type ExportManifest, exportFailed, partsFolder, readManifest, writeManifest } from "./export-manifest.ts";
import { type ExportLimits, ExportParts, joinParts } from "./export-parts.ts";
import type { Tally } from "./print-lines.ts";
import { mainPass, merged, type SearchSetup } from "./search-setup.ts";

/** By the name's ending, without .gz and .zst; others are text. */
const FORMATS: Readonly<Record<string, OutputFormat>> = {
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".json": "jsonl",
  ".csv": "csv",
  ".logfmt": "logfmt",
  ".raw": "raw",
};

export interface ExportInputs {
  readonly setup: SearchSetup;
  readonly choice: ExportChoice;
  readonly stage: RecordRun<LogLine> | undefined;
  readonly tally: Tally;
  readonly limits: ExportLimits;
}

/** Resolves when the file is whole, or the search was interrupted. Throws KlogError. */
export async function exportHits({ setup, choice, stage, tally, limits }: ExportInputs): Promise<void> {
  const { file, resume } = choice;
  const { palette } = setup;
  const format = exportFormat(setup, file);
  rejectUnrepeatable(setup);
  rejectRows(setup);
  const found = readManifest(file);
  if (found === undefined && existsSync(file)) {
    if (!resume)
      throw new KlogError("USAGE", `--export: ${file} is there already`, { hint: "remove it, or choose another name" });
    palette.progress.note(`${file} is whole already`);
    tally.hits = 1;
    return;
  }
  if (found !== undefined && !resume) {
    throw new KlogError("USAGE", `an export of ${file} was begun and not finished`, {
      hint: `go on with --resume, or remove ${partsFolder(file)}`,
    });
  }
  if (!existsSync(dirname(file))) throw exportFailed(file, new Error(`there is no folder ${dirname(file)}`));
  const manifest = found ?? begun(setup, format);
  if (found !== undefined) checkSame(found, setup, format, file);
  if (!manifest.searched) await searchParts(setup, { file, manifest, format, stage, limits });
  tally.hits = manifest.parts.reduce((sum, { records }) => sum + records, 0);
  if (!manifest.searched) {
    palette.progress.note(`${counted(tally.hits, "hit")} so far; go on with --resume`);
    return;
  }
  if (!manifest.whole) await makeWhole(setup, file, manifest, format);
  rmSync(partsFolder(file), { recursive: true });
  palette.progress.note(`${counted(tally.hits, "hit")} in ${file}`);
}

interface PartsToFind extends Pick<ExportInputs, "stage" | "limits"> {
  readonly file: string;
  readonly manifest: ExportManifest;
  readonly format: OutputFormat;
}

async function searchParts(setup: SearchSetup, { file, manifest, format, stage, limits }: PartsToFind): Promise<void> {
  const { key, signal } = setup;
  const cursor = manifest.cursor === undefined ? undefined : decodeCursor(manifest.cursor, key);
  // The range ends where it ended when the export began, whenever it is gone on with.
  const bounds = cursor === undefined ? frozen(setup) : { from: cursor.from, to: cursor.to };
  const formatter = fileFormatter(setup, format);
  const parts = new ExportParts(file, manifest, limits);
  try {
    const pass = { ...mainPass(setup), order: "oldest" as const, limit: undefined, follow: false, bounds, cursor };
    let next: (() => string) | undefined;
    for await (const page of merged(setup, pass)) {
      for (const hit of page.hits) {
        for (const line of stage === undefined ? [hit] : stage.push(hit)) {
          formatter.line(line, parts.buffer);
          parts.line(line);
        }
      }
      next = () => encodeCursor({ ...page.cursorAt(page.hits.length - 1), query: key });
      parts.settle(next);
      if (signal.aborted) break;
    }
    if (!signal.aborted) manifest.searched = true;
    if (next !== undefined || manifest.searched) parts.makeSure(next?.() ?? manifest.cursor, !signal.aborted);
  } finally {
    parts.close();
  }
}

function frozen({ bounds, options, hasUntimed }: SearchSetup): SearchSetup["bounds"] {
  // A line without a time passes only where there is no bound.
  if (bounds.to !== undefined || (bounds.from === undefined && hasUntimed)) return bounds;
  return { ...bounds, to: fromMillis(options.now) };
}

async function makeWhole(
  setup: SearchSetup,
  file: string,
  manifest: ExportManifest,
  format: OutputFormat,
): Promise<void> {
  const target = join(partsFolder(file), "whole");
  await joinParts(file, target, fileFormatter(setup, format).header, manifest.parts);
  try {
    renameSync(target, file);
  } catch (error) {
    throw exportFailed(file, error);
  }
  manifest.whole = true;
  writeManifest(file, manifest);
}

/** As for a pipe, whatever stdout is: no colours, no cleaning, nothing cut. */
function fileFormatter(setup: SearchSetup, format: OutputFormat) {
  const terminal = new Terminal(UNUSED, UNUSED, () => undefined);
  const printing = { ...setup.options.printing, format, color: "never" as const };
  const place: PrintingPlace = { ...setup.place, terminal, printing };
  const hidden = setup.plan.isTable ? [] : (setup.plan.fields?.hidden ?? []);
  return createLineFormatter(place, createPalette(place), {
    highlight: [],
    fields: [],
    hideFields: [...setup.options.hideFields, ...hidden],
    showSources: setup.sources.length > 1,
    isContinued: true,
  });
}

const UNUSED = { write: () => true, on: () => undefined, once: () => undefined };

function exportFormat({ options }: SearchSetup, file: string): OutputFormat {
  const { printing, formatIsChosen } = options;
  if (printing.timestamps === "relative" || printing.timestamps === "delta") {
    throw new KlogError("USAGE", `--timestamps ${printing.timestamps} depends on when it is printed`, {
      hint: "an export takes times as they are: leave it out",
    });
  }
  if (formatIsChosen || printing.template !== undefined) return printing.format;
  return FORMATS[extname(file.replace(/\.(?:gz|zst)$/i, "")).toLowerCase()] ?? "default";
}

function rejectUnrepeatable({ readsStdin, options, query }: SearchSetup): void {
  if (readsStdin && options.export?.resume) {
    throw new KlogError("USAGE", "standard input cannot be read again, so --resume cannot hold", {
      hint: "write it to a file first: --source files:FILE",
    });
  }
  const whole = query.pipes.find(({ kind }) => kind === "sort" || kind === "tail" || kind === "head");
  if (whole === undefined) return;
  throw new KlogError("USAGE", `--export takes no | ${whole.kind}: it writes all hits, oldest first`, {
    hint: "choose by --since, --until and the query",
  });
}

function rejectRows({ plan }: SearchSetup): void {
  if (plan.isTable || plan.fields?.names === undefined) return;
  throw new KlogError("USAGE", "--export writes lines, not the rows of | fields", {
    hint: "write the rows with -o csv > FILE; | fields - NAME leaves fields out of an export",
  });
}

function begun({ key, query, sources, options }: SearchSetup, format: string): ExportManifest {
  return {
    version: 1,
    search: key,
    query: understood(query),
    sources: sources.map(({ source }) => source.name),
    format,
    now: options.now,
    cursor: undefined,
    searched: false,
    whole: false,
    parts: [],
  };
}

function checkSame(manifest: ExportManifest, { key, query }: SearchSetup, format: string, file: string): void {
  if (manifest.search !== key) {
    throw new KlogError(
      "CURSOR_INVALID",
      `the export of ${file} was begun for ${manifest.query}, not for ${understood(query)}`,
      {
        hint: `give the same query, selectors and sources as before, or remove ${partsFolder(file)}`,
      },
    );
  }
  if (manifest.format === format) return;
  throw new KlogError("CURSOR_INVALID", `the export of ${file} was begun as ${manifest.format}, not as ${format}`, {
    hint: `-o ${manifest.format}, or remove ${partsFolder(file)} and start again`,
  });
}

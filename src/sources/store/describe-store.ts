// What a store holds, for `klog sources`: from when to when, how much, and of whom.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DATA_SUFFIX, listStore, openBlockName } from "../../store/file-header.ts";
import { requireKnownFormat, requireStore, unreadable } from "../../store/store-directory.ts";
import { StoreReader } from "../../store/store-reader.ts";
import { greatest, least } from "../../store/survey.ts";
import type { SourceDescription } from "../source.ts";
import { searchBlocks } from "./search-block.ts";

/** Reads the indexes only. Throws KlogError where there is no store. */
export function describeStore(directory: string): SourceDescription {
  requireStore(directory);
  const reader = new StoreReader(directory);
  try {
    const view = reader.view();
    requireKnownFormat(directory, view);
    const blocks = searchBlocks(view);
    const segments = new Set(view.blocks.map(({ segment }) => segment));
    const origins = [
      ...[...segments].flatMap((segment) => segment.generations),
      ...view.open.flatMap(({ generations }) => generations),
    ].map(({ origin }) => origin);
    const files = [
      ...[...segments].map(({ name }) => name + DATA_SUFFIX),
      ...listStore(readdirSync(directory)).openBlocks.map(openBlockName),
    ];
    const bytes = files.reduce((sum, name) => sum + sizeOf(join(directory, name)), 0);
    const counts = [
      [new Set(origins.flatMap(({ namespace }) => namespace || [])).size, "namespace"],
      [new Set(origins.flatMap(({ namespace, pod }) => (pod === "" ? [] : `${namespace}/${pod}`))).size, "pod"],
      [new Set(origins.flatMap(({ pod, path }) => (pod === "" ? path : []))).size, "other log"],
    ] as const;
    const detail = counts.flatMap(([count, noun]) => (count === 0 ? [] : `${count} ${noun}${count === 1 ? "" : "s"}`));
    return {
      oldest: least(blocks.map(({ first }) => first)),
      newest: greatest(blocks.map(({ last }) => last)),
      records: blocks.reduce((sum, { rows }) => sum + rows, 0),
      bytes,
      detail: detail.join(", ") || "nothing is stored yet",
    };
  } catch (error) {
    throw unreadable(directory, error);
  } finally {
    reader.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

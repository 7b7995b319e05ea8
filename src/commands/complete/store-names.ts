// Names of what stores hold, from the definitions of their newest segments: no block is read.
import { type CoreField, placeOf } from "../../query/field-place.ts";
import { isOriginField, originValue, own } from "../../query/origin-fields.ts";
import type { Origin } from "../../record/log-line.ts";
import { StoredOrigins } from "../../sources/store/stored-origin.ts";
import { ofNewestParts } from "./newest-parts.ts";

/** Nothing where there is no store that can be read: the search itself says so. */
export function storeOrigins(directories: readonly string[]): Origin[] {
  const origins = new Set<Origin>();
  const known = new StoredOrigins();
  for (const directory of directories) {
    ofNewestParts(directory, ({ segments, open }) => {
      for (const { generations } of [...segments, ...(open === undefined ? [] : [open])]) {
        for (const { origin } of generations) origins.add(known.of(origin));
      }
    });
  }
  return [...origins];
}

/** In the order of the alphabet; empty for fields that are of the line. */
export function namesOf(origins: readonly Origin[], field: string): string[] {
  const place = placeOf(field);
  switch (place.kind) {
    case "core":
      return distinct(origins, (origin) => coreValue(origin, place.field));
    case "any":
      return distinct(origins, (origin) => (place.core === undefined ? undefined : coreValue(origin, place.core)));
    case "attrs":
      return [];
    default:
      return distinct(origins, (origin) => own(origin[place.kind], place.key));
  }
}

/** `labels.app`, `tags.team`: fields that not every origin has. */
export function ownFields(origins: readonly Origin[]): string[] {
  return distinctTexts(
    origins.flatMap(({ labels, tags }) => [
      ...Object.keys(labels ?? {}).map((key) => `labels.${key}`),
      ...Object.keys(tags ?? {}).map((key) => `tags.${key}`),
    ]),
  );
}

function coreValue(origin: Origin, field: CoreField): string | undefined {
  // Numbers of restarts and ids of pods are looked up, not typed.
  return isOriginField(field) && field !== "restart" ? originValue(origin, field)?.toString() : undefined;
}

function distinct(origins: readonly Origin[], value: (origin: Origin) => string | undefined): string[] {
  return distinctTexts(origins.flatMap((origin) => value(origin) || []));
}

function distinctTexts(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}

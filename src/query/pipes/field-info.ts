// What a field's name tells without looking at a record.
import { type CoreField, type FieldPlace, placeOf } from "../field-place.ts";
import { isOriginField } from "../origin-fields.ts";
import type { GroupKey } from "../query.ts";
import type { Column } from "./table.ts";

export interface FieldInfo {
  readonly place: FieldPlace;
  /** The same for every record of an origin. */
  readonly isOfOrigin: boolean;
  readonly isLevel: boolean;
  readonly isTime: boolean;
  /** It may stand in the line. */
  readonly needsText: boolean;
  readonly kind: Column["kind"];
}

export function fieldInfo(name: string): FieldInfo {
  const place = placeOf(name);
  const core: CoreField | undefined = place.kind === "core" ? place.field : undefined;
  const isLevel = core === "level";
  const isTime = core === "ts";
  return {
    place,
    isOfOrigin:
      place.kind === "labels" ||
      place.kind === "tags" ||
      place.kind === "annotations" ||
      (core !== undefined && isOriginField(core)),
    isLevel,
    isTime,
    needsText: place.kind === "attrs" || place.kind === "any" || core === "message",
    kind: isLevel ? "level" : isTime ? "time" : "text",
  };
}

export function needsText(keys: readonly GroupKey[]): boolean {
  return keys.some((key) => "field" in key && fieldInfo(key.field).needsText);
}

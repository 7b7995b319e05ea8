// One record after the other, each decoded and parsed once at most, whatever looks at it.
import { fieldAt, type ParsedFields, parseFields } from "../record/fields.ts";
import { levelOf } from "../record/level.ts";
import type { Level } from "../record/level-names.ts";
import { toRfc3339Nano } from "../record/timestamp.ts";
import type { CoreField, FieldPlace } from "./field-place.ts";
import { isOriginField, originValue, own, valueBesideLine } from "./origin-fields.ts";
import { plainText } from "./plain-text.ts";
import type { QueryRecord } from "./query-record.ts";

/** The record is looked at between `look` and whatever changes it; what was found before is forgotten. */
export class RecordView {
  private current: QueryRecord | undefined;
  private decoded: string | undefined;
  private parsed: ParsedFields | undefined | "not yet" = "not yet";
  private foundLevel: Level | undefined | "not yet" = "not yet";

  look(record: QueryRecord): this {
    this.current = record;
    this.decoded = undefined;
    this.parsed = "not yet";
    this.foundLevel = "not yet";
    return this;
  }

  get record(): QueryRecord {
    return this.current!;
  }

  /** As a person sees it: all lines of the event, colours left out. */
  text(): string {
    this.decoded ??= plainText(this.record);
    return this.decoded;
  }

  level(): Level | undefined {
    const { details, buffer, start, end } = this.record;
    if (details !== undefined) return details.level;
    if (this.foundLevel === "not yet") this.foundLevel = levelOf(buffer, start, end);
    return this.foundLevel;
  }

  /** The message that the line names as such, else the whole text. */
  message(): string {
    const parsed = this.ownFields();
    const message = parsed?.messageKey === undefined ? undefined : fieldAt(parsed.fields, parsed.messageKey);
    return typeof message === "string" ? message : this.text();
  }

  /** Undefined where the record has no such field, or has null there. */
  field(place: FieldPlace): unknown {
    const { origin } = this.record;
    switch (place.kind) {
      case "core":
        return this.core(place.field);
      case "labels":
      case "tags":
      case "annotations":
        return own(origin[place.kind], place.key);
      case "attrs":
        return this.attribute(place.path);
      case "any":
        return this.attribute(place.path) ?? this.besideLine(place);
    }
  }

  /** What came beside the line goes before what stands in it. */
  attribute(path: string): unknown {
    const { details } = this.record;
    const beside = details?.attrs === undefined ? undefined : valueAt(details.attrs, path);
    if (beside !== undefined) return beside;
    const parsed = this.ownFields();
    return parsed === undefined ? undefined : valueAt(parsed.fields, path);
  }

  besideLine(place: Extract<FieldPlace, { kind: "any" }>): unknown {
    const id = place.core === "id" ? this.record.details?.id : undefined;
    return id ?? valueBesideLine(this.record.origin, place);
  }

  private core(field: CoreField): unknown {
    const { record } = this;
    if (isOriginField(field)) return originValue(record.origin, field);
    switch (field) {
      case "ts":
        return record.sec < 0 ? undefined : toRfc3339Nano(record);
      case "level":
        return this.level();
      case "message":
        return this.message();
      case "stream":
        return record.details?.stream || undefined;
      case "id":
        return record.details?.id;
      case "source":
        return sourcesOf(record);
    }
  }

  /** Of the whole event where it is one object, else of its first line. */
  private ownFields(): ParsedFields | undefined {
    if (this.parsed === "not yet") {
      const text = this.text();
      const newline = text.indexOf("\n");
      const whole = newline < 0 || looksLikeJson(text) ? parseFields(text) : undefined;
      this.parsed = whole ?? (newline < 0 ? undefined : parseFields(text.slice(0, newline)));
    }
    return this.parsed;
  }
}

/** By name and by kind: `store` finds what the source of that name gave, and what any store gave. */
function sourcesOf({ details, origin }: QueryRecord): string | readonly string[] {
  const names = details?.sources ?? [];
  if (names.length === 0) return origin.source;
  return names.includes(origin.source) ? names : [...names, origin.source];
}

function looksLikeJson(text: string): boolean {
  return /^\s*\{/.test(text) && /\}\s*$/.test(text);
}

/** As `fieldAt`, and through arrays on the way: `items.name` is the names of all items. Null is as good as nothing. */
function valueAt(fields: Readonly<Record<string, unknown>>, path: string): unknown {
  const value = fieldAt(fields, path);
  if (value !== undefined) return value ?? undefined;
  if (!path.includes(".")) return undefined;
  const values = valuesIn(fields, path).filter((found) => found !== null && found !== undefined);
  return values.length === 0 ? undefined : values;
}

function valuesIn(value: unknown, path: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => valuesIn(item, path));
  const fields = value as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(fields, path)) return [fields[path]];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const name = path.slice(0, dot);
    const found = Object.hasOwn(fields, name) ? valuesIn(fields[name], path.slice(dot + 1)) : [];
    if (found.length > 0) return found;
  }
  return [];
}

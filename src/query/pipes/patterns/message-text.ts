// The message of a record as cheaply as it can be had: of JSON and logfmt lines the message field, else the line.
import { keyOf } from "../../../record/field-names.ts";
import { plainText } from "../../plain-text.ts";
import type { QueryRecord } from "../../query-record.ts";

/** Shapes of JSON objects whose message field is remembered. */
const MAX_SHAPES = 4096;
const LOGFMT_MESSAGE = /(?:^|\s)(?:msg|message)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/;

export class MessageReader {
  /** The message's key by the names of an object's members; undefined: none of them is one. */
  private readonly keys = new Map<string, string | undefined>();
  private lastNames: readonly string[] = [];
  private lastKey: string | undefined;

  of(record: QueryRecord): string {
    const text = plainText(record);
    if (text.charCodeAt(0) === 0x7b) return this.ofJson(text) ?? text;
    if (!text.includes("=")) return text;
    const found = LOGFMT_MESSAGE.exec(text);
    return found?.[1]?.replace(/\\(.)/g, "$1") ?? found?.[2] ?? text;
  }

  private ofJson(text: string): string | undefined {
    let fields: Record<string, unknown>;
    try {
      fields = JSON.parse(text);
    } catch {
      return undefined;
    }
    const names = Object.keys(fields);
    if (!areSame(names, this.lastNames)) {
      this.lastNames = names;
      this.lastKey = this.keyAmong(names, fields);
    }
    const key = this.lastKey;
    const message = key === undefined ? undefined : fields[key];
    return typeof message === "string" ? message : undefined;
  }

  private keyAmong(names: readonly string[], fields: Readonly<Record<string, unknown>>): string | undefined {
    const shape = names.join("\0");
    let key = this.keys.get(shape);
    if (key === undefined && !this.keys.has(shape)) {
      key = keyOf("message", fields, (name) => typeof fields[name] === "string");
      if (this.keys.size >= MAX_SHAPES) this.keys.clear();
      this.keys.set(shape, key);
    }
    return key;
  }
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

// --fields and --hide-fields: rewrites a JSON or logfmt line with fewer fields; what stays is copied as it stood, to the digit.

export interface FieldSelection {
  /** The line with only the fields that are wanted; the same text where it has no fields. */
  apply(text: string): string;
}

type Verdict = "whole" | "partly" | "none";

/** undefined where every field is shown. */
export function fieldSelection(show: readonly string[], hide: readonly string[]): FieldSelection | undefined {
  if (show.length === 0 && hide.length === 0) return undefined;
  const verdict = (path: string): Verdict => {
    if (hide.some((name) => path === name || path.startsWith(`${name}.`))) return "none";
    const isInside = hide.some((name) => name.startsWith(`${path}.`));
    if (show.length === 0 || show.some((name) => path === name || path.startsWith(`${name}.`))) {
      return isInside ? "partly" : "whole";
    }
    return show.some((name) => name.startsWith(`${path}.`)) ? "partly" : "none";
  };
  return { apply: (text) => selectJson(text, "", verdict) ?? selectLogfmt(text, verdict) ?? text };
}

function selectJson(text: string, path: string, verdict: (path: string) => Verdict): string | undefined {
  const members = jsonMembers(text);
  if (members === undefined) return undefined;
  const kept: string[] = [];
  for (const { key, rawKey, rawValue } of members) {
    const name = path === "" ? key : `${path}.${key}`;
    const found = verdict(name);
    if (found === "whole") kept.push(`${rawKey}:${rawValue}`);
    else if (found === "partly") {
      const inner = selectJson(rawValue, name, verdict);
      if (inner !== undefined && inner !== "{}") kept.push(`${rawKey}:${inner}`);
    }
  }
  return `{${kept.join(",")}}`;
}

interface Member {
  readonly key: string;
  readonly rawKey: string;
  readonly rawValue: string;
}

const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^,{}[\]"\s]+/y;

/** The members of the JSON object that `text` is, values as written; undefined where it is no JSON object. */
function jsonMembers(text: string): Member[] | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  // From here on the text is known to be right, so the cutting only has to find where values end.
  const members: Member[] = [];
  let i = skipFiller(text, text.indexOf("{") + 1);
  while (text[i] === '"') {
    STRING.lastIndex = i;
    const rawKey = STRING.exec(text)![0];
    const start = skipFiller(text, STRING.lastIndex);
    const end = valueEnd(text, start);
    members.push({ key: JSON.parse(rawKey), rawKey, rawValue: text.slice(start, end) });
    i = skipFiller(text, end);
  }
  return members;
}

const FILLER = /[\s,:]*/y;

function skipFiller(text: string, at: number): number {
  FILLER.lastIndex = at;
  FILLER.exec(text);
  return FILLER.lastIndex;
}

function valueEnd(text: string, start: number): number {
  const first = text[start];
  if (first !== "{" && first !== "[") {
    const pattern = first === '"' ? STRING : SCALAR;
    pattern.lastIndex = start;
    pattern.exec(text);
    return pattern.lastIndex;
  }
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      STRING.lastIndex = i;
      STRING.exec(text);
      i = STRING.lastIndex - 1;
    } else if (c === "{" || c === "[") depth++;
    else if ((c === "}" || c === "]") && --depth === 0) return i + 1;
  }
  return text.length;
}

const PAIR = /([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)/g;

/** A line counts as logfmt when nothing but pairs is in it. */
function selectLogfmt(text: string, verdict: (path: string) => Verdict): string | undefined {
  if (!text.includes("=") || text.replace(PAIR, "").trim() !== "") return undefined;
  const kept: string[] = [];
  for (const [pair, key = ""] of text.matchAll(PAIR)) if (verdict(key) === "whole") kept.push(pair);
  return kept.join(" ");
}

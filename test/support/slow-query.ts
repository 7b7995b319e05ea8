// The meaning of the query language written down as plainly as can be, for tests: no thought of speed, and nothing of
// src/query but the AST and the time expressions.
import type { CompileContext } from "../../src/query/predicate.ts";
import type { Bound, Filter, Leaf, Wildcard } from "../../src/query/query.ts";
import type { QueryRecord } from "../../src/query/query-record.ts";
import { parseTime } from "../../src/query/time-expression.ts";
import { parseFields } from "../../src/record/fields.ts";
import { LEVELS, levelOf, parseLevel } from "../../src/record/level.ts";
import { toRfc3339Nano } from "../../src/record/timestamp.ts";

export function slowMatches(filter: Filter, record: QueryRecord, context: CompileContext): boolean {
  switch (filter.kind) {
    case "all":
      return true;
    case "none":
      return false;
    case "and":
      return filter.parts.every((part) => slowMatches(part, record, context));
    case "or":
      return filter.parts.some((part) => slowMatches(part, record, context));
    case "not":
      return !slowMatches(filter.part, record, context);
    default:
      return leafMatches(filter, record, context);
  }
}

/** Whether all levels and times that the filter compares with are such. */
export function slowIsValid(filter: Filter, context: CompileContext): boolean {
  switch (filter.kind) {
    case "all":
    case "none":
      return true;
    case "and":
    case "or":
      return filter.parts.every((part) => slowIsValid(part, context));
    case "not":
      return slowIsValid(filter.part, context);
    default: {
      const name = filter.field === undefined ? undefined : CORE[filter.field];
      const values =
        filter.kind === "equals" && !filter.prefix
          ? [filter.value]
          : filter.kind === "range"
            ? [filter.low, filter.high].flatMap((bound) => bound?.value ?? [])
            : [];
      if (name === "level")
        return values.every((v) => parseLevel(v) !== undefined || (filter.kind === "equals" && v === "none"));
      if (name !== "ts") return true;
      try {
        for (const value of values) parseTime(value, context);
        return true;
      } catch {
        return false;
      }
    }
  }
}

const CORE: Readonly<Record<string, string>> = {
  ...names("ts", "ts time timestamp @timestamp"),
  ...names("level", "level lvl severity"),
  ...names("message", "message msg"),
  ...names("stream", "stream"),
  ...names("source", "source"),
  ...names("id", "log_id"),
  ...names("cluster", "cluster k8s_cluster"),
  ...names("node", "node k8s_node_name"),
  ...names("namespace", "namespace ns k8s_pod_namespace"),
  ...names("workload", "workload"),
  ...names("app", "app docker_app"),
  ...names("pod", "pod k8s_pod"),
  ...names("podUid", "podUid pod_uid k8s_pod_uid"),
  ...names("container", "container c k8s_container_name docker_container"),
  ...names("containerId", "containerId container_id"),
  ...names("image", "container_image"),
  ...names("path", "log.file.path"),
};

const AFTER_THE_LINE: Readonly<Record<string, string>> = {
  id: "id",
  host: "node",
  context: "cluster",
  uid: "podUid",
  restart: "restart",
  image: "image",
  path: "path",
  file: "path",
};

function names(field: string, aliases: string): Record<string, string> {
  return Object.fromEntries(aliases.split(" ").map((name) => [name, field]));
}

function leafMatches(leaf: Leaf, record: QueryRecord, context: CompileContext): boolean {
  const core = leaf.field === undefined ? undefined : CORE[leaf.field];
  if (core === "level" && (leaf.kind === "range" || (leaf.kind === "equals" && !leaf.prefix))) {
    const level = levelIn(record);
    if (leaf.kind === "equals" && leaf.value === "none") return level === undefined;
    if (level === undefined) return false;
    const rank = (name: string) => LEVELS.indexOf(parseLevel(name)!);
    if (leaf.kind === "equals") return rank(level) === rank(leaf.value);
    return within(rank(level) - rank(leaf.low?.value ?? level), rank(leaf.high?.value ?? level) - rank(level), leaf);
  }
  if (core === "ts" && (leaf.kind === "range" || (leaf.kind === "equals" && !leaf.prefix))) {
    if (record.sec < 0) return false;
    return timeMatches(leaf, BigInt(record.sec) * 10n ** 9n + BigInt(record.nsec), context);
  }
  const value = leaf.field === undefined ? textOf(record) : fieldIn(record, leaf.field);
  if (leaf.kind === "exists") return present(value);
  return elements(value).some((element) => elementMatches(leaf, element, context));
}

function within(above: number, below: number, { low, high }: { low: Bound | undefined; high: Bound | undefined }) {
  const isLow = low === undefined || above > 0 || (above === 0 && low.inclusive);
  return isLow && (high === undefined || below > 0 || (below === 0 && high.inclusive));
}

function timeMatches(leaf: Leaf, time: bigint, context: CompileContext): boolean {
  const at = (text: string, endOfDay: boolean) => {
    const { sec, nsec } = parseTime(text, { ...context, endOfDay });
    return BigInt(sec) * 10n ** 9n + BigInt(nsec);
  };
  const hasClock = (text: string) => /\d:\d\d/.test(text);
  if (leaf.kind === "equals") {
    const first = at(leaf.value, false);
    const [, seconds, fraction] = /\d:\d\d(:\d\d(?:[.,](\d+))?)?/.exec(leaf.value) ?? [];
    if (!hasClock(leaf.value)) return time >= first && time <= at(leaf.value, true);
    const length = seconds === undefined ? 60n * 10n ** 9n : 10n ** BigInt(9 - (fraction ?? "").length);
    return time >= first && time < first + length;
  }
  if (leaf.kind !== "range") return false;
  const { low, high } = leaf;
  if (low?.inclusive === true && time < at(low.value, false)) return false;
  if (low?.inclusive === false && time <= at(low.value, !hasClock(low.value))) return false;
  if (high?.inclusive === true && time > at(high.value, true)) return false;
  return !(high?.inclusive === false && time >= at(high.value, false));
}

function elementMatches(leaf: Leaf, value: unknown, context: CompileContext): boolean {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return false;
  const text = String(value);
  const number = typeof value === "boolean" ? undefined : decimal(text);
  switch (leaf.kind) {
    case "words":
      return wordsMatch(leaf.text, leaf.prefix, text);
    case "wildcard":
      return wildcardMatches(leaf.pattern, text);
    case "regexp":
      return context.regexp(leaf.source, leaf.flags).test(text);
    case "contains":
      return fold(text).includes(fold(leaf.text));
    case "glob":
      return globMatches(leaf.pattern, [...text]);
    case "equals": {
      if (leaf.prefix) return text.startsWith(leaf.value);
      const wanted = decimal(leaf.value);
      return text === leaf.value || (number !== undefined && wanted !== undefined && compare(number, wanted) === 0);
    }
    case "range": {
      const [low, high] = [leaf.low, leaf.high].map((bound) =>
        bound === undefined ? undefined : decimal(bound.value),
      );
      const isNumeric = (leaf.low === undefined || low) && (leaf.high === undefined || high);
      if (isNumeric)
        return number !== undefined && within(low ? compare(number, low) : 1, high ? compare(high, number) : 1, leaf);
      const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
      return within(order(text, leaf.low?.value ?? ""), order(leaf.high?.value ?? "", text), leaf);
    }
    case "exists":
      return true;
  }
}

function elements(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flatMap(elements) : [value];
}

function present(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  if (Array.isArray(value)) return value.some(present);
  return typeof value !== "object" || Object.keys(value).length > 0;
}

// Text and its words

const textCache = new WeakMap<QueryRecord, string>();

function textOf(record: QueryRecord): string {
  let text = textCache.get(record);
  if (text === undefined) {
    const decode = (part: Pick<QueryRecord, "buffer" | "start" | "end">) =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(part.buffer.subarray(part.start, part.end));
    text = [record, ...(record.rest ?? [])]
      .map(decode)
      .join("\n")
      .replace(/\x1b\[[\d;:]*m/g, "");
    textCache.set(record, text);
  }
  return text;
}

/** Letters that are equal but for their case become the same; those of ASCII stay apart from all others. */
function fold(text: string): string {
  let folded = "";
  for (let i = 0; i < text.length; i++) {
    const upper = text[i]!.toUpperCase();
    folded += upper.length !== 1 || (text[i]! >= "\x80" && upper < "\x80") ? text[i] : upper;
  }
  return folded;
}

const GLUED =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

interface Word {
  text: string;
  readonly start: number;
}

const wordCache = new Map<string, Word[]>();

function wordsIn(text: string): Word[] {
  const known = wordCache.get(text);
  if (known !== undefined) return known;
  const words: Word[] = [];
  let open: "no" | "letters" | "alone" = "no";
  let at = 0;
  for (const character of text) {
    if (/\p{L}/u.test(character) && GLUED.test(character)) {
      words.push({ text: character, start: at });
      open = "alone";
    } else if (/[\p{L}\p{N}_]/u.test(character)) {
      if (open === "letters") words.at(-1)!.text += character;
      else words.push({ text: character, start: at });
      open = "letters";
    } else if (/\p{M}/u.test(character) && open !== "no") {
      words.at(-1)!.text += character;
    } else open = "no";
    at += character.length;
  }
  if (wordCache.size > 5000) wordCache.clear();
  wordCache.set(text, words);
  return words;
}

function wordsMatch(phrase: string, prefix: boolean, text: string): boolean {
  const wanted = wordsIn(phrase).map((word) => fold(word.text));
  if (wanted.length === 0) return fold(text).includes(fold(phrase));
  const words = wordsIn(text).map((word) => fold(word.text));
  return words.some((_, from) =>
    wanted.every((word, i) => {
      const other = words[from + i];
      return other === word || (prefix && i === wanted.length - 1 && other?.startsWith(word) === true);
    }),
  );
}

function wildcardMatches(pattern: Wildcard, text: string): boolean {
  const inside = new Set(
    wordsIn(text).flatMap((word) => Array.from({ length: word.text.length - 1 }, (_, i) => word.start + 1 + i)),
  );
  const opens = !isStar(pattern[0]);
  const ends = !isStar(pattern.at(-1));
  const folded = fold(text);
  let places = new Set<number>();
  for (let at = 0; at <= text.length; at++) if (!isMiddle(text, at) && !(opens && inside.has(at))) places.add(at);
  for (const part of pattern) {
    const next = new Set<number>();
    for (const at of places) {
      const one = at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : "";
      if (typeof part === "string") {
        if (folded.startsWith(fold(part), at)) next.add(at + part.length);
      } else if (part.any === "?") {
        if (one !== "" && !/\s/.test(one)) next.add(at + one.length);
      } else {
        for (let to = at; !next.has(to); to++) {
          next.add(to);
          if (to >= text.length || /\s/.test(text[to]!)) break;
        }
      }
    }
    places = next;
  }
  return [...places].some((at) => !isMiddle(text, at) && !(ends && inside.has(at)));
}

function isStar(part: Wildcard[number] | undefined): boolean {
  return typeof part === "object" && part.any === "*";
}

/** Between the two units of one character. */
function isMiddle(text: string, at: number): boolean {
  return at > 0 && at < text.length && text.codePointAt(at - 1)! > 0xffff;
}

function globMatches(pattern: Wildcard, text: readonly string[]): boolean {
  const [part, ...others] = pattern;
  if (part === undefined) return text.length === 0;
  if (typeof part === "string") {
    const { length } = [...part];
    return text.slice(0, length).join("") === part && globMatches(others, text.slice(length));
  }
  if (part.any === "?") return text.length > 0 && globMatches(others, text.slice(1));
  return Array.from({ length: text.length + 1 }, (_, i) => i).some((i) => globMatches(others, text.slice(i)));
}

// Numbers: a whole number and a power of ten

interface Decimal {
  readonly whole: bigint;
  readonly power: number;
}

function decimal(text: string): Decimal | undefined {
  const found = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (found === null || found[2]! + found[3]! === "") return undefined;
  const whole = BigInt(found[2]! + found[3]!);
  return { whole: found[1] === "-" ? -whole : whole, power: Number(found[4] ?? 0) - found[3]!.length };
}

function compare(a: Decimal, b: Decimal): number {
  const power = Math.min(a.power, b.power);
  const [left, right] = [a, b].map(({ whole, power: own }) => whole * 10n ** BigInt(own - power));
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}

// Fields

function levelIn({ details, buffer, start, end }: QueryRecord) {
  return details === undefined ? levelOf(buffer, start, end) : details.level;
}

const fieldCache = new WeakMap<QueryRecord, { readonly parsed: ReturnType<typeof parseFields> }>();

function parsedIn(record: QueryRecord): ReturnType<typeof parseFields> {
  let known = fieldCache.get(record);
  if (known === undefined) {
    const text = textOf(record);
    const lines = text.split("\n");
    const whole = lines.length === 1 || /^\s*\{.*\}\s*$/s.test(text) ? parseFields(text) : undefined;
    known = { parsed: whole ?? parseFields(lines[0]!) };
    fieldCache.set(record, known);
  }
  return known.parsed;
}

function fieldIn(record: QueryRecord, name: string): unknown {
  const { origin, details } = record;
  const core = CORE[name];
  if (core !== undefined) return coreIn(record, core);
  const [, prefix, key] = /^(attrs|labels|tags|annotations)\.(.+)$/s.exec(name) ?? [];
  if (prefix === "labels") return get(origin.labels, key!);
  if (prefix === "tags") return get(origin.tags ?? {}, key!);
  if (prefix === "annotations") return get(origin.annotations, key!);
  const path = key ?? name;
  const own = at(details?.attrs, path) ?? at(parsedIn(record)?.fields, path);
  if (own !== undefined || prefix === "attrs") return own;
  const later = AFTER_THE_LINE[name] === undefined ? undefined : coreIn(record, AFTER_THE_LINE[name]);
  return later ?? get(origin.labels, name) ?? get(origin.tags ?? {}, name) ?? get(origin.annotations, name);
}

function coreIn(record: QueryRecord, field: string): unknown {
  const { origin, details } = record;
  switch (field) {
    case "ts":
      return record.sec < 0 ? undefined : toRfc3339Nano(record);
    case "level":
      return levelIn(record);
    case "message": {
      const parsed = parsedIn(record);
      const message = parsed?.messageKey === undefined ? undefined : at(parsed.fields, parsed.messageKey);
      return typeof message === "string" ? message : textOf(record);
    }
    case "stream":
      return details?.stream === "" ? undefined : details?.stream;
    case "id":
      return details?.id;
    case "source":
      return [...(details?.sources ?? []), origin.source];
    case "restart":
      return origin.pod + origin.podUid === "" ? undefined : origin.restart;
    case "app": {
      const { labels } = origin;
      const named = [get(labels, "app.kubernetes.io/name"), get(labels, "app"), get(labels, "k8s-app"), origin.app];
      return named.find((name) => name) ?? (origin.workload.replace(/^[^/]*\//, "") || undefined);
    }
    default:
      return (origin as unknown as Record<string, unknown>)[field] || undefined;
  }
}

function get(values: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/** The value at the path, in which each dot may be part of a name; through arrays, the values of all their elements. */
function at(value: unknown, path: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path] ?? undefined;
  const dots = [...path.matchAll(/\./g)].map((dot) => dot.index).reverse();
  for (const dot of dots) {
    const [name, rest] = [path.slice(0, dot), path.slice(dot + 1)];
    const found = Object.hasOwn(value, name) ? at((value as Record<string, unknown>)[name], rest) : undefined;
    if (found !== undefined) return found;
  }
  if (!Array.isArray(value)) return undefined;
  const all = value.map((element) => at(element, path)).filter((found) => found !== undefined);
  return all.length === 0 ? undefined : all.flat();
}

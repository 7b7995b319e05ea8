// A query as it was understood, in its one canonical spelling: reading it again gives the same query.
import { formatDuration } from "./duration.ts";
import { defaultName } from "./parse-stats.ts";
import { isMessage } from "./parse-value.ts";
import { isDrive } from "./pasted-text.ts";
import { printName, printPattern, printRegexp, printValue, printWord, quote } from "./print-text.ts";
import type { Aggregate, Filter, GroupKey, Leaf, Pipe, Query } from "./query.ts";

export function printQuery(query: Query): string {
  const filter = query.filter.kind === "all" && query.pipes.length > 0 ? [] : [printFilter(query.filter)];
  return [...filter, ...query.pipes.map((pipe) => `| ${printPipe(pipe)}`)].join(" ");
}

export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case "all":
      return "*";
    case "none":
      return "-*";
    case "and":
    case "or":
      return printGroup(filter.kind, filter.parts);
    case "not":
      return printNot(filter.part);
    default:
      return printLeaf(filter);
  }
}

function printGroup(kind: "and" | "or", parts: readonly Filter[]): string {
  if (parts.length === 0) return kind === "and" ? "*" : "-*";
  if (parts.length === 1) return printFilter(parts[0]!);
  const list = kind === "or" ? printList(parts) : undefined;
  return (
    list ??
    parts.map((part) => (isGroup(part) ? inParentheses(part) : printFilter(part))).join(kind === "and" ? " " : " OR ")
  );
}

/** A group whose text falls apart beside other terms; a list of values does not. */
function isGroup(filter: Filter): boolean {
  if (filter.kind !== "and" && filter.kind !== "or") return false;
  if (filter.parts.length < 2) return filter.parts.length === 1 && isGroup(filter.parts[0]!);
  return filter.kind === "and" || printList(filter.parts) === undefined;
}

function inParentheses(filter: Filter): string {
  return `(${printFilter(filter)})`;
}

/** `level:(warn OR error)`, where all parts are values of one field. */
function printList(parts: readonly Filter[]): string | undefined {
  const first = parts[0];
  const field = first?.kind === "equals" || first?.kind === "glob" ? first.field : undefined;
  if (field === undefined) return undefined;
  const values: string[] = [];
  for (const part of parts) {
    if ((part.kind !== "equals" && part.kind !== "glob") || part.field !== field || isMessage(field)) return undefined;
    values.push(printFieldValue(part));
  }
  return `${printName(field)}:(${values.join(" OR ")})`;
}

function printNot(part: Filter): string {
  if (part.kind === "not" || part.kind === "none") return `NOT ${printFilter(part)}`;
  return `-${isGroup(part) ? inParentheses(part) : printFilter(part)}`;
}

function printLeaf(leaf: Leaf): string {
  if (leaf.field === undefined) return printText(leaf);
  const value = printFieldValue(leaf);
  // `C:/re/` would be read as a path.
  const name = isDrive(`${leaf.field}:${value}`, 0) ? quote(leaf.field) : printName(leaf.field);
  // With a colon, a value of `message` is searched as text is.
  const whole = (leaf.kind === "equals" || leaf.kind === "glob") && isMessage(leaf.field) && !isEmpty(leaf);
  return `${name}${whole ? "=" : ":"}${value}`;
}

function isEmpty(leaf: Leaf): boolean {
  return leaf.kind === "equals" && leaf.value === "";
}

function printText(leaf: Leaf): string {
  switch (leaf.kind) {
    case "words":
      return leaf.prefix ? `${quote(leaf.text)}*` : printWord(leaf.text);
    case "wildcard":
      return printPattern(leaf.pattern);
    case "regexp":
      return printRegexp(leaf.source, leaf.flags);
    default:
      throw new TypeError(`a ${leaf.kind} without a field`);
  }
}

function printFieldValue(leaf: Leaf): string {
  switch (leaf.kind) {
    case "words":
      return leaf.prefix ? `${quote(leaf.text)}*` : printValue(leaf.text);
    case "equals":
      return leaf.prefix ? `${quote(leaf.value)}*` : printValue(leaf.value);
    case "wildcard":
    case "glob":
      return printPattern(leaf.pattern);
    case "regexp":
      return printRegexp(leaf.source, leaf.flags);
    case "contains":
      return `~${printValue(leaf.text)}`;
    case "exists":
      return "*";
    case "range":
      return printRange(leaf);
  }
}

function printRange({ low, high }: Leaf & { kind: "range" }): string {
  if (low === undefined && high === undefined) return "*";
  if (high === undefined) return `>${low!.inclusive ? "=" : ""}${printValue(low!.value)}`;
  if (low === undefined) return `<${high.inclusive ? "=" : ""}${printValue(high.value)}`;
  const [open, close] = [low.inclusive ? "[" : "{", high.inclusive ? "]" : "}"];
  return `${open}${printValue(low.value)} TO ${printValue(high.value)}${close}`;
}

function printPipe(pipe: Pipe): string {
  switch (pipe.kind) {
    case "count":
      return `count${printBy(pipe.by)}`;
    case "top":
      return `top ${pipe.count}${printBy(pipe.by)}`;
    case "uniq":
    case "values":
      return `${pipe.kind}${printBy(pipe.by)}`;
    case "hist": {
      const every = pipe.everyMs === undefined ? "" : ` ${formatDuration(pipe.everyMs)}`;
      return `hist${every}${pipe.by === undefined ? "" : ` by ${printName(pipe.by)}`}`;
    }
    case "stats":
      return `stats ${pipe.aggregates.map(printAggregate).join(", ")}${printBy(pipe.by)}`;
    case "sort":
      return `sort ${printName(pipe.field)}${pipe.descending ? " desc" : ""}`;
    case "head":
    case "tail":
      return `${pipe.kind} ${pipe.count}`;
    case "fields":
      return `fields ${pipe.except ? "- " : ""}${pipe.names.map(printName).join(", ")}`;
    case "where":
      return `where ${printFilter(pipe.filter)}`;
    case "parse": {
      const pattern = pipe.regexp ? printRegexp(pipe.pattern, "") : quote(pipe.pattern);
      return `parse ${pattern}${pipe.from === undefined ? "" : ` from ${printName(pipe.from)}`}`;
    }
  }
}

function printBy(keys: readonly GroupKey[]): string {
  if (keys.length === 0) return "";
  const printed = keys.map((key) => ("field" in key ? printKey(key.field) : `time(${formatDuration(key.everyMs)})`));
  return ` by ${printed.join(", ")}`;
}

/** A field called `by` or `time` must not be read as the language's own word. */
function printKey(name: string): string {
  return name === "by" ? quote(name) : printName(name);
}

function printAggregate({ name, field, as }: Aggregate): string {
  const call = `${name}(${field === undefined ? "" : printName(field)})`;
  return as === defaultName(name, field) ? call : `${call} as ${printName(as)}`;
}

// Path patterns of files: * ? […] {a,b} ** as a shell has them, and {name}, one component that becomes a field.
import { KlogError } from "../../errors.ts";

/** How many directories `**` stands for at the most. */
export const MAX_DEPTH = 10;

export type GlobSegment = { readonly text: string } | { readonly name: RegExp } | "any-depth";

export interface Glob {
  readonly source: string;
  /** The directory before the first component with a wildcard. */
  readonly base: string;
  /** What comes behind it. */
  readonly segments: readonly GlobSegment[];
  readonly maxDepth: number;
  /** The fields of `{name}` where the whole path matches. */
  match(path: string): Readonly<Record<string, string>> | undefined;
}

/** One glob for each alternative of the braces. Throws CONFIG_INVALID. */
export function compileGlob(source: string, maxDepth = MAX_DEPTH): readonly Glob[] {
  return expandBraces(source).map((alternative) => compileAlternative(alternative, source, maxDepth));
}

/** A pattern without `/` is about the name alone. */
export function compileExclude(source: string, maxDepth = MAX_DEPTH): (path: string) => boolean {
  const globs = compileGlob(source.includes("/") ? source : `/${source}`, maxDepth);
  if (source.includes("/")) return (path) => globs.some((glob) => glob.match(path) !== undefined);
  return (path) => globs.some((glob) => glob.match(path.slice(path.lastIndexOf("/"))) !== undefined);
}

const MAX_ALTERNATIVES = 256;

function expandBraces(source: string): string[] {
  let done: string[] = [];
  let open = [source];
  while (open.length > 0) {
    const next: string[] = [];
    for (const pattern of open) {
      const braces = firstAlternatives(pattern, source);
      if (braces === undefined) done = [...done, pattern];
      else for (const choice of braces.choices) next.push(braces.before + choice + braces.after);
    }
    if (done.length + next.length > MAX_ALTERNATIVES)
      throw invalid(source, `its braces stand for more than ${MAX_ALTERNATIVES} paths`);
    open = next;
  }
  return done;
}

/** The first `{…}` that has a comma of its own. */
function firstAlternatives(pattern: string, source: string) {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "{") {
      const found = readBraces(pattern, at, source);
      if (found.choices.length > 1)
        return { before: pattern.slice(0, at), choices: found.choices, after: pattern.slice(found.end) };
    }
  }
  return undefined;
}

function readBraces(pattern: string, start: number, source: string): { choices: string[]; end: number } {
  const choices: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "\\") at++;
    else if (char === "{") depth++;
    else if (char === "," && depth === 1) {
      choices.push(pattern.slice(from, at));
      from = at + 1;
    } else if (char === "}" && --depth === 0) {
      choices.push(pattern.slice(from, at));
      return { choices, end: at + 1 };
    }
  }
  throw invalid(source, "a { is not closed");
}

function compileAlternative(pattern: string, source: string, maxDepth: number): Glob {
  if (!pattern.startsWith("/")) throw invalid(source, "it does not begin with /");
  const parts = pattern.split("/").slice(1);
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    throw invalid(
      source,
      pattern.endsWith("/") ? "it names a directory, not files" : "it has an empty, . or .. component",
    );
  if (parts.at(-1) === "**") parts.push("*");
  const names = new Set<string>();
  const compiled = parts.map((part) => compileSegment(part, source, names));
  const literal = compiled.findIndex(({ segment }) => typeof segment === "string" || !("text" in segment));
  const baseLength = literal === -1 ? parts.length - 1 : literal;
  const whole = new RegExp(`^${wholePattern(compiled, maxDepth)}$`, "s");
  return {
    source,
    base: `/${parts.slice(0, baseLength).map(unescaped).join("/")}`,
    segments: compiled.slice(baseLength).map(({ segment }) => segment),
    maxDepth,
    match(path) {
      const found = whole.exec(path);
      return found === null ? undefined : (found.groups ?? {});
    },
  };
}

interface CompiledSegment {
  readonly segment: GlobSegment;
  readonly regex: string;
}

function wholePattern(compiled: readonly CompiledSegment[], maxDepth: number): string {
  return compiled
    .map(({ segment, regex }) => (segment === "any-depth" ? `(?:/(?!\\.)[^/]+){0,${maxDepth}}` : `/${regex}`))
    .join("");
}

function compileSegment(part: string, source: string, names: Set<string>): CompiledSegment {
  if (part === "**") return { segment: "any-depth", regex: "" };
  if (!/[*?[{]/.test(part.replace(/\\./gs, ""))) {
    const text = unescaped(part);
    return { segment: { text }, regex: quoted(text) };
  }
  // As in a shell, a wildcard does not stand for the dot of a hidden file.
  let regex = /^[*?[{]/.test(part) ? "(?!\\.)" : "";
  for (let at = 0; at < part.length; at++) {
    const char = part[at]!;
    if (char === "*") regex += "[^/]*";
    else if (char === "?") regex += "[^/]";
    else if (char === "\\") regex += quoted(part[++at] ?? "\\");
    else if (char === "[") {
      const set = /^\[([!^]?)(\]?[^\]]*)\]/.exec(part.slice(at));
      if (set === null) throw invalid(source, "a [ is not closed");
      regex += `(?!/)[${set[1] === "" ? "" : "^"}${set[2]!.replace(/[\\\]^]|\[/g, "\\$&")}]`;
      at += set[0].length - 1;
    } else if (char === "{") {
      const field = /^\{([A-Za-z_]\w*)\}/.exec(part.slice(at));
      if (field === null) throw invalid(source, "a { holds neither alternatives nor a field's name");
      if (names.has(field[1]!)) throw invalid(source, `the field {${field[1]}} stands in it twice`);
      names.add(field[1]!);
      regex += `(?<${field[1]}>[^/]+)`;
      at += field[0].length - 1;
    } else regex += quoted(char);
  }
  try {
    // Its own groups have no names: they are only asked for in the whole path.
    return { segment: { name: new RegExp(`^${regex.replace(/\(\?<\w+>/g, "(?:")}$`, "s") }, regex };
  } catch {
    throw invalid(source, `${part} has a range that ends before it begins`);
  }
}

function unescaped(part: string): string {
  return part.replace(/\\(.)/gs, "$1");
}

function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function invalid(source: string, what: string): KlogError {
  return new KlogError("CONFIG_INVALID", `the path pattern ${source} is invalid: ${what}`, {
    hint: "write an absolute path; * ? […] {a,b} and ** are wildcards, a backslash takes their meaning away",
  });
}

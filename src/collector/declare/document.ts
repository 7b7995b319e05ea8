// A YAML file as values, the line of each place in it, and the environment's values filled in.
import {
  constructFromEvents,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  type Event,
  getScalarValue,
  parseEvents,
  YAMLException,
} from "js-yaml";
import { isMapping, join, type Report } from "./shape.ts";

export interface YamlDocument {
  readonly value: unknown;
  /** Of the place, or of the nearest around it that the file has. */
  lineOf(path: string): number;
}

export interface YamlFailure {
  readonly line: number;
  readonly what: string;
}

export function parseYaml(source: string): YamlDocument | YamlFailure {
  try {
    const events = parseEvents(source, {});
    const documents = constructFromEvents(events, { source });
    if (documents.length > 1)
      return { line: 1, what: "holds several YAML documents: write each into a file of its own" };
    const lines = linesOf(events, source);
    return { value: documents[0] ?? null, lineOf: (path) => nearestLine(lines, path) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { line: (error.mark?.line ?? 0) + 1, what: `is not valid YAML: ${error.reason}` };
  }
}

interface OpenNode {
  readonly path: string;
  readonly isMapping: boolean;
  /** Of a mapping: the key that was just read; undefined = a key comes next. */
  key: string | undefined;
  index: number;
}

function linesOf(events: readonly Event[], source: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const open: OpenNode[] = [];
  let line = 1;
  let counted = 0;
  const lineAt = (offset: number): number => {
    for (; counted < offset; counted++) if (source[counted] === "\n") line++;
    return line;
  };
  for (const event of events) {
    if (event.type === EVENT_DOCUMENT) open.push({ path: "", isMapping: false, key: undefined, index: -1 });
    else if (event.type === EVENT_POP) open.pop();
    else {
      const parent = open.at(-1)!;
      const isKey = parent.isMapping && parent.key === undefined;
      const path = isKey ? "" : childPath(parent, open.length);
      if (event.type === EVENT_SCALAR) {
        if (event.valueStart >= 0) lineAt(event.valueStart);
        if (isKey) {
          parent.key = getScalarValue(source, event);
          lines.set(join(parent.path, parent.key), line);
        } else lines.set(path, lines.get(path) ?? line);
      } else if (event.type !== EVENT_ALIAS) {
        lines.set(path, lines.get(path) ?? lineAt(event.start));
        open.push({ path, isMapping: event.type === EVENT_MAPPING, key: undefined, index: -1 });
      }
      if (!isKey) parent.key = undefined;
    }
  }
  return lines;
}

function childPath(parent: OpenNode, depth: number): string {
  if (depth === 1) return "";
  return parent.isMapping ? join(parent.path, parent.key!) : `${parent.path}[${++parent.index}]`;
}

function nearestLine(lines: ReadonlyMap<string, number>, path: string): number {
  for (let at = path; at !== ""; at = at.replace(/(\[\d+\]|\.?[^.[\]]*)$/, "")) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return 1;
}

const VARIABLE = /\$(\$(?=\{))?\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * `${NAME}` and `${NAME:-default}` in values, never in keys or in `type`; `$${` stands for `${`. Only the operator's own file
 * is read this way: what a workload says about itself stays as it is.
 */
export function expandVariables(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  report: Report,
  path = "",
): unknown {
  if (typeof value === "string") {
    return value.replace(VARIABLE, (whole, escaped: string | undefined, name: string, fallback: string | undefined) => {
      if (escaped !== undefined) return whole.slice(1);
      const found = env[name] ?? fallback;
      if (found === undefined)
        report(path, `needs the environment variable ${name}, which is not set; \${${name}:-default} gives a default`);
      return found ?? "";
    });
  }
  if (Array.isArray(value)) return value.map((entry, i) => expandVariables(entry, env, report, `${path}[${i}]`));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      key === "type" ? entry : expandVariables(entry, env, report, join(path, key)),
    ]),
  );
}

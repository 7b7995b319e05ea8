// A YAML file as plain values, with the line of every key. Values stay the text that was written (`48h`, `-1`, `yes`).
import { KlogError } from "../errors.ts";

export interface YamlDocument {
  /** Text, lists and mappings of them; undefined where the file says nothing. */
  readonly value: unknown;
  /** Of the key or list item that the path leads to, else of the nearest around it. */
  lineOf(path: readonly string[]): number;
}

export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws KlogError CONFIG_INVALID with file, line and column. */
export async function parseYaml(text: string, file: string, hint: string): Promise<YamlDocument> {
  const yaml = await import("js-yaml");
  try {
    const events = yaml.parseEvents(text, {});
    if (events.length === 0) return { value: undefined, lineOf: () => 1 };
    const documents = yaml.constructFromEvents(events, { source: text, schema: yaml.FAILSAFE_SCHEMA });
    if (documents.length > 1) throw severalDocuments(file, text);
    const lines = linesOfKeys(yaml, events, text);
    const value = documents[0] === "" || documents[0] === null ? undefined : documents[0];
    return { value, lineOf: (path) => nearestLine(lines, path) };
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error;
    const at = error.mark == null ? "" : `:${error.mark.line + 1}:${error.mark.column + 1}`;
    // Not the exception itself as cause: it quotes lines of the file, which may hold secrets.
    throw new KlogError("CONFIG_INVALID", `${file}${at} is not valid YAML: ${error.reason}`, { hint });
  }
}

/** The second one would be passed over without a word. */
function severalDocuments(file: string, text: string): KlogError {
  const second = text.split("\n").findIndex((line, index) => index > 0 && /^---(?:\s|$)/.test(line));
  const at = second < 0 ? "" : `:${second + 1}`;
  return new KlogError("CONFIG_INVALID", `${file}${at} holds several YAML documents`, {
    hint: "one is read: take the lines `---` away",
  });
}

type Yaml = typeof import("js-yaml");
type YamlEvent = ReturnType<Yaml["parseEvents"]>[number];

interface OpenNode {
  readonly path: readonly string[];
  readonly isMapping: boolean;
  /** Of a mapping: the key that was just read; undefined: a key comes next. */
  key: string | undefined;
  index: number;
}

function linesOfKeys(yaml: Yaml, events: readonly YamlEvent[], text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const open: OpenNode[] = [];
  let line = 1;
  let counted = 0;
  const lineAt = (offset: number): number => {
    for (; counted < offset; counted++) if (text[counted] === "\n") line++;
    return line;
  };
  for (const event of events) {
    if (event.type === yaml.EVENT_DOCUMENT) open.push({ path: [], isMapping: false, key: undefined, index: -1 });
    else if (event.type === yaml.EVENT_POP) open.pop();
    else {
      const parent = open.at(-1)!;
      const isKey = parent.isMapping && parent.key === undefined;
      const path = isKey ? parent.path : childPath(parent, open.length);
      if (event.type === yaml.EVENT_SCALAR) {
        const at = lineAt(Math.max(0, event.valueStart));
        if (isKey) {
          parent.key = yaml.getScalarValue(text, event);
          lines.set(keyOf([...parent.path, parent.key]), at);
        } else if (!lines.has(keyOf(path))) lines.set(keyOf(path), at);
      } else if (event.type !== yaml.EVENT_ALIAS) {
        open.push({ path, isMapping: event.type === yaml.EVENT_MAPPING, key: undefined, index: -1 });
      }
      if (!isKey) parent.key = undefined;
    }
  }
  return lines;
}

function childPath(parent: OpenNode, depth: number): readonly string[] {
  if (depth === 1) return [];
  return [...parent.path, parent.isMapping ? parent.key! : String(++parent.index)];
}

function nearestLine(lines: ReadonlyMap<string, number>, path: readonly string[]): number {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(keyOf(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return 1;
}

function keyOf(path: readonly string[]): string {
  return path.join("\u0000");
}

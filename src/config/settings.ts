// The text of a config file as settings: a flat YAML mapping of flag names to a value or a list of values.
// Values stay the text that was written (`48h`, `-1`, `yes`): the flag table gives them their type, as it does on the command line.
import { KlogError } from "../errors.ts";

export interface Setting {
  readonly key: string;
  readonly values: readonly string[];
  /** Written as a YAML list. */
  readonly list: boolean;
  readonly line: number;
}

export async function parseSettings(text: string, path: string): Promise<Setting[]> {
  const yaml = await import("js-yaml");
  let document: unknown;
  let keyLines: Map<string, number>;
  try {
    const events = yaml.parseEvents(text, {});
    if (events.length === 0) return [];
    document = yaml.constructFromEvents(events, { source: text, schema: yaml.FAILSAFE_SCHEMA })[0];
    keyLines = linesOfKeys(yaml, events, text);
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error;
    const at = error.mark === undefined ? "" : `:${error.mark.line + 1}:${error.mark.column + 1}`;
    throw new KlogError("CONFIG_INVALID", `${path}${at} is not valid YAML: ${error.reason}`, {
      hint: "write one `flag-name: value` a line, e.g. `tail: 100`",
      cause: error,
    });
  }
  if (document === undefined || document === null || document === "") return [];
  if (typeof document !== "object" || Array.isArray(document)) {
    throw new KlogError("CONFIG_INVALID", `${path}:1 should hold \`flag-name: value\` lines`, {
      hint: "`klog help tail` lists the names",
    });
  }
  return Object.entries(document).map(([key, value]) => {
    const line = keyLines.get(key) ?? 1;
    const list = Array.isArray(value);
    return { key, values: (list ? value : [value]).map((item) => textOf(item, key, `${path}:${line}`)), list, line };
  });
}

function textOf(value: unknown, key: string, where: string): string {
  if (typeof value === "string") return value;
  throw new KlogError("CONFIG_INVALID", `${where}: ${key} should be a value or a list of values, not a mapping`, {
    hint: "keys are flag names without dashes in front; nothing nests",
  });
}

type Yaml = typeof import("js-yaml");
type YamlEvent = ReturnType<Yaml["parseEvents"]>[number];

/** Line numbers of the keys of the outermost mapping: errors and warnings name them. */
function linesOfKeys(yaml: Yaml, events: readonly YamlEvent[], text: string): Map<string, number> {
  const lines = new Map<string, number>();
  let depth = 0;
  let isKey = true;
  for (const event of events) {
    const opens = event.type === yaml.EVENT_MAPPING || event.type === yaml.EVENT_SEQUENCE;
    if (event.type === yaml.EVENT_SCALAR && depth === 1 && isKey) {
      lines.set(yaml.getScalarValue(text, event), text.slice(0, Math.max(0, event.valueStart)).split("\n").length);
    }
    if (opens) {
      if (depth === 1) isKey = !isKey;
      depth++;
    } else if (event.type === yaml.EVENT_POP) depth--;
    else if (event.type !== yaml.EVENT_DOCUMENT && depth === 1) isKey = !isKey;
  }
  return lines;
}

// What a word of --source, or an entry of the config file, stands for: a place to search and how it is called. Nothing is opened.
import { basename, resolve } from "node:path";
import { SOURCE_KINDS, type SourceEntry, type SourceSpec } from "../config/source-entry.ts";
import { expandHome } from "../config/user-folders.ts";
import { KlogError } from "../errors.ts";
import { closest } from "../query/closest.ts";

export interface SourceTarget {
  /** As tags and messages show it. */
  readonly name: string;
  readonly spec: SourceSpec | { readonly kind: "stdin" };
  /** Named by --source, by the config file, or found on this machine. */
  readonly by: "asked" | "configured" | "machine";
}

export interface TargetPlace {
  readonly entries: readonly SourceEntry[];
  readonly home: string;
  /** What `store` alone is. */
  readonly defaultStore: string;
}

/** Throws KlogError USAGE for a word that names nothing. */
export function wordTarget(word: string, place: TargetPlace): SourceTarget {
  const by = "asked";
  const entry = place.entries.find(({ name }) => name === word);
  if (entry !== undefined) return { ...entryTarget(entry, place), by };
  if (word === "-" || word === "stdin") return { name: "stdin", spec: { kind: "stdin" }, by };
  const colon = word.indexOf(":");
  const kind = colon < 0 ? word : word.slice(0, colon);
  const rest = colon < 0 ? "" : word.slice(colon + 1);
  switch (kind) {
    case "store":
      return rest === ""
        ? { name: "store", spec: { kind: "store", directory: place.defaultStore }, by }
        : { name: basename(rest) || rest, spec: { kind: "store", directory: pathOf(rest, place) }, by };
    case "pods":
      return {
        name: rest === "" ? "pods" : `pods:${rest}`,
        spec: { kind: "pods", context: rest || undefined, namespaces: [], selector: undefined },
        by,
      };
    case "files": {
      if (rest !== "") return { name: globName(rest), spec: { kind: "files", patterns: [pathOf(rest, place)] }, by };
      throw new KlogError("USAGE", "--source files needs to know which", {
        hint: "write files:GLOB: --source 'files:/var/log/nginx/*.log'",
      });
    }
    default:
      throw unknownSource(word, place);
  }
}

export function entryTarget({ name, line: _, ...spec }: SourceEntry, place: TargetPlace): SourceTarget {
  const by = "configured";
  if (spec.kind === "store") return { name, spec: { ...spec, directory: pathOf(spec.directory, place) }, by };
  if (spec.kind === "pods") return { name, spec, by };
  return { name, spec: { ...spec, patterns: spec.patterns.map((pattern) => pathOf(pattern, place)) }, by };
}

/** Two sources never have one name: tags and cursors tell them apart by it. */
export function distinctlyNamed(targets: readonly SourceTarget[]): SourceTarget[] {
  const taken = new Set<string>();
  return targets.map((target) => {
    let { name } = target;
    if (taken.has(name)) name = target.spec.kind === "store" ? target.spec.directory : name;
    for (let number = 2; taken.has(name); number++) name = `${target.name}#${number}`;
    taken.add(name);
    return { ...target, name };
  });
}

function unknownSource(word: string, { entries }: TargetPlace): KlogError {
  const names = [...entries.map(({ name }) => name), ...SOURCE_KINDS];
  const guess = closest(word, names);
  const looksLikePath = /[/*\\]|\.(log|gz|zst|txt|jsonl?)$/.test(word);
  const hint =
    guess !== undefined
      ? `did you mean ${guess}?`
      : looksLikePath
        ? `log files are files:${word}, a store's directory is store:${word}`
        : `write store[:DIR], pods[:CONTEXT], files:GLOB, - or a name under sources: of the config file${
            entries.length === 0 ? "" : ` (${entries.map(({ name }) => name).join(", ")})`
          }`;
  return new KlogError("USAGE", `--source: there is no source ${JSON.stringify(word)}`, { hint });
}

/** `/var/log/nginx/access.log` is `access.log`; of a pattern the whole says more. */
function globName(glob: string): string {
  const last = basename(glob);
  return last === "" || /[*?[{]/.test(last) ? glob : last;
}

function pathOf(text: string, { home }: TargetPlace): string {
  return resolve(expandHome(text, home));
}

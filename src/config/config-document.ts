// What a config file says: flags for every command, flags of one command, profiles of flags, sources and saved queries by name.
import { KlogError } from "../errors.ts";
import { closest } from "../query/closest.ts";
import { below, type ConfigProblem, type Place, reportAt, type Setting, settingsOf } from "./settings.ts";
import { type SourceEntry, sourceEntriesOf } from "./source-entry.ts";
import { isMapping, type Mapping, parseYaml } from "./yaml-document.ts";

/** Commands that may have flags of their own in the file. */
export const SECTIONS = ["tail", "search"] as const;
export type Section = (typeof SECTIONS)[number];

/** Flags, and those of one command over them. */
export interface FlagSettings {
  readonly settings: readonly Setting[];
  readonly sections: Readonly<Partial<Record<Section, readonly Setting[]>>>;
}

export interface Profile extends FlagSettings {
  readonly name: string;
  readonly line: number;
  /** The profile that this one is laid over. */
  readonly base: string | undefined;
}

export interface NamedQuery {
  readonly name: string;
  readonly query: string;
  readonly line: number;
}

export interface ConfigDocument extends FlagSettings {
  readonly profiles: readonly Profile[];
  readonly sources: readonly SourceEntry[];
  readonly queries: readonly NamedQuery[];
}

export interface ReadDocument {
  readonly document: ConfigDocument;
  /** In the order of the file. What they are about is not in the document. */
  readonly problems: readonly ConfigProblem[];
}

/** stern's file is flat: there nothing nests. Throws KlogError CONFIG_INVALID only for what is no YAML mapping at all. */
export async function parseConfig(text: string, path: string, writtenFor: "klog" | "stern"): Promise<ReadDocument> {
  const hint = "write one `flag-name: value` a line, e.g. `tail: 100`";
  const { value, lineOf } = await parseYaml(text, path, hint);
  const problems: ConfigProblem[] = [];
  const place: Place = { path: [], lineOf, report: (problem) => problems.push(problem) };
  if (value !== undefined && !isMapping(value)) {
    throw new KlogError("CONFIG_INVALID", `${path}:1 should hold \`flag-name: value\` lines`, {
      hint: "`klog help tail` lists the names",
    });
  }
  const document = writtenFor === "stern" ? flatDocument(value ?? {}, place) : klogDocument(value ?? {}, place);
  return { document, problems: problems.toSorted((a, b) => a.line - b.line) };
}

function flatDocument(mapping: Mapping, place: Place): ConfigDocument {
  return { settings: settingsOf(mapping, place), sections: {}, profiles: [], sources: [], queries: [] };
}

function klogDocument(mapping: Mapping, place: Place): ConfigDocument {
  const { profiles, sources, queries, ...rest } = mapping;
  const named = profilesOf(mappingAt(profiles, below(place, "profiles")), below(place, "profiles"));
  checkBases(named, below(place, "profiles"));
  return {
    ...flagSettings(rest, place),
    profiles: named,
    sources: sourceEntriesOf(mappingAt(sources, below(place, "sources")), below(place, "sources")),
    queries: queriesOf(mappingAt(queries, below(place, "queries")), below(place, "queries")),
  };
}

/** Empty where nothing is said, and where what is said is reported. */
function mappingAt(value: unknown, place: Place): Mapping {
  if (isMapping(value)) return value;
  if (value !== undefined && value !== "") {
    const name = place.path.at(-1) ?? "";
    reportAt(place, "should be a mapping by name", `write \`${name}:\` and names below it, two blanks further in`);
  }
  return {};
}

function flagSettings(mapping: Mapping, place: Place): FlagSettings {
  const flags: Record<string, unknown> = {};
  const sections: Partial<Record<Section, readonly Setting[]>> = {};
  for (const [key, value] of Object.entries(mapping)) {
    const section = SECTIONS.find((name) => name === key);
    // `tail: 100` is the flag, `tail:` with keys below it the command's section.
    if (section !== undefined && isMapping(value)) sections[section] = settingsOf(value, below(place, section));
    else if (key === "search") mappingAt(value, below(place, key));
    else flags[key] = value;
  }
  return { settings: settingsOf(flags, place), sections };
}

function profilesOf(mapping: Mapping, place: Place): Profile[] {
  return Object.entries(mapping).map(([name, value]) => {
    const at = below(place, name);
    const { extends: base, ...inside } = mappingAt(value, at);
    const flags: Record<string, unknown> = inside;
    for (const key of ["profile", "profiles", "sources", "queries"]) {
      if (!(key in flags)) continue;
      delete flags[key];
      reportAt(below(at, key), "cannot stand inside a profile", "a profile holds flags, and extends: NAME");
    }
    if (base !== undefined && (typeof base !== "string" || base === "")) {
      reportAt(below(at, "extends"), "should name one profile", "extends: NAME");
    }
    return {
      name,
      line: at.lineOf(at.path),
      base: typeof base === "string" && base !== "" ? base : undefined,
      ...flagSettings(flags, at),
    };
  });
}

function checkBases(profiles: readonly Profile[], place: Place): void {
  const byName = new Map(profiles.map((profile) => [profile.name, profile]));
  for (const { name, base } of profiles) {
    if (base === undefined) continue;
    const at = below(below(place, name), "extends");
    const seen = new Set([name]);
    let next: string | undefined = base;
    while (next !== undefined && byName.has(next) && !seen.has(next)) {
      seen.add(next);
      next = byName.get(next)!.base;
    }
    if (!byName.has(base)) {
      const guess = closest(base, [...byName.keys()]);
      reportAt(
        at,
        `names ${base}, which is no profile${guess === undefined ? "" : `; did you mean ${guess}?`}`,
        `there are ${[...byName.keys()].join(", ")}`,
      );
    } else if (next === name) reportAt(at, `leads back to ${name}`, "take one of the extends: away");
  }
}

function queriesOf(mapping: Mapping, place: Place): NamedQuery[] {
  return Object.entries(mapping).flatMap(([name, query]) => {
    const at = below(place, name);
    if (typeof query === "string" && query !== "") return [{ name, query, line: at.lineOf(at.path) }];
    reportAt(at, "should be a query, as klog search takes it", "errors: 'level:>=error -path:/healthz'");
    return [];
  });
}

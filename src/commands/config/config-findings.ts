// Every mistake of a config file: its form, the values of its flags, its queries.
import { type FlagSettings, SECTIONS, type Section } from "../../config/config-document.ts";
import { type ConfigFile, type ConfigRequest, type FoundConfig, parseConfigFile } from "../../config/config-file.ts";
import { configLayers } from "../../config/config-layers.ts";
import type { Setting } from "../../config/settings.ts";
import { KlogError } from "../../errors.ts";
import { FLAGS_OF } from "../config-keys.ts";
import { readSetting } from "../read-setting.ts";

export interface ConfigFinding {
  /** `error`: klog ends with it. `note`: klog goes on without what it is about. */
  readonly kind: "error" | "note";
  /** Begins with file and line. */
  readonly text: string;
  readonly hint: string | undefined;
}

/** Empty for a file without mistakes. */
export async function configFindings(
  found: FoundConfig,
  request: Pick<ConfigRequest, "modeOf" | "platform">,
): Promise<ConfigFinding[]> {
  let parsed: Awaited<ReturnType<typeof parseConfigFile>>;
  try {
    parsed = await parseConfigFile(found, request);
  } catch (error) {
    return [errorFinding(error)];
  }
  const { file, problems } = parsed;
  const findings = [
    ...problems.map(
      ({ line, text, hint }): ConfigFinding => ({ kind: "error", text: `${file.path}:${line}: ${text}`, hint }),
    ),
    ...[file, ...file.profiles].flatMap((settings) => settingFindings(settings, file)),
    ...profileFindings(file),
    ...(await queryFindings(file)),
  ];
  const seen = new Set<string>();
  return findings.filter(({ text }) => !seen.has(text) && seen.add(text)).toSorted((a, b) => lineOf(a) - lineOf(b));
}

function settingFindings({ settings, sections }: FlagSettings, config: ConfigFile): ConfigFinding[] {
  return [
    ...settings.flatMap((setting) => {
      const findings = SECTIONS.flatMap((command) => findingsAt(setting, command, undefined, config));
      // Each command has a guess of its own at what an unknown key was meant to be.
      const notes = findings.filter(({ kind }) => kind === "note");
      const best = notes.find(({ text }) => text.includes("did you mean")) ?? notes[0];
      return [...findings.filter(({ kind }) => kind === "error"), ...(best === undefined ? [] : [best])];
    }),
    ...SECTIONS.flatMap((command) =>
      (sections[command] ?? []).flatMap((setting) => findingsAt(setting, command, command, config)),
    ),
  ];
}

function findingsAt(
  setting: Setting,
  command: Section,
  section: Section | undefined,
  config: ConfigFile,
): ConfigFinding[] {
  const findings: ConfigFinding[] = [];
  const warn = (text: string) => findings.push({ kind: "note", text, hint: undefined });
  try {
    readSetting(setting, { config, flags: FLAGS_OF[command], section, warn });
  } catch (error) {
    findings.push(errorFinding(error));
  }
  return findings;
}

function profileFindings(file: ConfigFile): ConfigFinding[] {
  const setting = file.settings.findLast(({ key }) => key === "profile");
  const profile = setting?.values[0];
  if (setting === undefined || !profile) return [];
  try {
    configLayers(file, { section: undefined, profile, named: `${file.path}:${setting.line}: profile` });
    return [];
  } catch (error) {
    return [errorFinding(error)];
  }
}

async function queryFindings({ path, queries }: ConfigFile): Promise<ConfigFinding[]> {
  if (queries.length === 0) return [];
  const [{ parseQuery }, { compilePredicate }, { queryRegexp }] = await Promise.all([
    import("../../query/parse.ts"),
    import("../../query/predicate.ts"),
    import("../search/query-highlight.ts"),
  ]);
  return queries.flatMap(({ name, query, line }) => {
    try {
      // Levels, times and patterns are looked at when the query is made ready to run.
      const context = { now: Date.now(), zone: "UTC", regexp: queryRegexp(() => undefined), query };
      compilePredicate(parseQuery(query).filter, context);
      return [];
    } catch (error) {
      const { text, hint } = errorFinding(error);
      return [{ kind: "error", text: `${path}:${line}: queries.${name}: ${text}`, hint } as const];
    }
  });
}

function errorFinding(error: unknown): ConfigFinding {
  if (!(error instanceof KlogError)) throw error;
  return { kind: "error", text: error.message, hint: error.hint };
}

function lineOf({ text }: ConfigFinding): number {
  return Number(/:(\d+)(?::|\s)/.exec(text)?.[1] ?? 0);
}

/** As `klog config check` and `klog config edit` print them. */
export function findingLines(findings: readonly ConfigFinding[]): string[] {
  return findings.flatMap(({ kind, text, hint }) => [
    `${kind === "note" ? "note: " : ""}${text}`,
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ]);
}

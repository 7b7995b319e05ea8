// `klog config view`: what holds, and where each value comes from. Secrets are not shown.
import type { NamedQuery } from "../../config/config-document.ts";
import type { ConfigFile } from "../../config/config-file.ts";
import type { SourceEntry } from "../../config/source-entry.ts";
import { type Paint, painted } from "../../output/paint.ts";
import type { CommandIo } from "../command-io.ts";
import { chosenProfile } from "../flag-values.ts";
import { jsonText, type SetupLine, stylesOf, typedSetup } from "../setup-inputs.ts";
import { readUserConfig } from "../user-config.ts";
import { type EffectiveSetting, effectiveSettings } from "./effective-settings.ts";

export async function showView(line: SetupLine, io: CommandIo): Promise<number> {
  const { words } = line;
  const flags = typedSetup(line);
  const config = await readUserConfig(words, io.env);
  const notes = new Set<string>();
  const settings = effectiveSettings({ words, env: io.env, config }, (text) => notes.add(text));
  for (const note of notes) io.stderr.write(`klog: note: ${note}\n`);
  const { profile } = chosenProfile({ words, env: io.env, config });
  const { sources = [], queries = [], profiles = [] } = config ?? {};
  if (flags.text("output") === "json") {
    const byName = (list: readonly EffectiveSetting[]) =>
      Object.fromEntries(list.map(({ name, value, from }) => [name, { value, from }]));
    const { tail, search } = settings.sections;
    io.print(
      jsonText({
        file: config?.path ?? null,
        profile: profile ?? null,
        profiles: profiles.map(({ name }) => name),
        settings: byName(settings.general),
        ...(tail === undefined ? {} : { tail: byName(tail) }),
        ...(search === undefined ? {} : { search: byName(search) }),
        sources: Object.fromEntries(sources.map(({ name, line: _, ...spec }) => [name, spec])),
        queries: Object.fromEntries(queries.map(({ name, query }) => [name, query])),
      }),
    );
    return 0;
  }
  const { dim } = stylesOf(flags, io);
  const lines = [
    painted(dim, headLine(config, profile)),
    ...settingLines(settings.general, "", dim),
    ...Object.entries(settings.sections).flatMap(([section, own]) => [`${section}:`, ...settingLines(own, "  ", dim)]),
    ...sourceLines(sources),
    ...queryLines(queries),
  ];
  io.print(`${lines.join("\n")}\n`);
  return 0;
}

function headLine(config: ConfigFile | undefined, profile: string | undefined): string {
  const file =
    config === undefined ? "no config file" : `${config.path}${config.writtenFor === "stern" ? " (stern's)" : ""}`;
  return `# ${file}${profile === undefined ? "" : `, profile ${profile}`}`;
}

function settingLines(settings: readonly EffectiveSetting[], indent: string, dim: Paint): string[] {
  const texts = settings.map(({ name, value }) => `${indent}${name}: ${yamlValue(value)}`);
  const width = Math.min(60, Math.max(0, ...texts.map((text) => text.length)));
  return settings.map(({ from }, index) => `${texts[index]!.padEnd(width)}  ${painted(dim, `# ${from}`)}`);
}

function sourceLines(sources: readonly SourceEntry[]): string[] {
  if (sources.length === 0) return [];
  return ["sources:", ...sources.map((source) => `  ${source.name}: {${specText(source)}}`)];
}

function specText(source: SourceEntry): string {
  switch (source.kind) {
    case "store":
      return `store: ${yamlValue(source.directory)}`;
    case "files":
      return `files: ${yamlValue(source.patterns)}`;
    case "pods": {
      const parts = [
        ...(source.context === undefined ? [] : [`context: ${yamlValue(source.context)}`]),
        ...(source.namespaces.length === 0 ? [] : [`namespace: ${yamlValue(source.namespaces)}`]),
        ...(source.selector === undefined ? [] : [`selector: ${yamlValue(source.selector)}`]),
      ];
      return `pods: {${parts.join(", ")}}`;
    }
  }
}

function queryLines(queries: readonly NamedQuery[]): string[] {
  if (queries.length === 0) return [];
  return ["queries:", ...queries.map(({ name, query }) => `  ${name}: ${yamlValue(query)}`)];
}

/** JSON's strings are YAML's; what cannot be mistaken for anything else needs no quotes. */
function yamlValue(value: string | readonly string[]): string {
  if (typeof value !== "string") {
    return value.length === 1 ? yamlValue(value[0]!) : `[${value.map((one) => yamlValue(one)).join(", ")}]`;
  }
  return /^[A-Za-z0-9_+./*-][\w+./=*-]*$/.test(value) && !value.startsWith("*") && !value.startsWith("- ")
    ? value
    : JSON.stringify(value);
}

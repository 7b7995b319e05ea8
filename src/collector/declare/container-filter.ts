// Which containers an input wants, with iLogtail's rules: kinds of filter all must agree, entries of one map any may match.
import { compilePattern, type Pattern } from "../../regex/pattern.ts";
import type { FoundTarget } from "../discovery/found-target.ts";
import type { ContainerInput, FilterMap } from "./agent-config.ts";

/** Why the container is not wanted; undefined = it is. */
export type WhyNot = (target: FoundTarget) => string | undefined;

export function containerFilter(input: ContainerInput): WhyNot {
  const rules: WhyNot[] = [
    ...nameRule("namespace", input.namespace, ({ origin }) => origin.namespace),
    ...nameRule("pod", input.pod, ({ origin }) => origin.pod),
    ...nameRule("container", input.container, ({ origin }) => origin.container || origin.dockerContainer),
    ...mapRules("pod labels", "label", input.includeK8sLabels, input.excludeK8sLabels, ({ facts }) => facts.podLabels),
    ...mapRules(
      "container labels",
      "label",
      input.includeContainerLabels,
      input.excludeContainerLabels,
      ({ facts }) => facts.containerLabels,
    ),
    ...mapRules("environment", "variable", input.includeEnv, input.excludeEnv, ({ facts }) => facts.env),
  ];
  return (target) => {
    for (const rule of rules) {
      const why = rule(target);
      if (why !== undefined) return why;
    }
    return undefined;
  };
}

function nameRule(what: string, source: string | undefined, nameOf: (target: FoundTarget) => string): WhyNot[] {
  if (source === undefined) return [];
  const pattern = compilePattern(source);
  return [
    (target) => {
      const name = nameOf(target);
      if (name === "") return `it has no ${what}, and ${source} is asked for`;
      return pattern.test(name) ? undefined : `its ${what} ${name} does not match ${source}`;
    },
  ];
}

type Known = Readonly<Record<string, string>> | undefined;

function mapRules(
  what: string,
  entry: string,
  include: FilterMap | undefined,
  exclude: FilterMap | undefined,
  knownOf: (target: FoundTarget) => Known,
): WhyNot[] {
  const rules: WhyNot[] = [];
  // What is not known can neither be found nor be ruled out.
  if (include !== undefined || exclude !== undefined)
    rules.push((target) =>
      knownOf(target) === undefined
        ? `its ${what} is not known here: the path of a log does not tell, Docker's config.v2.json does`.replace(
            "labels is",
            "labels are",
          )
        : undefined,
    );
  if (include !== undefined) {
    const entries = Object.entries(include).map(([key, value]) => entryRule(key, value));
    rules.push((target) =>
      entries.some(({ matches }) => matches(knownOf(target)!))
        ? undefined
        : `it has no ${entry} ${entries.map(({ shown }) => shown).join(" or ")}`,
    );
  }
  if (exclude !== undefined) {
    const entries = Object.entries(exclude).map(([key, value]) => entryRule(key, value));
    rules.push((target) => {
      const hit = entries.find(({ matches }) => matches(knownOf(target)!));
      return hit === undefined ? undefined : `its ${entry} ${hit.shown} is excluded`;
    });
  }
  return rules;
}

interface EntryRule {
  readonly shown: string;
  matches(known: Readonly<Record<string, string>>): boolean;
}

function entryRule(key: string, value: string): EntryRule {
  if (value === "") return { shown: key, matches: (known) => Object.hasOwn(known, key) };
  const pattern = mapPattern(value);
  return {
    shown: `${key}=${value}`,
    matches(known) {
      const found = Object.hasOwn(known, key) ? known[key] : undefined;
      return found !== undefined && (pattern === undefined ? found === value : pattern.test(found));
    },
  };
}

/** A value of a filter map that is a regular expression. Throws REGEXP_INVALID. */
export function mapPattern(value: string): Pattern | undefined {
  return value.length > 1 && value.startsWith("^") && value.endsWith("$") ? compilePattern(value) : undefined;
}

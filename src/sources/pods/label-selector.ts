// Label selectors: the text of -l checked before a server sees it, and the selectors inside objects matched against pods.
import { KlogError } from "../../errors.ts";

export type Labels = Readonly<Record<string, string>>;

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent" | "gt" | "lt";
  readonly values: readonly string[];
}

/** A workload's `spec.selector`; a service and a ReplicationController have the bare map instead. */
export interface ObjectSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

const KEY = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$/;
const REQUIREMENT =
  /^\s*(?:(?<absent>!)\s*(?<absentKey>[^\s!=<>(),]+)|(?<key>[^\s!=<>(),]+)(?:\s*(?<compare>==|=|!=|>|<)\s*(?<value>[^\s!=<>(),]*)|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?)\s*$/;

export function parseLabelSelector(text: string): LabelRequirement[] {
  const requirements: LabelRequirement[] = [];
  let at = 0;
  // A comma inside (…) separates values, not requirements.
  for (const part of text.split(/,(?![^()]*\))/)) {
    requirements.push(parseRequirement(part, text, at));
    at += part.length + 1;
  }
  return requirements;
}

function parseRequirement(part: string, text: string, at: number): LabelRequirement {
  const found = REQUIREMENT.exec(part)?.groups;
  const indent = part.length - part.trimStart().length;
  if (found === undefined) {
    throw badSelector(
      text,
      at + indent,
      part.trim() === "" ? "a requirement is missing" : `cannot read ${JSON.stringify(part.trim())}`,
    );
  }
  const key = found["absentKey"] ?? found["key"] ?? "";
  if (!KEY.test(key)) throw badSelector(text, at + indent, `${JSON.stringify(key)} is not a label's key`);
  if (found["absent"] !== undefined) return { key, operator: "absent", values: [] };
  const operator = operatorOf(found["set"] ?? found["compare"]);
  const values =
    found["values"] !== undefined ? found["values"].split(",").map((v) => v.trim()) : [found["value"] ?? ""];
  const bad = values.find((value) => !VALUE.test(value));
  if (bad !== undefined)
    throw badSelector(text, at + part.indexOf(bad), `${JSON.stringify(bad)} is not a label's value`);
  if ((operator === "gt" || operator === "lt") && !/^\d+$/.test(values[0] ?? "")) {
    throw badSelector(text, at + indent, `${found["compare"]} needs a whole number`);
  }
  return { key, operator, values: operator === "exists" ? [] : values };
}

function operatorOf(text: string | undefined): LabelRequirement["operator"] {
  switch (text) {
    case undefined:
      return "exists";
    case "notin":
    case "!=":
      return "notin";
    case ">":
      return "gt";
    case "<":
      return "lt";
    default:
      return "in";
  }
}

function badSelector(text: string, at: number, what: string): KlogError {
  return new KlogError("USAGE", `label selector ${JSON.stringify(text)}, column ${at + 1}: ${what}`, {
    hint: "forms: key=value, key!=value, key in (a,b), key notin (a,b), key, !key; a comma means and",
  });
}

/** What an object's selector asks for; undefined for one that selects nothing. */
export function requirementsOf(selector: ObjectSelector | Labels | undefined | null): LabelRequirement[] | undefined {
  if (selector === undefined || selector === null) return undefined;
  const structured = "matchLabels" in selector || "matchExpressions" in selector;
  const { matchLabels, matchExpressions } = (structured ? selector : { matchLabels: selector }) as ObjectSelector;
  const requirements: LabelRequirement[] = Object.entries(matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: "in",
    values: [value],
  }));
  for (const { key, operator, values } of matchExpressions ?? []) {
    const name = operator.toLowerCase();
    requirements.push({
      key,
      operator: name === "doesnotexist" ? "absent" : (name as "in" | "notin" | "exists"),
      values: values ?? [],
    });
  }
  return requirements.length === 0 ? undefined : requirements;
}

export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels = {}): boolean {
  return requirements.every((requirement) => meets(requirement, labels[requirement.key]));
}

function meets({ operator, values }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "in":
      return value !== undefined && values.includes(value);
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "lt":
      return value !== undefined && Number(value) < Number(values[0]);
  }
}

// One mapping of a config file as settings: flag names, each with a value, a list of values, or the place of a secret.
// Values stay the text that was written: the flag table gives them their type, as it does on the command line.
import { closest } from "../query/closest.ts";
import { looksLikeSecret, parseSecretReference, type SecretReference } from "./secret.ts";
import type { Mapping } from "./yaml-document.ts";

export interface Setting {
  readonly key: string;
  readonly values: readonly string[];
  /** Written as a YAML list. */
  readonly list: boolean;
  readonly line: number;
  /** `values` is empty then. */
  readonly secret?: SecretReference;
}

/** A mistake in the file; `text` begins with the key. */
export interface ConfigProblem {
  readonly line: number;
  readonly text: string;
  readonly hint: string;
}

/** Where in the file something stands, and who hears what is wrong there. */
export interface Place {
  readonly path: readonly string[];
  readonly lineOf: (path: readonly string[]) => number;
  readonly report: (problem: ConfigProblem) => void;
}

export function below(place: Place, key: string): Place {
  return { ...place, path: [...place.path, key] };
}

export function reportAt({ path, lineOf, report }: Place, text: string, hint: string): void {
  report({ line: lineOf(path), text: `${path.join(".")} ${text}`, hint });
}

/** The keys of the file below which there are names or flags. */
const NESTING = ["profiles", "sources", "queries", "tail", "search"];

export function settingsOf(mapping: Mapping, place: Place): Setting[] {
  return Object.entries(mapping).flatMap(([key, value]) => {
    const setting = settingOf(key, value, below(place, key));
    return setting === undefined ? [] : [setting];
  });
}

function settingOf(key: string, value: unknown, place: Place): Setting | undefined {
  const line = place.lineOf(place.path);
  if (looksLikeSecret(value)) {
    const secret = parseSecretReference(value);
    if (!("text" in secret)) return { key, values: [], list: false, line, secret };
    reportAt({ ...place, path: [...place.path, ...secret.path] }, secret.text, secret.hint);
    return undefined;
  }
  const list = Array.isArray(value);
  const values: readonly unknown[] = list ? value : [value];
  if (values.every((one) => typeof one === "string")) return { key, values, list, line };
  const guess = place.path.length > 1 ? undefined : closest(key, NESTING);
  reportAt(
    place,
    `should be a value or a list of values, not a mapping${guess === undefined ? "" : `; did you mean ${guess}?`}`,
    "keys are flag names without dashes in front; what may nest is profiles, sources, queries, tail and search",
  );
  return undefined;
}

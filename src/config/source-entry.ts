// `sources:` of the config file: places to search, by name. A kind is added here with a parser of its own.
import { closest } from "../query/closest.ts";
import { below, type Place, reportAt } from "./settings.ts";
import { isMapping, type Mapping } from "./yaml-document.ts";

export type SourceEntry = { readonly name: string; readonly line: number } & SourceSpec;

export type SourceSpec =
  | { readonly kind: "store"; readonly directory: string }
  | { readonly kind: "files"; readonly patterns: readonly string[] }
  | PodsSpec;

export interface PodsSpec {
  readonly kind: "pods";
  /** undefined: as the flags say. */
  readonly context: string | undefined;
  /** Empty: as the flags say; `*` is every namespace. */
  readonly namespaces: readonly string[];
  readonly selector: string | undefined;
}

/** What --source understands itself. */
export const SOURCE_KINDS = ["store", "files", "pods"] as const;

const HINT = "write one of store: DIR, files: GLOB, pods: {context: NAME, namespace: NAME, selector: LABELS}";

export function sourceEntriesOf(mapping: Mapping, place: Place): SourceEntry[] {
  return Object.entries(mapping).flatMap(([name, value]) => {
    const at = below(place, name);
    const problem = nameProblem(name);
    if (problem !== undefined) {
      reportAt(at, problem, "use letters, digits, dots and dashes: prod, web-logs");
      return [];
    }
    const spec = specOf(value, at);
    return spec === undefined ? [] : [{ name, line: at.lineOf(at.path), ...spec }];
  });
}

function nameProblem(name: string): string | undefined {
  if (SOURCE_KINDS.some((kind) => kind === name)) return "is a word that --source already has: choose another name";
  return /^[A-Za-z0-9][\w.-]*$/.test(name) ? undefined : "is no name for a source";
}

function specOf(value: unknown, place: Place): SourceSpec | undefined {
  if (!isMapping(value)) {
    reportAt(place, "should be a mapping that says what the source is", HINT);
    return undefined;
  }
  const keys = Object.keys(value);
  const unknown = keys.find((key) => !SOURCE_KINDS.some((kind) => kind === key));
  if (unknown !== undefined) {
    const guess = closest(unknown, SOURCE_KINDS);
    const end = guess === undefined ? `; there are ${SOURCE_KINDS.join(", ")}` : `; did you mean ${guess}?`;
    reportAt(below(place, unknown), `is no kind of source${end}`, HINT);
    return undefined;
  }
  const [kind, ...more] = keys;
  if (kind === undefined || more.length > 0) {
    reportAt(place, kind === undefined ? "says nothing" : `is both ${keys.join(" and ")}: a source is one`, HINT);
    return undefined;
  }
  const at = below(place, kind);
  if (kind === "store") return storeSpec(value[kind], at);
  return kind === "files" ? filesSpec(value[kind], at) : podsSpec(value[kind], at);
}

function storeSpec(value: unknown, place: Place): SourceSpec | undefined {
  if (typeof value === "string" && value !== "") return { kind: "store", directory: value };
  reportAt(place, "should name the store's directory", "store: /var/lib/klog/store");
  return undefined;
}

function filesSpec(value: unknown, place: Place): SourceSpec | undefined {
  const patterns = textsOf(value);
  if (patterns !== undefined && patterns.length > 0) return { kind: "files", patterns };
  reportAt(place, "should be a glob or a list of globs", 'files: ["/var/log/nginx/*.log"]');
  return undefined;
}

const PODS_KEYS = ["context", "namespace", "selector"] as const;

function podsSpec(value: unknown, place: Place): SourceSpec | undefined {
  // `pods:` alone is the pods that the flags select.
  if (value === "") return { kind: "pods", context: undefined, namespaces: [], selector: undefined };
  if (!isMapping(value)) {
    reportAt(place, "should be a mapping", "pods: {context: prod, namespace: shop, selector: app=web}");
    return undefined;
  }
  const unknown = Object.keys(value).find((key) => !PODS_KEYS.some((known) => known === key));
  if (unknown !== undefined) {
    const guess = closest(unknown, PODS_KEYS);
    const end = guess === undefined ? "" : `; did you mean ${guess}?`;
    reportAt(below(place, unknown), `is unknown here${end}`, `there are ${PODS_KEYS.join(", ")}`);
    return undefined;
  }
  const namespaces = value["namespace"] === undefined ? [] : textsOf(value["namespace"]);
  if (namespaces === undefined) {
    reportAt(below(place, "namespace"), "should be a name or a list of names", 'namespace: shop; "*" is every one');
    return undefined;
  }
  for (const key of ["context", "selector"]) {
    const text = value[key];
    if (text === undefined || (typeof text === "string" && text !== "")) continue;
    reportAt(below(place, key), "should be a text", "pods: {context: prod, selector: app=web}");
    return undefined;
  }
  return {
    kind: "pods",
    context: value["context"] as string | undefined,
    namespaces,
    selector: value["selector"] as string | undefined,
  };
}

function textsOf(value: unknown): string[] | undefined {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.every((one) => typeof one === "string" && one !== "") ? (all as string[]) : undefined;
}

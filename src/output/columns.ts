// The columns that a line can be printed in: what is known of its origin, its time and level, or any field of it.
import { KlogError } from "../errors.ts";
import type { Origin } from "../record/log-line.ts";

/** Columns that are the same for every line of a container instance. */
const OF_ORIGIN: Readonly<Record<string, (origin: Origin) => string>> = {
  cluster: (o) => o.cluster,
  node: (o) => o.node,
  namespace: (o) => o.namespace,
  workload: (o) => o.workload,
  /** A host's file stands where the pod would. */
  pod: (o) => o.pod || fileName(o.path),
  container: (o) => o.container,
  podUid: (o) => o.podUid,
  containerId: (o) => o.containerId,
  restart: (o) => String(o.restart),
  file: (o) => o.path ?? "",
};

/** Columns that differ from line to line. */
const OF_LINE = ["timestamp", "level", "source", "message"] as const;

function fileName(path = ""): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export type Column =
  | { readonly kind: "origin"; readonly name: string; readonly of: (origin: Origin) => string }
  | { readonly kind: "timestamp" | "level" | "message"; readonly name: string }
  /** The sources that gave the line. */
  | { readonly kind: "source"; readonly name: string }
  /** A field of JSON and logfmt lines; `a.b` is a nested one. */
  | { readonly kind: "field"; readonly name: string };

/** Names of the query language for the same. */
const ALIASES: Readonly<Record<string, string>> = { ts: "timestamp", ns: "namespace" };

/** `chosen` replaces the usual columns, or changes them where every name has a sign: `+node`, `-namespace`. */
export function resolveColumns(usual: readonly string[], chosen: readonly string[]): Column[] {
  return names(usual, chosen).map((name): Column => {
    const of = Object.hasOwn(OF_ORIGIN, name) ? OF_ORIGIN[name] : undefined;
    if (of !== undefined) return { kind: "origin", name, of };
    return { kind: OF_LINE.find((own) => own === name) ?? "field", name };
  });
}

function names(usual: readonly string[], chosen: readonly string[]): string[] {
  const signed = chosen.filter((name) => /^[+-]/.test(name));
  if (signed.length === 0) return chosen.length > 0 ? chosen.map((name) => ALIASES[name] ?? name) : [...usual];
  const plain = chosen.find((name) => !/^[+-]/.test(name));
  if (plain !== undefined) {
    throw new KlogError("USAGE", `--columns mixes ${plain} with ${signed[0]}`, {
      hint: "name all columns (pod,message), or change the usual ones with a sign each (+node,-namespace)",
    });
  }
  const result = [...usual];
  for (const change of chosen) {
    const name = ALIASES[change.slice(1)] ?? change.slice(1);
    const at = result.indexOf(name);
    if (change[0] === "-" && at >= 0) result.splice(at, 1);
    // A column that is added stands before the message, which is the longest.
    else if (change[0] === "+" && at < 0) result.splice(result.at(-1) === "message" ? -1 : result.length, 0, name);
  }
  return result;
}

// One positional argument of `klog tail`: [context@][namespace:](pod-pattern | kind/name[/container]).
import { KlogError } from "../../errors.ts";
import { compilePattern, type PatternOptions } from "../../regex/pattern.ts";
import { type ApiResource, builtInKind, builtInNames } from "./api-resource.ts";

/** A test of a name; what a compiled pattern is good for here. */
export interface NamePattern {
  test(text: string): boolean;
}

type SelectorTarget =
  /** `shop:` = whatever is in the namespace. */
  | { readonly type: "all" }
  | { readonly type: "pattern"; readonly pattern: NamePattern }
  | {
      readonly type: "pod" | "node" | "service" | "ingress" | "workload";
      readonly resource: ApiResource;
      readonly name: string;
    }
  /** A kind that only the cluster's discovery can explain. */
  | { readonly type: "custom"; readonly resource: string; readonly group: string | undefined; readonly name: string };

export interface Selector {
  /** As it was typed. */
  readonly text: string;
  /** undefined = the contexts of the whole command. */
  readonly context: string | undefined;
  /** undefined = the namespaces of the whole command. */
  readonly namespace: string | undefined;
  readonly target: SelectorTarget;
  /** The only container wanted from these pods. */
  readonly container: string | undefined;
}

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const KIND = /^[a-z][-a-z0-9]*(?:\.[a-z0-9][-a-z0-9.]*)?$/i;

export function isNamespaceName(text: string): boolean {
  return DNS_LABEL.test(text);
}

export interface SelectorOptions {
  readonly knownContexts: readonly string[];
  /** Told when a pattern turns out to take too long; from then on it matches nothing. */
  readonly onDisabled?: NonNullable<PatternOptions["onDisabled"]>;
}

export function parseSelector(text: string, { knownContexts, ...patterns }: SelectorOptions): Selector {
  if (text.trim() === "") {
    throw new KlogError("USAGE", "a selector is empty", {
      hint: 'name pods or a kind/name; "." stands for every pod of the namespace',
    });
  }
  const context = contextOf(text, knownContexts);
  const afterContext = context === undefined ? 0 : context.length + 1;
  const namespace = namespaceOf(text, afterContext);
  const start = namespace === undefined ? afterContext : afterContext + namespace.length + 1;
  return { text, context, namespace, ...targetOf(text, start, patterns) };
}

/** A context's name may itself hold `@`, `:` and `/` (an EKS one does), so the known names decide where it ends. */
function contextOf(text: string, known: readonly string[]): string | undefined {
  const found = known
    .filter((name) => name !== "" && text.startsWith(`${name}@`))
    .reduce<string | undefined>((longest, name) => (name.length > (longest?.length ?? 0) ? name : longest), undefined);
  if (found !== undefined || !text.includes("@")) return found;
  const typed = text.slice(0, text.lastIndexOf("@"));
  const hint = known.includes(text)
    ? `a context ends with another "@": ${text}@NAME`
    : known.length === 0
      ? "the kubeconfig has no contexts"
      : `known contexts: ${known.join(", ")}`;
  throw new KlogError("CONTEXT_UNKNOWN", `selector ${quote(text)}, column 1: no context ${quote(typed)}`, { hint });
}

function namespaceOf(text: string, from: number): string | undefined {
  const colon = text.indexOf(":", from);
  if (colon === -1) return undefined;
  const word = text.slice(from, colon);
  if (isNamespaceName(word)) return word;
  // A colon behind anything that a pattern may be made of belongs to the pattern: (?:a|b), [[:alpha:]].
  if (!/^(?:[\w.-]*|\*)$/.test(word)) return undefined;
  throw misread(
    text,
    from,
    word === "" ? "a namespace is missing before the colon" : `${quote(word)} is not a namespace's name`,
    word === "*" ? "-A reads all namespaces" : "namespace:pattern, as in shop:web",
  );
}

function targetOf(text: string, start: number, patterns: PatternOptions): Pick<Selector, "target" | "container"> {
  const rest = text.slice(start);
  if (rest === "") return { target: { type: "all" }, container: undefined };
  if (!rest.includes("/")) {
    return { target: { type: "pattern", pattern: compilePattern(rest, patterns) }, container: undefined };
  }
  const [kind = "", name = "", container, ...more] = rest.split("/");
  const nameAt = start + kind.length + 1;
  const containerAt = nameAt + name.length + 1;
  if (!KIND.test(kind)) throw misread(text, start, `${quote(kind)} is not a kind`, kindsHint());
  if (!OBJECT_NAME.test(name)) {
    throw misread(
      text,
      nameAt,
      name === "" ? `a name is missing behind ${kind}/` : `${quote(name)} is not a name`,
      "a name behind kind/ is exact (lower-case letters, digits, - and .); a pattern stands alone: web.*",
    );
  }
  if (more.length > 0) {
    throw misread(text, containerAt + (container ?? "").length, "there is one / too many", "kind/name/container");
  }
  if (container !== undefined && !DNS_LABEL.test(container)) {
    throw misread(text, containerAt, `${quote(container)} is not a container's name`, "-c takes a pattern");
  }
  return { target: objectTarget(kind, name), container };
}

function objectTarget(kind: string, name: string): SelectorTarget {
  const known = builtInKind(kind);
  if (known !== undefined) return { type: known.role, resource: known, name };
  const dot = kind.indexOf(".");
  const resource = (dot === -1 ? kind : kind.slice(0, dot)).toLowerCase();
  return { type: "custom", resource, group: dot === -1 ? undefined : kind.slice(dot + 1).toLowerCase(), name };
}

export function kindsHint(): string {
  return `kinds: ${builtInNames()}, and custom ones as kind.group/name; a container is chosen by pod/NAME/CONTAINER or -c`;
}

function misread(text: string, at: number, what: string, hint: string): KlogError {
  return new KlogError("USAGE", `selector ${quote(text)}, column ${at + 1}: ${what}`, { hint });
}

function quote(text: string): string {
  return JSON.stringify(text);
}

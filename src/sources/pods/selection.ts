// What all selecting flags mean together: the same flag twice is OR, different flags are AND; and what to ask a server for.
import { KlogError } from "../../errors.ts";
import { compilePattern, type PatternOptions } from "../../regex/pattern.ts";
import { type PodCondition, parseCondition } from "./condition.ts";
import { parseLabelSelector } from "./label-selector.ts";
import { isNamespaceName, type NamePattern, parseSelector, type Selector, type SelectorOptions } from "./selector.ts";

export type ContainerStateName = "running" | "waiting" | "terminated";

export interface NodeLabels {
  readonly region: readonly string[];
  readonly zone: readonly string[];
  readonly os: readonly string[];
  readonly arch: readonly string[];
}

/** The selecting flags as texts. */
export interface SelectionFlags {
  readonly selectorArgs: readonly string[];
  /** Where selectors without `ns:` apply; empty = the context's own. */
  readonly namespaces: readonly string[];
  readonly allNamespaces: boolean;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly nodes: readonly string[];
  readonly nodeLabels: NodeLabels;
  /** Patterns, any of them; none = all. */
  readonly containers: readonly string[];
  readonly excludeContainers: readonly string[];
  readonly excludePods: readonly string[];
  readonly excludeNamespaces: readonly string[];
  readonly initContainers: boolean;
  readonly ephemeralContainers: boolean;
  readonly containerStates: readonly ContainerStateName[];
  /** `name` or `name=true|false|unknown`. */
  readonly condition: string | undefined;
  readonly defaultContainer: boolean;
}

type Patterns = "containers" | "excludeContainers" | "excludePods" | "excludeNamespaces";

export interface Selection
  extends Omit<SelectionFlags, "selectorArgs" | "condition" | Patterns>,
    Record<Patterns, readonly NamePattern[]> {
  /** Any of them; none = every pod. */
  readonly selectors: readonly Selector[];
  /** Where selectors without `ctx@` apply: --context, else the current one. */
  readonly contexts: readonly string[];
  readonly condition: PodCondition | undefined;
}

export function parseSelection(
  flags: SelectionFlags,
  { contexts, knownContexts, ...patterns }: SelectorOptions & { readonly contexts: readonly string[] },
): Selection {
  if (flags.allNamespaces && flags.namespaces.length > 0) {
    throw new KlogError("USAGE", "-A and -n exclude each other", { hint: "-A reads every namespace: leave one out" });
  }
  for (const namespace of flags.namespaces) {
    if (isNamespaceName(namespace)) continue;
    throw new KlogError("USAGE", `-n ${JSON.stringify(namespace)} is not a namespace's name`, {
      hint: "names are exact: lower-case letters, digits and -; -A reads all, --exclude-namespace takes patterns",
    });
  }
  if (flags.labelSelector !== undefined) parseLabelSelector(flags.labelSelector);
  if (flags.fieldSelector !== undefined) checkFieldSelector(flags.fieldSelector);
  return {
    ...flags,
    selectors: flags.selectorArgs.map((text) => parseSelector(text, { knownContexts, ...patterns })),
    contexts,
    containers: compileAll(flags.containers, "--container", patterns),
    excludeContainers: compileAll(flags.excludeContainers, "--exclude-container", patterns),
    excludePods: compileAll(flags.excludePods, "--exclude-pod", patterns),
    excludeNamespaces: compileAll(flags.excludeNamespaces, "--exclude-namespace", patterns),
    condition: flags.condition === undefined ? undefined : parseCondition(flags.condition),
  };
}

function compileAll(sources: readonly string[], flag: string, patterns: PatternOptions): NamePattern[] {
  return sources.map((source) => {
    try {
      return compilePattern(source, patterns);
    } catch (error) {
      if (!(error instanceof KlogError)) throw error;
      throw new KlogError(error.code, `${flag}: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        cause: error,
      });
    }
  });
}

/** Which fields there are is the server's business; here only that each term has a form it can read. */
function checkFieldSelector(text: string): void {
  const wrong = text.split(",").find((term) => !/^\s*[A-Za-z][\w.[\]']*\s*(?:==|!=|=)[^=!]*$/.test(term));
  if (wrong === undefined) return;
  throw new KlogError("USAGE", `--field-selector: cannot read ${JSON.stringify(wrong)}`, {
    hint: "field=value or field!=value, comma means and; for example status.phase=Running,spec.nodeName!=node-1",
  });
}

/** Every context that the command reads. */
export function contextsOf(selection: Selection): string[] {
  const { selectors, contexts } = selection;
  const atHome = selectors.length === 0 || selectors.some((s) => s.context === undefined);
  const named = selectors.flatMap((s) => (s.context === undefined ? [] : [s.context]));
  return [...new Set([...(atHome ? contexts : []), ...named])];
}

/** The cluster side of a context. */
export interface ScopeContext {
  readonly context: string;
  /** The context's own namespace. */
  readonly namespace: string;
}

/** The selectors that apply in a context. */
export function selectorsIn(selection: Selection, context: string): Selector[] {
  const home = selection.contexts.includes(context);
  return selection.selectors.filter((s) => (s.context === undefined ? home : s.context === context));
}

/** The namespaces in which a selector looks; undefined stands for all of them. */
export function namespacesOf(
  selector: Selector | undefined,
  selection: Selection,
  at: ScopeContext,
): (string | undefined)[] {
  if (selector?.namespace !== undefined) return [selector.namespace];
  if (selection.allNamespaces) return [undefined];
  const given = selection.namespaces.length > 0;
  // A node is not in a namespace: whoever names one alone means what runs there.
  if (!given && selector?.target.type === "node") return [undefined];
  const names = given ? selection.namespaces : [at.namespace];
  return names.filter((name) => !selection.excludeNamespaces.some((pattern) => pattern.test(name)));
}

/** One list and watch of pods. */
export interface Scope {
  /** undefined = all namespaces. */
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  /** The only pod of the scope, if a name was given. */
  readonly podName: string | undefined;
}

type Claim = Pick<Scope, "namespace" | "podName"> & { readonly node: string | undefined };

/** More watches than this are dearer than one that is filtered here. */
const MAX_NARROW_WATCHES = 16;

/** What to list and watch in one context. A pod may be in several scopes. */
export function scopesOf(selection: Selection, at: ScopeContext): Scope[] {
  const selectors = selectorsIn(selection, at.context);
  const wanted: (Selector | undefined)[] = selection.selectors.length === 0 ? [undefined] : selectors;
  if (wanted.length === 0) return [];
  const claims = wanted.flatMap((selector) =>
    namespacesOf(selector, selection, at).map((namespace) => claimOf(selector, namespace)),
  );
  if (claims.length === 0) {
    const names = selection.namespaces.length > 0 ? selection.namespaces : [at.namespace];
    throw new KlogError("USAGE", `--exclude-namespace leaves no namespace: ${names.join(", ")} is excluded`, {
      hint: "name other namespaces with -n, or read all others with -A",
    });
  }
  const narrowed = narrow(claims);
  const perNode = selection.nodes.length > 0 && narrowed.length * selection.nodes.length <= MAX_NARROW_WATCHES;
  return (perNode ? selection.nodes : [undefined]).flatMap((node) =>
    narrowed.map((claim) => ({
      namespace: claim.namespace,
      labelSelector: selection.labelSelector,
      fieldSelector: fieldSelectorOf(selection.fieldSelector, claim, node),
      podName: claim.podName,
    })),
  );
}

function claimOf(selector: Selector | undefined, namespace: string | undefined): Claim {
  const target = selector?.target;
  return {
    namespace,
    podName: target?.type === "pod" ? target.name : undefined,
    node: target?.type === "node" ? target.name : undefined,
  };
}

/** Drops what a wider claim covers. */
function narrow(claims: readonly Claim[]): Claim[] {
  const byNamespace = new Map<string | undefined, Map<string, Claim>>();
  for (const claim of claims) {
    const group = byNamespace.get(claim.namespace) ?? new Map<string, Claim>();
    group.set(`${claim.podName ?? ""}/${claim.node ?? ""}`, claim);
    byNamespace.set(claim.namespace, group);
  }
  const isWide = (claim: Claim) => claim.podName === undefined && claim.node === undefined;
  const groups = [...byNamespace].map(([namespace, group]) => {
    const all = [...group.values()];
    const wide = all.find(isWide);
    if (wide !== undefined || all.length > MAX_NARROW_WATCHES)
      return [wide ?? { namespace, podName: undefined, node: undefined }];
    return all;
  });
  const everything = groups.flat().find((claim) => claim.namespace === undefined && isWide(claim));
  return everything === undefined ? groups.flat() : [everything];
}

function fieldSelectorOf(given: string | undefined, claim: Claim, node: string | undefined): string | undefined {
  const terms = [
    given,
    claim.podName === undefined ? undefined : `metadata.name=${claim.podName}`,
    claim.node === undefined ? undefined : `spec.nodeName=${claim.node}`,
    node === undefined ? undefined : `spec.nodeName=${node}`,
  ].filter((term) => term !== undefined);
  return terms.length === 0 ? undefined : terms.join(",");
}

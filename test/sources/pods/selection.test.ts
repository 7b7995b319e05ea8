import { describe, expect, test } from "vitest";
import { KlogError } from "../../../src/errors.ts";
import { contextsOf, type SelectionFlags, scopesOf } from "../../../src/sources/pods/selection.ts";
import { selection } from "./pods.ts";

const dev = { context: "dev", namespace: "shop" };

function scopes(flags: Partial<SelectionFlags>, at = dev): string[] {
  return scopesOf(selection(flags), at).map((s) =>
    [s.namespace ?? "*", s.labelSelector, s.fieldSelector].filter((part) => part !== undefined).join(" "),
  );
}

describe("what is asked of the server", () => {
  test.each<[string, Partial<SelectionFlags>, string[]]>([
    ["the context's own namespace when none is named", { selectorArgs: ["web"] }, ["shop"]],
    ["one watch for many patterns of a namespace", { selectorArgs: ["web", "api", "deploy/x"] }, ["shop"]],
    ["each namespace of -n", { selectorArgs: ["web"], namespaces: ["a", "b"] }, ["a", "b"]],
    ["every namespace at once with -A", { selectorArgs: ["web"], allNamespaces: true }, ["*"]],
    ["the namespace before the colon", { selectorArgs: ["pay:web", "api"], namespaces: ["a"] }, ["pay", "a"]],
    ["all of a namespace", { selectorArgs: ["pay:"] }, ["pay"]],
    ["nothing twice: -A covers a named namespace", { selectorArgs: ["pay:web", "api"], allNamespaces: true }, ["*"]],
    ["one pod by its name", { selectorArgs: ["pod/web-1"] }, ["shop metadata.name=web-1"]],
    [
      "a watch for each of a few pods",
      { selectorArgs: ["pod/a", "pod/b", "pod/a"] },
      ["shop metadata.name=a", "shop metadata.name=b"],
    ],
    ["the whole namespace when a pattern stands beside a name", { selectorArgs: ["pod/a", "web"] }, ["shop"]],
    ["a node's pods of all namespaces", { selectorArgs: ["node/n1"] }, ["* spec.nodeName=n1"]],
    ["a node's pods of -n", { selectorArgs: ["node/n1"], namespaces: ["a"] }, ["a spec.nodeName=n1"]],
    ["--node, by the server", { nodes: ["n1"] }, ["shop spec.nodeName=n1"]],
    ["several nodes", { nodes: ["n1", "n2"] }, ["shop spec.nodeName=n1", "shop spec.nodeName=n2"]],
    [
      "labels and fields, beside a resource",
      { selectorArgs: ["deploy/web"], labelSelector: "a=b", fieldSelector: "status.phase=Running" },
      ["shop a=b status.phase=Running"],
    ],
    [
      "the person's fields together with a name",
      { selectorArgs: ["pod/a"], fieldSelector: "status.phase=Running" },
      ["shop status.phase=Running,metadata.name=a"],
    ],
    ["namespaces that are not excluded", { namespaces: ["a", "b"], excludeNamespaces: ["^a$"] }, ["b"]],
  ])("%s", (_, flags, expected) => {
    expect(scopes(flags)).toEqual(expected);
  });

  test("more pods by name than are worth a watch each are one watch", () => {
    const names = Array.from({ length: 17 }, (_, i) => `pod/web-${i}`);
    expect(scopes({ selectorArgs: names })).toEqual(["shop"]);
  });

  test("more nodes than are worth a watch each are one watch", () => {
    const nodes = Array.from({ length: 17 }, (_, i) => `n${i}`);
    expect(scopes({ nodes })).toEqual(["shop"]);
  });

  test("excluding every namespace is said, not silently empty", () => {
    expect(() => scopes({ namespaces: ["a"], excludeNamespaces: ["a"] })).toThrow(/leaves no namespace/);
  });
});

describe("several contexts", () => {
  const mixed = selection({ selectorArgs: ["web", "prod@pay:api"] });

  test("a selector with a context is only asked there", () => {
    expect(scopesOf(mixed, dev).map((s) => s.namespace)).toEqual(["shop"]);
    expect(scopesOf(mixed, { context: "prod", namespace: "x" }).map((s) => s.namespace)).toEqual(["pay"]);
  });

  test("contexts are those of --context and those before an @", () => {
    expect(contextsOf(mixed)).toEqual(["dev", "prod"]);
    expect(contextsOf(selection({ selectorArgs: ["prod@api"] }))).toEqual(["prod"]);
    expect(contextsOf(selection({}, { contexts: ["dev", "prod"] }))).toEqual(["dev", "prod"]);
  });

  test("without a context a selector is asked in each of --context", () => {
    const both = selection({ selectorArgs: ["web"] }, { contexts: ["dev", "prod"] });
    expect(scopesOf(both, { context: "prod", namespace: "x" }).map((s) => s.namespace)).toEqual(["x"]);
  });
});

describe("flags that cannot be meant", () => {
  test.each<[string, Partial<SelectionFlags>, RegExp]>([
    ["-A with -n", { allNamespaces: true, namespaces: ["a"] }, /-A and -n/],
    ["a namespace that cannot exist", { namespaces: ["Shop"] }, /-n "Shop"/],
    ["a broken label selector", { labelSelector: "a in b" }, /label selector/],
    ["a broken field selector", { fieldSelector: "status.phase" }, /--field-selector/],
    ["a condition without a name", { condition: "=true" }, /--condition/],
    ["a condition with an odd status", { condition: "ready=yes" }, /"yes" is not a status/],
  ])("%s is a usage error with a hint", (_, flags, message) => {
    try {
      selection(flags);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(KlogError);
      expect((error as KlogError).code).toBe("USAGE");
      expect((error as KlogError).message).toMatch(message);
      expect((error as KlogError).hint).toBeTruthy();
    }
  });

  test("a bad pattern is named with its flag", () => {
    expect(() => selection({ excludePods: ["web("] })).toThrow(/--exclude-pod: .*web\(/);
  });
});

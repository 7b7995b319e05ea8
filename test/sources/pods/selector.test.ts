import { describe, expect, test } from "vitest";
import { KlogError } from "../../../src/errors.ts";
import { parseSelector } from "../../../src/sources/pods/selector.ts";

const parse = (text: string, knownContexts: string[] = ["dev", "prod"]) => parseSelector(text, { knownContexts });

function errorOf(text: string, knownContexts?: string[]): KlogError {
  try {
    parse(text, knownContexts);
  } catch (error) {
    if (error instanceof KlogError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

describe("pod patterns", () => {
  test.each([
    ["web", "my-web-1", true],
    ["^web$", "web-1", false],
    ["web|api", "api-7", true],
    ["(?i)WEB", "web-1", true],
    ["web-[[:digit:]]+$", "web-12", true],
    [".", "anything", true],
  ])("%s is an unanchored regular expression: on %s it is %s", (source, name, expected) => {
    const { target } = parse(source);
    expect(target.type === "pattern" && target.pattern.test(name)).toBe(expected);
  });

  test("a colon inside a group belongs to the pattern, not to a namespace", () => {
    const selector = parse("(?:web|api)-1");
    expect(selector.namespace).toBeUndefined();
    expect(selector.target.type === "pattern" && selector.target.pattern.test("api-1")).toBe(true);
  });

  test("a broken pattern names itself", () => {
    const error = errorOf("web(");
    expect(error.code).toBe("REGEXP_INVALID");
    expect(error.message).toContain("web(");
  });
});

describe("kind/name", () => {
  test.each([
    ["pod/web-1", "pod", "pods"],
    ["po/web-1", "pod", "pods"],
    ["Pods/web-1", "pod", "pods"],
    ["deploy/web", "workload", "deployments"],
    ["DEPLOYMENT/web", "workload", "deployments"],
    ["deployments.apps/web", "workload", "deployments"],
    ["deployments.v1.apps/web", "workload", "deployments"],
    ["rc/web", "workload", "replicationcontrollers"],
    ["ds/web", "workload", "daemonsets"],
    ["rs/web", "workload", "replicasets"],
    ["sts/web", "workload", "statefulsets"],
    ["job/web", "workload", "jobs"],
    ["cj/web", "workload", "cronjobs"],
    ["cronjobs/web", "workload", "cronjobs"],
    ["svc/web", "service", "services"],
    ["ing/web", "ingress", "ingresses"],
    ["no/worker-1.example", "node", "nodes"],
  ])("%s is a %s of the API's %s", (text, type, plural) => {
    const { target } = parse(text);
    expect(target.type).toBe(type);
    expect("resource" in target && typeof target.resource === "object" && target.resource.plural).toBe(plural);
  });

  test("a kind of another group is left to discovery", () => {
    expect(parse("Rollout.argoproj.io/web").target).toEqual({
      type: "custom",
      resource: "rollout",
      group: "argoproj.io",
      name: "web",
    });
    expect(parse("rollouts/web").target).toMatchObject({ type: "custom", resource: "rollouts", group: undefined });
    expect(parse("services.serving.knative.dev/web").target).toMatchObject({ group: "serving.knative.dev" });
  });

  test("a third part is a container", () => {
    expect(parse("prod@shop:pod/web-1/app")).toMatchObject({ context: "prod", namespace: "shop", container: "app" });
    expect(parse("deploy/web").container).toBeUndefined();
  });
});

describe("namespace and context", () => {
  test.each([
    ["shop:web.*", undefined, "shop", "pattern"],
    ["shop:deploy/web", undefined, "shop", "workload"],
    ["shop:", undefined, "shop", "all"],
    ["prod@web", "prod", undefined, "pattern"],
    ["prod@shop:web", "prod", "shop", "pattern"],
    ["prod@", "prod", undefined, "all"],
    ["prod@shop:", "prod", "shop", "all"],
  ])("%s is context %s, namespace %s, %s", (text, context, namespace, type) => {
    const selector = parse(text);
    expect([selector.context, selector.namespace, selector.target.type]).toEqual([context, namespace, type]);
  });

  test("a context may hold @, : and /, and the longest known one wins", () => {
    const eks = "arn:aws:eks:eu-west-1:1:cluster/prod";
    expect(parse(`${eks}@shop:deploy/web`, [eks])).toMatchObject({ context: eks, namespace: "shop" });
    const known = ["admin", "admin@kube"];
    expect(parse("admin@kube@shop:web", known)).toMatchObject({ context: "admin@kube", namespace: "shop" });
    expect(parse("admin@shop:web", known)).toMatchObject({ context: "admin", namespace: "shop" });
  });
});

describe("what cannot be read", () => {
  test.each([
    ["", /empty/],
    ["Shop:web", /column 1: "Shop" is not a namespace's name/],
    ["prod@Shop:web", /column 6: "Shop"/],
    [":web", /column 1: a namespace is missing/],
    ["*:web", /column 1: "\*" is not a namespace/],
    ["shop:web.*/app", /column 6: "web\.\*" is not a kind/],
    ["shop:deploy/", /column 13: a name is missing behind deploy\//],
    ["deploy/web.*", /column 8: "web\.\*" is not a name/],
    ["pod/web-1/", /column 11: "" is not a container's name/],
    ["pod/web-1/app/x", /column 14: there is one \/ too many/],
  ])("%j is a usage error with its column", (text, message) => {
    const error = errorOf(text);
    expect(error.code).toBe("USAGE");
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });

  test("a wrong kind is answered with those that exist", () => {
    expect(errorOf("de ploy/web").hint).toContain("deployment (deploy)");
  });

  test("an unknown context is answered with the known ones", () => {
    const error = errorOf("prdo@shop:web");
    expect(error.code).toBe("CONTEXT_UNKNOWN");
    expect(error.message).toContain('no context "prdo"');
    expect(error.hint).toContain("prod");
  });

  test("a context alone, whose name holds an @, is told from a missing pod", () => {
    expect(errorOf("admin@kube", ["admin@kube"]).hint).toContain("admin@kube@NAME");
  });
});

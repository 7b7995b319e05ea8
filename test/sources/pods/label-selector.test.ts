import { describe, expect, test } from "vitest";
import { KlogError } from "../../../src/errors.ts";
import { matchesLabels, parseLabelSelector, requirementsOf } from "../../../src/sources/pods/label-selector.ts";

describe("the text of -l", () => {
  const labels = { app: "web", tier: "front", size: "7", "example.com/team": "a" };

  test.each([
    ["app=web", true],
    ["app==web,tier!=back", true],
    ["app=api", false],
    ["app in (api, web),tier", true],
    ["app notin (api,web)", false],
    ["release notin (canary)", true],
    ["!release", true],
    ["! app", false],
    ["size>6,size<8", true],
    ["size>7", false],
    ["example.com/team=a", true],
    ["app=", false],
  ])("%s matches: %s", (text, expected) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected);
  });

  test.each([
    ["app=web,", /column 9: a requirement is missing/],
    ["app=web,=x", /column 9/],
    ["app in web", /column 1: cannot read "app in web"/],
    ["app=we b", /cannot read/],
    ["app=web-", /column 5: "web-" is not a label's value/],
    ["-app=web", /"-app" is not a label's key/],
    ["size>big", /needs a whole number/],
    ["app in (a,b", /cannot read/],
  ])("%j is a usage error that says where", (text, message) => {
    const read = () => parseLabelSelector(text);
    expect(read).toThrow(KlogError);
    expect(read).toThrow(message);
  });
});

describe("selectors inside objects", () => {
  test("a service's map and a workload's matchLabels ask for the same", () => {
    expect(requirementsOf({ app: "web" })).toEqual(requirementsOf({ matchLabels: { app: "web" } }));
  });

  test("matchExpressions are understood", () => {
    const requirements = requirementsOf({
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "track", operator: "NotIn", values: ["canary"] },
        { key: "old", operator: "DoesNotExist" },
        { key: "zone", operator: "Exists" },
      ],
    })!;
    expect(matchesLabels(requirements, { app: "web", zone: "a" })).toBe(true);
    expect(matchesLabels(requirements, { app: "web", zone: "a", track: "canary" })).toBe(false);
    expect(matchesLabels(requirements, { app: "web", zone: "a", old: "" })).toBe(false);
    expect(matchesLabels(requirements, { app: "web" })).toBe(false);
  });

  test("an empty selector is that of a service without pods, not of every pod", () => {
    expect(requirementsOf({})).toBeUndefined();
    expect(requirementsOf(null)).toBeUndefined();
    expect(requirementsOf(undefined)).toBeUndefined();
  });
});

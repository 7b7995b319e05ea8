import { expect, test } from "vitest";
import { knownNameFor } from "../../src/query/known-name.ts";

test.each([
  ["levl", "level"],
  ["namespce", "namespace"],
  ["Level", "level"],
  ["kubernetes.pod.name", "pod"],
  ["kubernetes.namespace_name", "namespace"],
  ["pod_name", "pod"],
  ["_time", "ts"],
])("%s was probably meant for %s", (name, field) => {
  expect(knownNameFor(name)).toBe(field);
});

test.each(["level", "ns", "status", "user.id", "note", "port", "error"])("%s is a name of its own", (name) => {
  expect(knownNameFor(name)).toBeUndefined();
});

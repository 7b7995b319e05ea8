import { expect, test } from "vitest";
import { closest } from "../../src/query/closest.ts";

const NAMES = ["namespace", "all-namespaces", "node", "tail", "template", "template-file", "timestamps", "since"];

test.each([
  ["namspace", "namespace"],
  ["namepsace", "namespace"],
  ["tial", "tail"],
  ["Tail", "tail"],
  ["sicne", "since"],
  ["timest", "timestamps"],
  ["nodes", "node"],
])("%s was meant as %s", (typed, meant) => {
  expect(closest(typed, NAMES)).toBe(meant);
});

test("a word that is like none has no guess", () => {
  expect(closest("kubeconfig", NAMES)).toBeUndefined();
  expect(closest("x", NAMES)).toBeUndefined();
  expect(closest("temp", NAMES)).toBeUndefined();
});

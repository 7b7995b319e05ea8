import { expect, test } from "vitest";
import type { KubernetesObject } from "../../../src/clients/kubernetes/resources.ts";
import { watchEventSplitter } from "../../../src/clients/kubernetes/watch-events.ts";

const EVENTS = [
  { type: "ADDED", object: { metadata: { name: "grüße", uid: "1" } } },
  { type: "DELETED", object: { metadata: { name: "世界🙂", uid: "2" } } },
];
const BYTES = Buffer.from(`${EVENTS.map((event) => JSON.stringify(event)).join("\n")}\n\n`);

test("events come out whole whatever two bytes the body is cut at", () => {
  for (let first = 0; first <= BYTES.length; first++) {
    for (let second = first; second <= BYTES.length; second += 7) {
      const seen: unknown[] = [];
      const split = watchEventSplitter<KubernetesObject>((event) => seen.push(event));
      for (const chunk of [BYTES.subarray(0, first), BYTES.subarray(first, second), BYTES.subarray(second)])
        split(chunk);
      expect(seen).toEqual(EVENTS);
    }
  }
});

test("an event is given as soon as its line ends, and an unfinished one is kept", () => {
  const seen: string[] = [];
  const split = watchEventSplitter<KubernetesObject>((event) => seen.push(event.type));
  split(BYTES.subarray(0, -3));
  expect(seen).toEqual(["ADDED"]);
});

test("a line that is not JSON is an expired watch", () => {
  const split = watchEventSplitter(() => {});
  expect(() => split(Buffer.from("<html>\n"))).toThrow(expect.objectContaining({ name: "ApiError", kind: "expired" }));
});

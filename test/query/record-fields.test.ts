import { describe, expect, test } from "vitest";
import { coreField, fieldOf } from "../../src/query/record-fields.ts";
import { lineRecord } from "../support/line-record.ts";

describe("a field's value", () => {
  const line = '{"level":"WARN","msg":"hi","tags":["a",1],"http":{"path":"/x"},"none":null,"empty":""}';
  const record = lineRecord(line, { namespace: "shop", labels: { tier: "web" } }, Date.parse("2026-11-21T10:00:00Z"));

  test.each([
    ["ts", "2026-11-21T10:00:00.000000000Z"],
    ["lvl", "warn"],
    ["attrs.level", "WARN"],
    ["message", "hi"],
    ["ns", "shop"],
    ["pod", undefined],
    ["tags", ["a", 1]],
    ["http", { path: "/x" }],
    ["http.path", "/x"],
    ["none", undefined],
    ["empty", ""],
    ["tier", "web"],
    ["labels.tier", "web"],
    ["source", "stdin"],
    ["restart", undefined],
    ["__proto__", undefined],
    ["toString", undefined],
    ["constructor.name", undefined],
    ["labels.constructor", undefined],
  ])("named %s is %j", (name, expected) => {
    expect(fieldOf(record, name)).toEqual(expected);
  });

  test("is the whole line for the message of plain text", () => {
    expect(fieldOf(lineRecord("\u001b[1mplain\u001b[0m text"), "message")).toBe("plain text");
  });
});

describe("a core field", () => {
  test.each([
    ["ns", "namespace"],
    ["@timestamp", "ts"],
    ["k8s_pod", "pod"],
    ["severity", "level"],
    ["container_image", "image"],
    // What lines have too under this name.
    ["path", undefined],
    ["host", undefined],
    ["user", undefined],
    ["constructor", undefined],
  ])("is meant by %s: %s", (name, expected) => {
    expect(coreField(name)).toBe(expected);
  });
});

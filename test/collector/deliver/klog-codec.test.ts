import { describe, expect, test } from "vitest";
import { LEVELS as LEVEL_ROWS } from "../../../assembly/encode-layout.ts";
import { createBatchMemory } from "../../../src/collector/decode/batch-memory.ts";
import { constantTail, KLOG_FIELDS, recordId } from "../../../src/collector/deliver/klog-codec.ts";
import type { LogOrigin } from "../../../src/collector/target.ts";
import { UNKNOWN_ORIGIN } from "../../../src/collector/target.ts";
import { LEVELS } from "../../../src/record/level.ts";
import { fill, generation, POD, ROW } from "./encoder-rows.ts";

/** The pairs of the tail in their order. */
function tail(origin: LogOrigin, tags: Record<string, string> = {}): [string, unknown][] {
  const text = Buffer.from(constantTail(generation(origin, tags))).toString();
  expect(text[0]).toBe(",");
  const object = JSON.parse(`{${text.slice(1)}0-00000000"}`);
  // As many keys in the text as in the object: none stands there twice.
  expect(text.match(/[,]"(?:[^"\\]|\\.)*":/g)!.length).toBe(Object.keys(object).length);
  return Object.entries(object);
}

const ID: [string, unknown] = ["log_id", "00c0ffee00c0ffee-1-0-00000000"];

describe("the fields that all records of a generation share", () => {
  test("are tags, then who wrote the log", () => {
    const origin = { ...POD, image: "app:1", dockerApp: "shop", dockerService: "web", dockerContainer: "shop_web_1" };
    expect(tail(origin, { team: "blue", tier: "front" })).toEqual([
      ["team", "blue"],
      ["tier", "front"],
      ["k8s_pod", POD.pod],
      ["k8s_pod_namespace", "shop"],
      ["k8s_node_name", "node-1"],
      ["k8s_container_name", "app"],
      ["k8s_pod_uid", POD.podUid],
      ["container_id", POD.containerId],
      ["restart", 2],
      ["container_image", "app:1"],
      ["docker_app", "shop"],
      ["docker_service", "web"],
      ["docker_container", "shop_web_1"],
      ID,
    ]);
  });

  test("name the file only where no pod or container does", () => {
    expect(tail({ ...UNKNOWN_ORIGIN, path: "/var/log/x.log" })).toEqual([["log.file.path", "/var/log/x.log"], ID]);
    expect(tail({ ...UNKNOWN_ORIGIN, containerId: "c", path: "/x" })).toEqual([["container_id", "c"], ID]);
  });

  test("leave out what is empty, and the restart of what is no pod", () => {
    expect(tail(UNKNOWN_ORIGIN, { a: "", "": "x" })).toEqual([ID]);
    expect(tail({ ...UNKNOWN_ORIGIN, dockerContainer: "db", restart: 3 })).toEqual([["docker_container", "db"], ID]);
    expect(tail({ ...UNKNOWN_ORIGIN, podUid: "u" })).toEqual([["k8s_pod_uid", "u"], ["restart", 0], ID]);
  });

  test("let no tag stand for one of klog's own fields", () => {
    const fake = Object.fromEntries([...KLOG_FIELDS].map((name) => [name, "fake"]));
    expect(tail(POD, fake)).toEqual(tail(POD));
    expect(tail(UNKNOWN_ORIGIN, fake)).toEqual([ID]);
  });

  test("hold any tag's text", () => {
    const tags = JSON.parse('{"__proto__":"p","a\\"b\\\\\\n\\u0001":"\\ud800 é 日 \\u2028\\"","K8S_pod":"x"}');
    expect(tail(UNKNOWN_ORIGIN, tags)).toEqual([...Object.entries(tags), ID]);
  });

  test("are computed once for a generation", () => {
    const of = generation(POD);
    expect(constantTail(of)).toBe(constantTail(of));
    expect(constantTail(generation(POD))).toEqual(constantTail(of));
  });
});

test("a record's id is generation, epoch, offset and checksum", () => {
  const { batch } = createBatchMemory(undefined);
  fill(batch, generation(POD), [
    ROW,
    { ...ROW, offset: Number.MAX_SAFE_INTEGER, checksum: 7 },
    { ...ROW, offset: 0, checksum: 0xffffffff },
  ]);
  expect([0, 1, 2].map((row) => recordId(batch, row))).toEqual([
    "00c0ffee00c0ffee-1-1024-0badcafe",
    "00c0ffee00c0ffee-1-9007199254740991-00000007",
    "00c0ffee00c0ffee-1-0-ffffffff",
  ]);
});

test("the module has room for a piece for each level", () => {
  expect(LEVEL_ROWS).toBe(LEVELS.length + 1);
});

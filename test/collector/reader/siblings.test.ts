import { expect, test } from "vitest";
import { siblingsOf } from "../../../src/collector/reader/siblings.ts";

const namesOf = (...args: Parameters<typeof siblingsOf>) => siblingsOf(...args).map(({ name }) => name);

test("the kubelet's files come oldest first, the live one last, half-made archives and strangers not at all", () => {
  const names = [
    "0.log",
    "0.log.20261121-104732",
    "0.log.20261121-101010.gz",
    "0.log.20261121-101010.gz.tmp",
    "0.log.20261121-104732.tmp",
    "1.log",
    "0.log.1",
    "0.log.gz",
  ];
  expect(namesOf(names, "0.log", "kubelet")).toEqual(["0.log.20261121-101010.gz", "0.log.20261121-104732", "0.log"]);
});

test("numbered files are older the higher the number, beyond nine too", () => {
  const names = ["a.log.2.gz", "a.log", "a.log.10.gz", "a.log.1", "a.log.9.gz"];
  expect(namesOf(names, "a.log", "docker")).toEqual(["a.log.10.gz", "a.log.9.gz", "a.log.2.gz", "a.log.1", "a.log"]);
});

test("logrotate's dates come in their order", () => {
  const names = ["a.log-20261121", "a.log", "a.log-20261120.gz", "a.log-20261120-1.gz", "a.log.bak", "a.logger"];
  expect(namesOf(names, "a.log", "logrotate")).toEqual([
    "a.log-20261120.gz",
    "a.log-20261120-1.gz",
    "a.log-20261121",
    "a.log",
  ]);
});

test("beside the file itself its archive is still being made", () => {
  expect(namesOf(["a.log", "a.log.1", "a.log.1.gz"], "a.log", "logrotate")).toEqual(["a.log.1", "a.log"]);
});

test("s6-log's archives come in the order of their stamps; lock and state are none", () => {
  const names = [
    "current",
    "lock",
    "state",
    "@400000005f5e1000abcdef01.u",
    "@400000005f5e0fffabcdef01.s",
    "previous",
    "@400000005f5e0fff.s",
  ];
  expect(namesOf(names, "current", "s6")).toEqual([
    "@400000005f5e0fffabcdef01.s",
    "@400000005f5e1000abcdef01.u",
    "previous",
    "current",
  ]);
});

test("a file of its own has no siblings, and may end in .gz itself", () => {
  expect(namesOf(["x.gz", "x.gz.1", "x"], "x.gz", "none")).toEqual(["x.gz"]);
});

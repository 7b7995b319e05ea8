import { expect, test } from "vitest";
import { sniffFormat } from "../../../src/collector/decode/sniff-format.ts";

const CRI = "2026-11-21T10:47:32.084933411Z stdout F message";
const DOCKER = '{"log":"message\\n","stream":"stdout","time":"2026-11-21T10:47:32.084933411Z"}';

test.each([
  [CRI, "cri"],
  [`${CRI}\n${DOCKER}\n`, "cri"],
  ["2026-11-21T10:47:32Z stderr P:x half", "cri"],
  [`${DOCKER}\n`, "docker"],
  ["@400000006919a2bd0511f8a3 message\n", "s6"],
  ["@400000006919a2bd0511f8a3\n", "s6"],
  ["INFO a line of its own\n", "plain"],
  ["", "plain"],
  ['{"log":"an application\'s own JSON"}\n', "plain"],
  ['{"level":"info","time":"2026-11-21T10:47:32Z"}\n', "plain"],
  ["2026-11-21 10:47:32 INFO message\n", "plain"],
  ["@400000006919a2bd0511f8a3z message\n", "plain"],
] as const)("the format of %j is %s", (text, format) => {
  expect(sniffFormat(Buffer.from(text))).toBe(format);
});

test("a torn first line does not decide", () => {
  expect(sniffFormat(Buffer.from(`933411Z stdout F torn\n${CRI}\n`))).toBe("cri");
  expect(sniffFormat(Buffer.from(`"stdout"}\n${DOCKER}\n`))).toBe("docker");
});

test("a line far behind the beginning does not decide", () => {
  expect(sniffFormat(Buffer.from(`${"application line\n".repeat(20)}${CRI}\n`))).toBe("plain");
});

import { afterEach, expect, test } from "vitest";
import { systemZone } from "../../../src/collector/decode/local-times.ts";

const zone = process.env["TZ"];
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

const clock = (text: string) => Date.parse(`${text}Z`) / 1000;

test.each([
  ["UTC", "2026-11-21T10:47:32", "2026-11-21T10:47:32Z"],
  ["Asia/Shanghai", "2026-11-21T10:47:32", "2026-11-21T10:47:32+08:00"],
  ["America/New_York", "2026-07-01T10:00:00", "2026-07-01T10:00:00-04:00"],
  ["America/New_York", "2026-12-01T10:00:00", "2026-12-01T10:00:00-05:00"],
  ["UTC", "0050-01-01T00:00:00", "0050-01-01T00:00:00Z"],
])("in %s the clock's %s is %s", (name, local, instant) => {
  process.env["TZ"] = name;
  expect(systemZone(clock(local))).toBe(Date.parse(instant) / 1000);
});

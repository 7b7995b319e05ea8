import { expect, test } from "vitest";
import { rotationBase } from "../../../src/collector/discovery/rotated-names.ts";
import { siblingsOf } from "../../../src/collector/reader/siblings.ts";

const ALONE = () => false;

test.each([
  ["app.log.1", "app.log"],
  ["app.log.12.gz", "app.log"],
  ["app.log-20261121", "app.log"],
  ["app.log-20261121.gz", "app.log"],
  ["app.log.20261121-104732.gz", "app.log"],
  ["app.log-2026112110", "app.log"],
])("%s is an older part of %s, and the reader takes it for one", (name, base) => {
  expect(rotationBase(name, ALONE)).toBe(base);
  expect(siblingsOf([name], base, "logrotate").map((sibling) => sibling.name)).toEqual([name]);
});

test.each(["app.log", "app-20261121.log", "app.log.gz", "v1.2", "app.log.old", "20261121", "app.log.1.tmp"])(
  "%s is a log of its own",
  (name) => {
    expect(rotationBase(name, ALONE)).toBeUndefined();
  },
);

test("a name without an extension has older parts when it is there itself", () => {
  expect(rotationBase("syslog.1", (name) => name === "syslog")).toBe("syslog");
});

test("an older part in a format that nobody here reads is no log of its own either", () => {
  expect(rotationBase("app.log.2.xz", ALONE)).toBe("app.log");
});

import { expect, test } from "vitest";
import { SharedListing } from "../../../src/collector/reader/shared-listing.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";
import { targetOf } from "./rig.ts";

function setUp() {
  const world = { now: 1_790_000_000_000, listings: 0 };
  const fs = new ModelFileSystem({ clock: () => world.now });
  fs.beforeCall = (name) => {
    if (name === "list") world.listings++;
  };
  for (const name of ["b.log", "a.log.1", "a.log", "ab.log", "a.log.2.gz", "@4000.s", "current"]) {
    fs.append(`/logs/${name}`, "x");
  }
  const listing = new SharedListing(fs, () => world.now);
  const names = (file: string, style: "logrotate" | "s6" = "logrotate") =>
    listing.of(targetOf(style, file, "beginning", "/logs"))?.map(({ name }) => name);
  return { world, fs, names };
}

test("a log sees what begins with its name; one of s6 everything", () => {
  const { names } = setUp();
  expect(names("a.log")).toEqual(["a.log", "a.log.1", "a.log.2.gz"]);
  expect(names("b.log")).toEqual(["b.log"]);
  expect(names("z.log")).toEqual([]);
  expect(names("current", "s6")?.length).toBe(7);
});

test("an old directory is listed once, until it changes", () => {
  const { world, fs, names } = setUp();
  world.now += 10_000;
  for (const file of ["a.log", "b.log", "a.log"]) names(file);
  world.now += 60_000;
  names("a.log");
  expect(world.listings).toBe(1);
  fs.append("/logs/a.log.3", "x");
  expect(names("a.log")).toContain("a.log.3");
});

test("one that has just changed may change again under the same time: its listing is not believed for long", () => {
  const { world, names } = setUp();
  names("a.log");
  names("b.log");
  expect(world.listings).toBe(1);
  world.now += 100;
  names("a.log");
  expect(world.listings).toBe(2);
});

test("where no directory is there, nothing is", () => {
  const { fs } = setUp();
  const listing = new SharedListing(fs, () => 0);
  expect(listing.of(targetOf("none", "a.log", "beginning", "/none"))).toBeUndefined();
});

import { describe, expect, test } from "vitest";
import { S6Tree } from "../../../src/collector/discovery/s6-tree.ts";
import { ids, World } from "./world.ts";

const LOG = "/data/logs/shop/web/web-0/log";
const ARCHIVE = "@4000000065a1b2c3075bcd15.s";

function setUp(template = "{namespace}/{app}/{pod}") {
  const world = new World();
  return { world, s6: new S6Tree(world, { root: "/data/logs", template, node: "n1", now: world.nowMs }) };
}

describe("s6-log's directories", () => {
  test("are found with the names of their path", () => {
    const { world, s6 } = setUp();
    world.append(`${LOG}/current`, "x");
    world.append(`${LOG}/lock`, "");
    world.append(`${LOG}/${ARCHIVE}`, "x");
    expect(s6.scan()).toMatchObject([
      {
        id: `s6${LOG}`,
        directory: LOG,
        file: "current",
        siblings: "s6",
        format: "s6",
        tags: { app: "web" },
        origin: { node: "n1", namespace: "shop", pod: "web-0", container: "web", path: `${LOG}/current` },
      },
    ]);
  });

  test.each([
    ["current and lock", ["current", "lock"], true],
    ["current and state", ["current", "state"], true],
    ["only archives, between two of its files", [ARCHIVE], true],
    ["current alone", ["current"], false],
    ["an application's own files", ["app.log", "lock"], false],
  ])("are told by %s", (_what, files, expected) => {
    const { world, s6 } = setUp();
    for (const name of files) world.append(`${LOG}/${name}`, "");
    expect(s6.scan()).toHaveLength(expected ? 1 : 0);
  });

  test("may lie at the template's end or up to two levels below, and nowhere above", () => {
    const { world, s6 } = setUp();
    for (const path of ["a/b/c", "a/b/d/log", "a/b/e/log/default", "a/b/f/1/2/3", "a/b"]) {
      world.append(`/data/logs/${path}/current`, "");
      world.append(`/data/logs/${path}/lock`, "");
    }
    expect(ids(s6.scan())).toEqual(["s6/data/logs/a/b/c", "s6/data/logs/a/b/d/log", "s6/data/logs/a/b/e/log/default"]);
  });

  test("follow a template of one's own", () => {
    const { world, s6 } = setUp("{team}/*/{pod}");
    world.append(`${LOG}/current`, "");
    world.append(`${LOG}/lock`, "");
    expect(s6.scan()).toMatchObject([
      { tags: { team: "shop" }, origin: { namespace: "", pod: "web-0", container: "" } },
    ]);
  });

  test("are not reached through links out of the root", () => {
    const { world, s6 } = setUp();
    world.append("/etc/s6/current", "");
    world.append("/etc/s6/lock", "");
    world.directory("/data/logs/shop/web");
    world.symlink("/etc/s6", "/data/logs/shop/web/web-1");
    expect(s6.scan()).toEqual([]);
  });
});

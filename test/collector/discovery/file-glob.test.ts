import { describe, expect, test } from "vitest";
import { FileGlob, type FileGlobOptions } from "../../../src/collector/discovery/file-glob.ts";
import { CONTAINER_ID, DOCKER_LOG, ids, POD, World } from "./world.ts";

function setUp(paths: readonly string[], more: Partial<FileGlobOptions> = {}) {
  const world = new World();
  world.directory("/var/log");
  const options: FileGlobOptions = {
    paths,
    exclude: [],
    maxDepth: 10,
    followLinks: false,
    format: "auto",
    node: "n1",
    now: world.nowMs,
    ...more,
  };
  return { world, glob: new FileGlob(world, options) };
}

describe("files of the host", () => {
  test("are found by pattern, with the siblings of logrotate", () => {
    const { world, glob } = setUp(["/var/log/*.log"]);
    world.append("/var/log/a.log", "x");
    world.append("/var/log/b.txt", "x");
    world.append("/var/log/sub/c.log", "x");
    expect(glob.scan()).toMatchObject([
      {
        id: "file/var/log/a.log",
        directory: "/var/log",
        file: "a.log",
        siblings: "logrotate",
        format: "auto",
        origin: { node: "n1", path: "/var/log/a.log" },
      },
    ]);
  });

  test("come before links to them, so that a link that is made later does not give them another name", () => {
    const { world, glob } = setUp(["/var/log/**/*.log"]);
    world.append("/var/log/app/today.log", "x");
    glob.scan();
    world.settle();
    world.symlink("app/today.log", "/var/log/current.log");
    expect(ids(glob.scan())).toEqual(["file/var/log/app/today.log", "file/var/log/current.log"]);
  });

  test("are found by a plain path too, as soon as they are there", () => {
    const { world, glob } = setUp(["/srv/app/out.log"]);
    expect(glob.scan()).toEqual([]);
    world.append("/srv/app/out.log", "x");
    expect(ids(glob.scan())).toEqual(["file/srv/app/out.log"]);
  });

  test("that were rotated are no targets of their own, even under *.log*", () => {
    const { world, glob } = setUp(["/var/log/*.log*"]);
    for (const name of ["app.log", "app.log.1", "app.log.2.gz", "app.log-20261121.gz", "gone.log.1"])
      world.append(`/var/log/${name}`, "x");
    expect(glob.scan().map(({ file, siblings }) => `${file} ${siblings}`)).toEqual([
      "app.log logrotate",
      "gone.log logrotate",
    ]);
  });

  test("that were just rotated away are known by what remains", () => {
    const { world, glob } = setUp(["/var/log/*.log"]);
    world.append("/var/log/app.log", "x");
    world.settle();
    const before = glob.scan();
    world.move("/var/log/app.log", "/var/log/app.log.1");
    expect(glob.scan()).toEqual(before);
  });

  test("of which somebody wants an older part alone have no siblings", () => {
    const { world, glob } = setUp(["/var/log/app.log.1"]);
    world.append("/var/log/app.log", "x");
    world.append("/var/log/app.log.1", "x");
    expect(glob.scan()).toMatchObject([{ file: "app.log.1", siblings: "none" }]);
  });

  test("that two patterns find are one target", () => {
    const { world, glob } = setUp(["/var/log/*.log", "/var/log/{app,other}.log", "/var/**/app.log"]);
    world.append("/var/log/app.log", "x");
    expect(ids(glob.scan())).toEqual(["file/var/log/app.log"]);
  });

  test("are found at any depth up to the limit", () => {
    const { world, glob } = setUp(["/var/log/**/*.log"], { maxDepth: 2 });
    for (const path of ["0.log", "a/1.log", "a/b/2.log", "a/b/c/3.log"]) world.append(`/var/log/${path}`, "x");
    expect(ids(glob.scan())).toEqual(["file/var/log/0.log", "file/var/log/a/1.log", "file/var/log/a/b/2.log"]);
  });

  test("are left out by name, by path, and with the directory that holds them", () => {
    const { world, glob } = setUp(["/var/log/**/*.log"], {
      exclude: ["debug*", "/var/log/private", "/var/log/*/x.log"],
    });
    for (const path of ["a.log", "debug.log", "private/b.log", "private/c/d.log", "e/x.log", "e/y.log"])
      world.append(`/var/log/${path}`, "x");
    expect(ids(glob.scan())).toEqual(["file/var/log/a.log", "file/var/log/e/y.log"]);
  });

  test("are never FIFOs, devices or sockets, nor links to them", () => {
    const { world, glob } = setUp(["/var/log/*.log"]);
    world.special("/var/log/pipe.log");
    world.symlink("/var/log/pipe.log", "/var/log/link.log");
    expect(glob.scan()).toEqual([]);
  });

  test("are found where a link in the pattern's plain part leads", () => {
    const { world, glob } = setUp(["/data/logs/*.log"]);
    world.append("/mnt/big/a.log", "x");
    world.directory("/data");
    world.symlink("/mnt/big", "/data/logs");
    expect(glob.scan()).toMatchObject([{ id: "file/data/logs/a.log", directory: "/mnt/big" }]);
  });

  test("are not reached by links that a workload could put beside its logs, unless the operator says so", () => {
    const make = (followLinks: boolean) => {
      const { world, glob } = setUp(["/data/logs/*/*.log"], { followLinks });
      world.append("/data/logs/web/a.log", "x");
      world.append("/etc/shadow", "secret");
      world.append("/etc/x.log", "secret");
      world.symlink("/etc/shadow", "/data/logs/web/b.log");
      world.symlink("/etc", "/data/logs/etc");
      world.symlink("/data/logs/web/a.log", "/data/logs/web/c.log");
      return ids(glob.scan());
    };
    expect(make(false)).toEqual(["file/data/logs/web/a.log", "file/data/logs/web/c.log"]);
    expect(make(true)).toEqual([
      "file/data/logs/etc/x.log",
      "file/data/logs/web/a.log",
      "file/data/logs/web/b.log",
      "file/data/logs/web/c.log",
    ]);
  });

  test("are not searched in a circle of links", () => {
    const { world, glob } = setUp(["/var/log/**/*.log"]);
    world.append("/var/log/a/x.log", "x");
    world.symlink("/var/log", "/var/log/a/up");
    expect(ids(glob.scan())).toEqual(["file/var/log/a/x.log"]);
  });

  test("take names and tags from the parts of the path that the pattern names", () => {
    const { world, glob } = setUp(["/data/logs/{namespace}/{app}/{pod}/log/*.log"]);
    world.append("/data/logs/shop/web/web-0/log/access.log", "x");
    expect(glob.scan()).toMatchObject([
      { tags: { app: "web" }, origin: { namespace: "shop", pod: "web-0", container: "web" } },
    ]);
  });

  test("that are a runtime's logs are rotated and written as the runtime does", () => {
    const { world, glob } = setUp(["/var/log/pods/*/*/*.log", "/var/lib/docker/containers/*/*.log"]);
    world.append(`${POD}/app/0.log`, "x");
    world.append(DOCKER_LOG, "x");
    expect(glob.scan()).toMatchObject([
      { siblings: "kubelet", format: "cri" },
      { siblings: "docker", format: "docker", origin: { containerId: CONTAINER_ID } },
    ]);
  });

  test("have the format that the input says", () => {
    const { world, glob } = setUp(["/var/log/*.log"], { format: "plain" });
    world.append("/var/log/a.log", "x");
    expect(glob.scan()[0]?.format).toBe("plain");
  });

  test("keep their objects while nothing changes", () => {
    const { world, glob } = setUp(["/var/log/**/*.log"]);
    world.append("/var/log/a/x.log", "x");
    world.settle();
    const first = glob.scan();
    expect(glob.scan()).toBe(first);
    world.append("/var/log/a/y.log", "x");
    expect(glob.scan()[0]).toBe(first[0]);
  });

  test("are watched for where no log is yet", () => {
    const { world, glob } = setUp(["/var/log/*/*.log"]);
    world.append("/var/log/full/x.log", "x");
    world.directory("/var/log/empty");
    glob.scan();
    expect(glob.watched()).toEqual(["/var/log", "/var/log/empty"]);
  });
});

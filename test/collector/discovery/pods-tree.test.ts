import { describe, expect, test } from "vitest";
import { PodsTree } from "../../../src/collector/discovery/pods-tree.ts";
import { CONTAINER_ID, DOCKER_LOG, ids, POD, World } from "./world.ts";

function setUp() {
  const world = new World();
  world.directory("/var/log/pods");
  const options = { root: "/var/log/pods", links: "/var/log/containers", node: "n1", now: world.nowMs };
  return { world, pods: new PodsTree(world, options) };
}

describe("the tree of pods", () => {
  test("gives one target for each instance of a container, with the names of the path", () => {
    const { world, pods } = setUp();
    world.append(`${POD}/app/0.log`, "x");
    world.append(`${POD}/app/1.log`, "x");
    world.append(`${POD}/side/0.log`, "x");
    expect(ids(pods.scan())).toEqual([
      "pod/6f1d3f4e-0001/app/0",
      "pod/6f1d3f4e-0001/app/1",
      "pod/6f1d3f4e-0001/side/0",
    ]);
    expect(pods.scan()[1]).toMatchObject({
      directory: `${POD}/app`,
      file: "1.log",
      siblings: "kubelet",
      format: "cri",
      origin: {
        node: "n1",
        namespace: "shop",
        pod: "web-0",
        podUid: "6f1d3f4e-0001",
        container: "app",
        restart: 1,
        path: `${POD}/app/1.log`,
      },
    });
  });

  test("knows an instance of which only rotated files remain, and takes rotated files for nothing of their own", () => {
    const { world, pods } = setUp();
    world.append(`${POD}/app/3.log.20261121-104732`, "x");
    world.append(`${POD}/app/2.log.20261121-104732.gz`, "x");
    world.append(`${POD}/app/4.log`, "x");
    world.append(`${POD}/app/4.log.20261121-104732`, "x");
    world.append(`${POD}/app/5.log.20261121-104732.tmp`, "x");
    expect(pods.scan().map(({ file }) => file)).toEqual(["2.log", "3.log", "4.log"]);
  });

  test("takes the hash that names a static pod's directory for its uid", () => {
    const { world, pods } = setUp();
    world.append("/var/log/pods/kube-system_etcd-n1_0b1c8a2d3e4f/etcd/0.log", "x");
    expect(pods.scan()[0]).toMatchObject({ id: "pod/0b1c8a2d3e4f/etcd/0", origin: { pod: "etcd-n1" } });
  });

  test("follows a link to Docker's file, which has Docker's format and names of rotated files", () => {
    const { world, pods } = setUp();
    world.append(DOCKER_LOG, "{}");
    world.directory(`${POD}/app`);
    world.symlink(DOCKER_LOG, `${POD}/app/0.log`);
    expect(pods.scan()[0]).toMatchObject({
      id: "pod/6f1d3f4e-0001/app/0",
      directory: DOCKER_LOG.slice(0, DOCKER_LOG.lastIndexOf("/")),
      file: `${CONTAINER_ID}-json.log`,
      siblings: "docker",
      format: "docker",
      origin: { containerId: CONTAINER_ID, path: `${POD}/app/0.log` },
    });
  });

  test("waits for the file that a link leads to", () => {
    const { world, pods } = setUp();
    world.directory(`${POD}/app`);
    world.symlink(DOCKER_LOG, `${POD}/app/0.log`);
    world.settle();
    expect(pods.scan()).toEqual([]);
    world.settle();
    world.append(DOCKER_LOG, "{}");
    expect(ids(pods.scan())).toEqual(["pod/6f1d3f4e-0001/app/0"]);
  });

  test("takes no FIFO, no directory, and no link to a device", () => {
    const { world, pods } = setUp();
    world.special(`${POD}/app/0.log`);
    world.directory(`${POD}/app/1.log`);
    world.special("/dev/x");
    world.symlink("/dev/x", `${POD}/app/2.log`);
    expect(pods.scan()).toEqual([]);
  });

  test("does not follow a link in place of a container's directory", () => {
    const { world, pods } = setUp();
    world.append("/etc/0.log", "secret");
    world.directory(POD);
    world.symlink("/etc", `${POD}/app`);
    expect(pods.scan()).toEqual([]);
  });

  test("ignores directories that are not named as a pod's", () => {
    const { world, pods } = setUp();
    world.append("/var/log/pods/lost+found/app/0.log", "x");
    world.append("/var/log/pods/a_b_c_d/app/0.log", "x");
    expect(pods.scan()).toEqual([]);
  });

  test("gives the same array and the same objects while nothing changes, and new ones beside the old when something comes", () => {
    const { world, pods } = setUp();
    world.append(`${POD}/app/0.log`, "x");
    world.settle();
    const first = pods.scan();
    expect(pods.scan()).toBe(first);
    world.append(`${POD}/app/1.log`, "x");
    const second = pods.scan();
    expect(second).toHaveLength(2);
    expect(second[0]).toBe(first[0]);
  });

  test("drops the targets of a pod that is gone", () => {
    const { world, pods } = setUp();
    world.append(`${POD}/app/0.log`, "x");
    world.append("/var/log/pods/shop_db-0_77/app/0.log", "x");
    pods.scan();
    world.move(POD, "/elsewhere");
    expect(ids(pods.scan())).toEqual(["pod/77/app/0"]);
  });

  test("wants its root, pods, and containers without a log watched, but no directory where every line would make an event", () => {
    const { world, pods } = setUp();
    world.append(`${POD}/app/0.log`, "x");
    world.directory(`${POD}/next`);
    pods.scan();
    expect(pods.watched()).toEqual(["/var/log/pods", POD, `${POD}/next`]);
  });

  test("is found where the root is a link, under the path that people know", () => {
    const { world, pods } = setUp();
    world.unlink("/var/log/pods");
    world.append("/data/pods/shop_web-0_1/app/0.log", "x");
    world.symlink("/data/pods", "/var/log/pods");
    expect(pods.scan()[0]).toMatchObject({
      directory: "/data/pods/shop_web-0_1/app",
      origin: { path: "/var/log/pods/shop_web-0_1/app/0.log" },
    });
  });
});

describe("the links of /var/log/containers", () => {
  const link = `/var/log/containers/web-0_shop_app-${CONTAINER_ID}.log`;

  test("lead to the same targets where the pods' tree is not there", () => {
    const { world, pods } = setUp();
    world.unlink("/var/log/pods");
    world.append("/data/pods/shop_web-0_1/app/2.log", "x");
    world.directory("/var/log/containers");
    world.symlink("/data/pods/shop_web-0_1/app/2.log", link);
    expect(pods.scan()).toMatchObject([
      {
        id: "pod/1/app/2",
        directory: "/data/pods/shop_web-0_1/app",
        siblings: "kubelet",
        origin: {
          namespace: "shop",
          pod: "web-0",
          container: "app",
          containerId: CONTAINER_ID,
          restart: 2,
          path: link,
        },
      },
    ]);
  });

  test("lead to Docker's file", () => {
    const { world, pods } = setUp();
    world.unlink("/var/log/pods");
    world.append(DOCKER_LOG, "{}");
    world.directory("/var/log/containers");
    world.symlink(DOCKER_LOG, link);
    expect(pods.scan()).toMatchObject([{ id: `docker/${CONTAINER_ID}`, format: "docker", origin: { pod: "web-0" } }]);
  });

  test("are not read beside the tree", () => {
    const { world, pods } = setUp();
    world.append(DOCKER_LOG, "{}");
    world.directory("/var/log/containers");
    world.symlink(DOCKER_LOG, link);
    expect(pods.scan()).toEqual([]);
  });
});

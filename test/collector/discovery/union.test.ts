import { expect, test } from "vitest";
import { DockerTree } from "../../../src/collector/discovery/docker-tree.ts";
import { FileGlob } from "../../../src/collector/discovery/file-glob.ts";
import type { TargetDiscovery } from "../../../src/collector/discovery/found-target.ts";
import { PodsTree } from "../../../src/collector/discovery/pods-tree.ts";
import { Union } from "../../../src/collector/discovery/union.ts";
import { CONTAINER_ID, DOCKER, DOCKER_LOG, ids, POD, World } from "./world.ts";

function podsTree(world: World, root = "/var/log/pods"): TargetDiscovery {
  return new PodsTree(world, { root, links: undefined, node: "n1", now: world.nowMs });
}

function dockerTree(world: World): TargetDiscovery {
  return new DockerTree(world, { root: DOCKER, node: "n1", now: world.nowMs });
}

function files(world: World, ...paths: string[]): TargetDiscovery {
  const options = { paths, exclude: [], maxDepth: 10, followLinks: true, format: "auto", node: "n1" } as const;
  return new FileGlob(world, { ...options, now: world.nowMs });
}

function dockerPod(world: World): void {
  world.append(DOCKER_LOG, "{}");
  world.directory(`${POD}/app`);
  world.symlink(DOCKER_LOG, `${POD}/app/0.log`);
  world.append(
    `${DOCKER}/${CONTAINER_ID}/config.v2.json`,
    JSON.stringify({ Name: "/k8s_app_web", Config: { Image: "nginx:1", Labels: { tier: "front" }, Env: ["A=1"] } }),
  );
}

test("a log that the pods' tree, Docker's directories and a pattern reach is one target, named by the pod, with Docker's names", () => {
  const world = new World();
  dockerPod(world);
  const union = new Union(world, [
    podsTree(world),
    dockerTree(world),
    files(world, "/var/lib/docker/**/*.log", "/var/log/**/*.log"),
  ]);
  expect(union.scan()).toMatchObject([
    {
      id: "pod/6f1d3f4e-0001/app/0",
      way: "pods",
      directory: `${DOCKER}/${CONTAINER_ID}`,
      origin: {
        namespace: "shop",
        pod: "web-0",
        containerId: CONTAINER_ID,
        dockerContainer: "k8s_app_web",
        image: "nginx:1",
        labels: { tier: "front" },
        path: `${POD}/app/0.log`,
      },
      facts: { containerLabels: { tier: "front" }, env: { A: "1" } },
    },
  ]);
  expect(union.scan()).toHaveLength(1);
});

test("the merged target is the same object while its parts are", () => {
  const world = new World();
  dockerPod(world);
  world.settle();
  const union = new Union(world, [podsTree(world), dockerTree(world)]);
  const first = union.scan();
  expect(union.scan()).toBe(first);
  world.append("/var/log/pods/shop_db-0_2/app/0.log", "x");
  const second = union.scan();
  expect(second).toHaveLength(2);
  expect(second).toContain(first[0]);
});

test("hard links to one file are one target", () => {
  const world = new World();
  world.append("/srv/a/app.log", "x");
  world.directory("/srv/b");
  world.hardLink("/srv/a/app.log", "/srv/b/copy.log");
  const union = new Union(world, [files(world, "/srv/a/*.log"), files(world, "/srv/b/*.log")]);
  expect(ids(union.scan())).toEqual(["file/srv/a/app.log"]);
});

test("a log whose inode number was another's before is not taken for the other", () => {
  const world = new World();
  world.append("/srv/a/app.log", "x");
  world.directory("/srv/b");
  const union = new Union(world, [files(world, "/srv/a/*.log"), files(world, "/srv/b/*.log")]);
  union.scan();
  const inode = world.inodeNumber("/srv/a/app.log");
  world.move("/srv/a/app.log", "/srv/a/app.log.1");
  world.append("/srv/a/app.log", "y");
  world.unlink("/srv/a/app.log.1");
  world.nextInode = inode;
  world.append("/srv/b/new.log", "z");
  expect(world.inodeNumber("/srv/b/new.log")).toBe(inode);
  expect(ids(union.scan())).toEqual(["file/srv/a/app.log", "file/srv/b/new.log"]);
});

test("two names in one directory stay two targets, whatever their content", () => {
  const world = new World();
  world.append("/srv/a/1.log", "same");
  world.append("/srv/a/2.log", "same");
  const union = new Union(world, [files(world, "/srv/a/1.log"), files(world, "/srv/a/*.log")]);
  expect(ids(union.scan())).toEqual(["file/srv/a/1.log", "file/srv/a/2.log"]);
});

test("when the pod's link goes before Docker's file, the target keeps its id", () => {
  const world = new World();
  dockerPod(world);
  const config = `${DOCKER}/${CONTAINER_ID}/config.v2.json`;
  world.unlink(config);
  const Labels = {
    "io.kubernetes.pod.uid": "6f1d3f4e-0001",
    "io.kubernetes.pod.name": "web-0",
    "io.kubernetes.pod.namespace": "shop",
    "io.kubernetes.container.name": "app",
  };
  world.append(config, JSON.stringify({ Name: "/k8s_app_web", Config: { Labels } }));
  const union = new Union(world, [podsTree(world), dockerTree(world)]);
  const before = ids(union.scan());
  world.unlink(`${POD}/app/0.log`);
  expect(ids(union.scan())).toEqual(before);
});

test("asks for each directory to be watched once, and passes on what could not be looked at", () => {
  const world = new World();
  world.directory("/srv/a");
  const union = new Union(world, [files(world, "/srv/a/*.log"), files(world, "/srv/a/*.txt")]);
  union.scan();
  expect(union.watched()).toEqual(["/srv/a"]);
  expect(union.problems()).toEqual([]);
});

import { describe, expect, test } from "vitest";
import { DockerTree } from "../../../src/collector/discovery/docker-tree.ts";
import { CONTAINER_ID, DOCKER, DOCKER_LOG, ids, World } from "./world.ts";

const CONFIG = `${DOCKER}/${CONTAINER_ID}/config.v2.json`;
const SANDBOX_ID = "cd".repeat(32);

function setUp() {
  const world = new World();
  world.directory(DOCKER);
  return { world, docker: new DockerTree(world, { root: DOCKER, node: "n1", now: world.nowMs }) };
}

/** As Docker does it: another file under the same name. */
function writeConfig(world: World, path: string, config: object): void {
  world.append(`${path}.new`, JSON.stringify(config));
  world.move(`${path}.new`, path);
}

function config(labels: Record<string, string>, more: object = {}) {
  return {
    ID: CONTAINER_ID,
    Name: "/web",
    Config: { Image: "nginx:1", Labels: labels, Env: ["A=1", "B=x=y", "C"] },
    ...more,
  };
}

describe("Docker's directories", () => {
  test("give a container's log with its name, image, labels and environment", () => {
    const { world, docker } = setUp();
    world.append(DOCKER_LOG, "{}");
    writeConfig(world, CONFIG, config({ tier: "front" }));
    expect(docker.scan()).toMatchObject([
      {
        id: `docker/${CONTAINER_ID}`,
        directory: `${DOCKER}/${CONTAINER_ID}`,
        file: `${CONTAINER_ID}-json.log`,
        siblings: "docker",
        format: "docker",
        origin: {
          containerId: CONTAINER_ID,
          dockerContainer: "web",
          image: "nginx:1",
          labels: { tier: "front" },
          dockerApp: "",
          pod: "",
          path: DOCKER_LOG,
        },
        facts: { containerLabels: { tier: "front" }, env: { A: "1", B: "x=y" }, podLabels: undefined },
      },
    ]);
  });

  test.each([
    [{ "com.docker.compose.project": "p", "com.docker.compose.service": "s" }, "p", "s"],
    [
      {
        "com.docker.compose.project": "p",
        "com.docker.compose.service": "s",
        "com.docker.stack.namespace": "stack",
        "com.docker.swarm.service.name": "swarm",
      },
      "stack",
      "swarm",
    ],
  ])("name application and service as log-pilot does (%j)", (labels, dockerApp, dockerService) => {
    const { world, docker } = setUp();
    world.append(DOCKER_LOG, "{}");
    writeConfig(world, CONFIG, config(labels));
    expect(docker.scan()[0]?.origin).toMatchObject({ dockerApp, dockerService });
  });

  test("give the pod of a container that Kubernetes made, under the id that the pods' tree gives", () => {
    const { world, docker } = setUp();
    world.append(DOCKER_LOG, "{}");
    writeConfig(
      world,
      CONFIG,
      config({
        "io.kubernetes.pod.name": "web-0",
        "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.pod.uid": "u1",
        "io.kubernetes.container.name": "app",
        "io.kubernetes.sandbox.id": SANDBOX_ID,
        "annotation.io.kubernetes.container.restartCount": "2",
        own: "1",
      }),
    );
    world.append(`${DOCKER}/${SANDBOX_ID}/${SANDBOX_ID}-json.log`, "");
    writeConfig(world, `${DOCKER}/${SANDBOX_ID}/config.v2.json`, {
      Name: "/k8s_POD",
      Config: {
        Labels: {
          app: "shop",
          "io.kubernetes.docker.type": "podsandbox",
          "io.kubernetes.pod.uid": "u1",
          "io.kubernetes.container.name": "POD",
        },
      },
    });
    expect(docker.scan()).toMatchObject([
      {
        id: "pod/u1/app/2",
        origin: { namespace: "shop", pod: "web-0", podUid: "u1", container: "app", restart: 2 },
        facts: { podLabels: { app: "shop" } },
      },
    ]);
    expect(docker.scan()[0]?.origin.labels).toEqual({ app: "shop", own: "1" });
  });

  test("are waited for while the config is torn, for 10 s; then the log goes without names", () => {
    const { world, docker } = setUp();
    world.append(DOCKER_LOG, "{}");
    world.append(CONFIG, '{"Name":"/we');
    expect(docker.scan()).toEqual([]);
    world.time += 9_000;
    expect(docker.scan()).toEqual([]);
    world.time += 2_000;
    expect(docker.scan()).toMatchObject([{ id: `docker/${CONTAINER_ID}`, origin: { dockerContainer: "" } }]);
  });

  test("give the names as soon as the config is whole", () => {
    const { world, docker } = setUp();
    world.append(DOCKER_LOG, "{}");
    world.append(CONFIG, '{"Name":"/we');
    docker.scan();
    writeConfig(world, CONFIG, config({}));
    expect(docker.scan()[0]?.origin.dockerContainer).toBe("web");
  });

  test("are read again when Docker has written the config anew, and only then", () => {
    const { world, docker } = setUp();
    world.append(DOCKER_LOG, "{}");
    writeConfig(world, CONFIG, config({}));
    world.settle();
    const first = docker.scan();
    expect(docker.scan()).toBe(first);
    writeConfig(world, CONFIG, config({}, { Name: "/renamed" }));
    expect(docker.scan()[0]?.origin.dockerContainer).toBe("renamed");
  });

  test("give the log of a container without any config", () => {
    const { world, docker } = setUp();
    world.append(DOCKER_LOG, "{}");
    expect(ids(docker.scan())).toEqual([`docker/${CONTAINER_ID}`]);
  });

  test("give a log of which only rotated files remain, and none where Docker logs elsewhere", () => {
    const { world, docker } = setUp();
    world.append(`${DOCKER_LOG}.1`, "{}");
    world.append(`${DOCKER}/${SANDBOX_ID}/config.v2.json`, "{}");
    world.append(`${DOCKER}/${SANDBOX_ID}/local-logs/container.log`, "x");
    expect(docker.scan()).toMatchObject([{ file: `${CONTAINER_ID}-json.log` }]);
  });

  test("are watched until the log is there", () => {
    const { world, docker } = setUp();
    world.directory(`${DOCKER}/${CONTAINER_ID}`);
    docker.scan();
    expect(docker.watched()).toEqual([DOCKER, `${DOCKER}/${CONTAINER_ID}`]);
    world.append(DOCKER_LOG, "{}");
    docker.scan();
    expect(docker.watched()).toEqual([DOCKER]);
  });

  test("survive any text in place of a config", () => {
    const { world, docker } = setUp();
    world.append(DOCKER_LOG, "{}");
    writeConfig(world, CONFIG, [1, { Config: null }]);
    world.settle();
    expect(ids(docker.scan())).toEqual([`docker/${CONTAINER_ID}`]);
  });
});

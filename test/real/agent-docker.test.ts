// The logs of a real Docker daemon, collected while it rotates them: every numbered line once, with the container's names.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { waitFor } from "../services/cluster.ts";
import { type Docker, startDocker } from "../services/docker.ts";
import { AgentRig, collecting, killed, stopped } from "./support/agent.ts";
import { pause } from "./support/agent-logs.ts";
import { type Delivered, delivered, numberIn } from "./support/agent-store.ts";

/** Small, so that a container of 20 s is rotated a few times a second. */
const ROTATED = ["--log-opt", "max-size=100k", "--log-opt", "max-file=3"];
/** The names carry it, so that a test knows its own containers. */
const RUN = `klog-${process.pid}`;

let docker: Docker;

beforeAll(async () => {
  docker = await startDocker();
});

afterEach(async () => {
  const ids = (await docker.docker(["ps", "--all", "--quiet", "--filter", `name=${RUN}`])).split("\n").filter(Boolean);
  if (ids.length > 0) await docker.docker(["rm", "--force", ...ids]);
});

afterAll(async () => {
  await docker?.down();
});

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

function agentArgs(rig: AgentRig): readonly string[] {
  return ["--docker-dir", docker.containers, "--state-dir", rig.state, "--sink", `store:${rig.store}`];
}

async function ended(...names: string[]): Promise<void> {
  for (const name of names) await docker.docker(["wait", name]);
}

function byContainer(rows: readonly Omit<Delivered, "message">[]): Set<string> {
  return new Set(rows.map(({ origin }) => origin.dockerContainer));
}

test("numbered lines of containers that rotate arrive once and in order, over a kill of the agent", async () => {
  await using rig = new AgentRig("docker");
  const LINES = 12_000;
  const produce = (name: string, ...more: string[]) =>
    docker.run(
      [
        ...["--name", `${RUN}-${name}`],
        ...ROTATED,
        ...["-e", "RATE=1000", "-e", `TOTAL=${LINES}`, "-e", "THEN=exit"],
        ...more,
      ],
      ["produce"],
    );
  const compose = ["--label", "com.docker.compose.project=shop", "--label", "com.docker.compose.service=web"];
  let agent = rig.start({ args: agentArgs(rig) });
  await collecting(agent);
  const ids = [
    await produce("web", ...compose),
    await produce("plain"),
    await produce("later", "--label", "team=blue"),
  ];
  for (let kill = 0; kill < 4; kill++) {
    await pause(2500);
    await killed(agent);
    agent = rig.start({ args: agentArgs(rig) });
  }
  await ended(...ids);
  const logs = ids.map((id) => join(docker.containers, id));
  for (const directory of logs) {
    expect(readdirSync(directory).filter((name) => /-json\.log\.\d$/.test(name))).toHaveLength(2);
  }
  await waitFor("all lines", async () => (delivered(rig.store).length >= 3 * LINES ? true : undefined), {
    everyMs: 1000,
  });
  expect((await stopped(agent)).code).toBe(0);

  const rows = delivered(rig.store);
  for (const [i, name] of ["web", "plain", "later"].entries()) {
    const own = rows.filter(({ origin }) => origin.containerId === ids[i]);
    expect(
      own.map(({ message }) => numberIn(message)),
      name,
    ).toEqual(upTo(LINES));
    expect([...byContainer(own)]).toEqual([`${RUN}-${name}`]);
    expect(new Set(own.map(({ stream }) => stream))).toEqual(new Set(["stdout"]));
  }
  const { origin } = rows.find(({ origin }) => origin.containerId === ids[0])!;
  expect(origin).toMatchObject({ dockerApp: "shop", dockerService: "web", image: "busybox:test" });
  expect(rows).toHaveLength(3 * LINES);
  // That it was rotated more often than files are kept is what the test is about.
  expect(new Set(rows.map(({ generation: { id, epoch } }) => `${id} ${epoch}`)).size).toBeGreaterThan(9);
}, 180_000);

test("long lines, both streams, escapes and strange bytes of Docker are what the program wrote", async () => {
  await using rig = new AgentRig("docker-lines");
  const script = [
    "head -c 40000 /dev/zero | tr '\\0' x; echo",
    "printf 'tab\\there \"quoted\" back\\\\slash <tag> \\342\\202\\254\\n'",
    "echo to stderr >&2",
    "sleep 0.2; printf 'no end'",
  ].join("; ");
  const id = await docker.run(["--name", `${RUN}-lines`, ...ROTATED], ["sh", "-c", script]);
  await ended(id);
  const { code, stderr } = await rig.once({ args: agentArgs(rig) });
  expect(code, stderr).toBe(0);
  const own = delivered(rig.store).filter(({ origin }) => origin.containerId === id);
  const texts = (stream: string) =>
    own.filter((row) => row.stream === stream).map(({ message }) => message.toString("utf8"));
  expect(texts("stdout")).toEqual(["x".repeat(40_000), 'tab\there "quoted" back\\slash <tag> €', "no end"]);
  expect(texts("stderr")).toEqual(["to stderr"]);
  expect(readFileSync(join(docker.containers, id, "config.v2.json"), "utf8")).toContain(`${RUN}-lines`);
}, 60_000);

test("a container that is removed while the agent runs leaves nothing unread", async () => {
  await using rig = new AgentRig("docker-removed");
  const agent = rig.start({ args: agentArgs(rig) });
  await collecting(agent);
  const id = await docker.run(
    ["--rm", "--name", `${RUN}-gone`, ...ROTATED],
    ["sh", "-c", "seq 1 500 | sed 's/^/line /'; sleep 1"],
  );
  await waitFor("the container to be gone", async () => {
    return readdirSync(docker.containers).includes(id) ? undefined : true;
  });
  const own = () => delivered(rig.store).filter(({ origin }) => origin.containerId === id);
  await waitFor("its lines", async () => (own().length >= 500 ? true : undefined));
  expect((await stopped(agent)).code).toBe(0);
  expect(own().map(({ message }) => numberIn(message))).toEqual(upTo(500));
}, 60_000);

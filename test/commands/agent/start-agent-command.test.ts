import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAgentCommand } from "../../../src/commands/agent/start-agent-command.ts";
import { agentStatus, BALANCE, chainStatus, pipelineStatus } from "../../collector/operation/statuses.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "klog-agent-command-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function agent(...words: string[]) {
  const stderr = new PassThrough();
  let out = "";
  const code = await startAgentCommand(words, {
    env: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr,
    signal: new AbortController().signal,
    onHangUp: () => () => undefined,
    print: (text) => {
      out += text;
    },
    columns: 100,
  });
  return { code, out, errors: String(stderr.read() ?? "") };
}

function leaveStatus(status: object): string {
  writeFileSync(join(folder, "status.json"), JSON.stringify(status));
  return folder;
}

const running = (changes: object = {}) => {
  const status = agentStatus(changes);
  return { ...status, agent: { ...status.agent, writtenAt: Date.now() } };
};

describe("klog agent", () => {
  test("without a subcommand shows how to begin", async () => {
    const { code, errors } = await agent();
    expect(code).toBe(2);
    expect(errors).toMatch(/^klog: klog agent needs to know what to do\n\nUsage: klog agent run\|/);
  });

  test("an unknown subcommand is told with those there are", async () => {
    await expect(agent("x")).rejects.toMatchObject({
      message: 'there is no command "agent x"',
      hint: "there are klog agent run, klog agent check-config, klog agent status, klog agent audit, klog agent explain",
    });
  });

  test("status ends with 0 for an agent that is well, with 3 for one that is degraded or gone", async () => {
    const well = await agent("status", "--state-dir", leaveStatus(running()));
    expect(well).toMatchObject({ code: 0, out: expect.stringMatching(/^agent on n1: running for /) });
    const degraded = [{ kind: "x", what: "y", since: 0 }];
    expect((await agent("status", "--state-dir", leaveStatus(running({ degraded })))).code).toBe(3);
    const gone = await agent("status", "-o", "json", "--state-dir", leaveStatus(running({ phase: "stopped" })));
    expect(gone.code).toBe(3);
    expect(JSON.parse(gone.out)).toMatchObject({ alive: false, phase: "stopped" });
  });

  test("where no agent has run it says so", async () => {
    await expect(agent("status", "--state-dir", "/nowhere")).rejects.toMatchObject({
      message: "no agent has run with the state directory /nowhere",
    });
  });

  test("audit ends with 0 when nothing was lost, else with 3", async () => {
    expect((await agent("audit", "--state-dir", leaveStatus(running()))).code).toBe(0);
    const pipelines = [
      pipelineStatus({ total: { since: 0, balance: { ...BALANCE, seen: 1001, lost: 1 } }, gapCount: 1 }),
    ];
    const lossy = await agent("audit", "-o", "json", "--state-dir", leaveStatus(running({ pipelines })));
    expect(lossy.code).toBe(3);
    expect(JSON.parse(lossy.out)).toMatchObject({ clean: false, pipelines: [{ name: "containers", gapCount: 1 }] });
  });

  test("explain shows what the agent knows, what is on disk and why not, and what is nowhere", async () => {
    const pods = join(folder, "pods", "shop_api_u2", "app");
    mkdirSync(pods, { recursive: true });
    writeFileSync(join(pods, "0.log"), "2026-11-21T10:47:32.1Z stdout F x\n");
    const state = leaveStatus(running({ pipelines: [pipelineStatus({ chains: [chainStatus()] })] }));
    const where = ["--state-dir", state];
    const known = await agent("explain", "web-1", ...where, "--pods-dir", join(folder, "pods"));
    expect(known.code).toBe(0);
    expect(known.out).toContain("collected by pipeline containers, to store:/store; format cri");
    const waiting = await agent("explain", "shop/api", ...where, "--pods-dir", join(folder, "pods"));
    expect(waiting.out).toContain("pipeline logs would take it, but the agent has not found it yet");
    const config = join(folder, "agent.yaml");
    writeFileSync(
      config,
      `roots: {pods: ${join(folder, "pods")}, docker: "off"}\npipelines:\n  - name: pay\n    inputs: [{type: container_stdout, namespace: ^pay$}]\n    sinks: [{type: "null"}]\n`,
    );
    const refused = await agent("explain", "api", ...where, "--config", config);
    expect(refused.out).toMatch(/no pipeline takes it\n {2}not by pipeline pay: .*namespace/);
    const unknown = await agent("explain", "nobody", ...where, "--config", config);
    expect(unknown).toMatchObject({ code: 1, out: expect.stringContaining("nobody: no log of that name") });
  });

  test("explain asks with the configuration that the agent has, and names streams and pipelines that are left out", async () => {
    const home = mkdtempSync(join(folder, "own-"));
    const container = join(home, "pods", "shop_web_u1", "app");
    mkdirSync(container, { recursive: true });
    writeFileSync(join(container, "0.log"), "2026-11-21T10:47:32.1Z stdout F x\n");
    const config = join(home, "agent.yaml");
    writeFileSync(
      config,
      [
        `roots: { pods: ${join(home, "pods")}, containers: "off", docker: "off" }`,
        "pipelines:",
        "  - { name: out, inputs: [{ type: container_stdout, stderr: false }] }",
        "  - { name: off, enabled: false, inputs: [{ type: s6, root: /s6 }] }",
      ].join("\n"),
    );
    const path = join(container, "0.log");
    const chain = chainStatus({ id: "pod/u1/app/0", path, realPath: path });
    const status = running({ pipelines: [pipelineStatus({ name: "out", chains: [chain] })] });
    const state = leaveStatus({ ...status, agent: { ...status.agent, config: [config] } });
    const { out } = await agent("explain", path, join(home, "x.log"), config, "--state-dir", state);
    expect(out).toContain("  only its stdout: no pipeline takes its stderr\n");
    expect(out).toContain(`${home}/x.log: no log of that name\n  there is no such file\n`);
    expect(out).toContain(
      `${config}: no log of that name\n  not by pipeline out: it does not lie in ${home}/pods\n  pipeline off is switched off`,
    );
  });

  test("explain says so where the agent was started with flags that it was not given", async () => {
    const { out } = await agent(
      "explain",
      "nobody",
      "--state-dir",
      leaveStatus(running({ pipelines: [pipelineStatus({ inputs: ["files /srv/*.log"] })] })),
    );
    expect(out).toContain("the agent runs with flags of its own: give explain the same ones");
  });
});

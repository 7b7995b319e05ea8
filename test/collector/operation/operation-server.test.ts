import { describe, expect, test } from "vitest";
import type { AgentStatus } from "../../../src/collector/operation/agent-status.ts";
import { Metrics } from "../../../src/collector/operation/metrics.ts";
import { answer, parseAddress, startOperationServer } from "../../../src/collector/operation/operation-server.ts";
import { agentStatus, NOW } from "./statuses.ts";

const metrics = new Metrics({ cpuMs: () => 0, residentBytes: () => 0 });
const edges = (status: AgentStatus) => ({ status: () => status, metrics, now: () => NOW });
const ask = (path: string, changes: Partial<AgentStatus> = {}) => answer(path, edges(agentStatus(changes)));

describe("/healthz", () => {
  test("is good while the loop turns, also when degraded, and then says how", async () => {
    expect(await ask("/healthz")).toMatchObject({ code: 200, body: "ok\n" });
    const degraded = [{ kind: "sink-blocked", what: "store:/s: the disk is full", since: NOW }];
    expect(await ask("/healthz", { degraded })).toMatchObject({
      code: 200,
      body: "ok\ndegraded: sink-blocked: store:/s: the disk is full\n",
    });
  });

  test("fails when the loop has not turned for 10 s", async () => {
    expect(await ask("/healthz", { turnedAt: NOW - 10_000 })).toMatchObject({ code: 200 });
    expect(await ask("/healthz", { turnedAt: NOW - 12_000 })).toMatchObject({
      code: 503,
      body: "the loop has not turned for 12 s\n",
    });
  });
});

test("/readyz is good from the first full scan to the drain", async () => {
  expect((await ask("/readyz", { ready: false, phase: "starting" })).code).toBe(503);
  expect((await ask("/readyz")).code).toBe(200);
  expect(await ask("/readyz", { phase: "draining" })).toMatchObject({ code: 503, body: "draining\n" });
});

test("other paths are 404 and name those there are", async () => {
  expect(await ask("/")).toMatchObject({ code: 404, body: expect.stringContaining("/metrics") });
});

test("serves over HTTP, refuses other methods, and closes at once", async () => {
  const server = await startOperationServer("127.0.0.1:0", edges(agentStatus()));
  const url = `http://${server.address}`;
  expect(await (await fetch(`${url}/healthz?verbose`)).text()).toBe("ok\n");
  const page = await fetch(`${url}/metrics`);
  expect(page.headers.get("content-type")).toContain("text/plain");
  expect(await page.text()).toContain("# TYPE klog_agent_balance_bytes gauge");
  expect(await (await fetch(`${url}/status`)).json()).toEqual(agentStatus());
  expect((await fetch(`${url}/status`, { method: "POST" })).status).toBe(405);
  await expect(startOperationServer(server.address, edges(agentStatus()))).rejects.toThrow(
    `cannot listen on ${server.address}`,
  );
  server.close();
  await expect(fetch(url)).rejects.toThrow();
});

test.each([
  [":7953", { host: "127.0.0.1", port: 7953 }],
  ["7953", { host: "127.0.0.1", port: 7953 }],
  ["0.0.0.0:80", { host: "0.0.0.0", port: 80 }],
  ["[::1]:80", { host: "::1", port: 80 }],
  ["localhost:1", { host: "localhost", port: 1 }],
])("%s is an address", (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test.each(["", "x", "host", "host:", ":99999", "::1:80"])("%j is none", (text) => {
  expect(() => parseAddress(text)).toThrow("is no address to listen on");
});

import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { connectionFailure } from "../../../src/clients/kubernetes/api-failure.ts";
import { createDialer } from "../../../src/clients/kubernetes/dialer.ts";
import { loadKubeconfig } from "../../../src/clients/kubernetes/kubeconfig.ts";
import { scriptedServer } from "./scripted-client.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("a connection that stands is bound by no time limit", async () => {
  const server = await scriptedServer((_request, reply) => reply.end());
  const { cluster } = loadKubeconfig({ kubeconfig: server.kubeconfig() });
  const socket = await createDialer(cluster, undefined).dial(["h2"]);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(3_600_000);
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});

test.each([
  ["a server", "", /^the server at https:.* did not answer in time/],
  ["a proxy", "http://", /the proxy 127\.0\.0\.1:\d+ cannot be reached: it did not answer in time/],
  ["a SOCKS5 proxy", "socks5://", /the proxy 127\.0\.0\.1:\d+ cannot be reached: it did not answer in time/],
])(
  "%s that accepts a connection and then says nothing is given up after 30 seconds",
  async (_what, scheme, expected) => {
    const accepted = Promise.withResolvers<void>();
    const silent = createServer((socket) => {
      socket.once("data", () => accepted.resolve());
      socket.on("error", () => {});
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await new Promise((resolve) => silent.once("listening", resolve));
    const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { cluster } = loadKubeconfig({
      server: `https://${at}`,
      insecureSkipTlsVerify: true,
      kubeconfig: "/dev/null",
    });
    const dialing = createDialer({ ...cluster, proxyUrl: scheme === "" ? undefined : scheme + at }, undefined)
      .dial(["h2"])
      .catch((error: unknown) => connectionFailure(error, cluster.server).message);
    await accepted.promise;
    vi.advanceTimersByTime(30_000);
    expect(await dialing).toMatch(expected);
  },
);

import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { certificate, type ScriptedServer } from "../../support/scripted-server.ts";
import { clientOf, scriptedServer } from "./scripted-client.ts";

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function join(client: Socket, port: number, ready: (target: Socket) => void): void {
  const target = connect(port, "127.0.0.1", () => ready(target));
  for (const [side, other] of [
    [client, target],
    [target, client],
  ] as const) {
    side.on("error", () => other.destroy());
    side.pipe(other);
  }
}

/** Connects only to 127.0.0.1, whatever host was asked for. */
async function connectProxy(secure = false) {
  const asked: { target: string; authorization: string | undefined }[] = [];
  const server = secure ? createHttpsServer(certificate("server")) : createHttpServer();
  server.on("connect", (request, socket: Socket) => {
    asked.push({ target: request.url!, authorization: request.headers["proxy-authorization"] });
    if (request.url!.startsWith("forbidden.")) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const port = Number(request.url!.split(":").at(-1));
    return join(socket, port, () => socket.write("HTTP/1.1 200 Connection established\r\n\r\n"));
  });
  return { asked, port: await listening(server) };
}

async function socksProxy(login?: string) {
  const asked: string[] = [];
  const port = await listening(
    createServer((socket) => {
      socket.once("data", (greeting: Buffer) => {
        if (login === undefined) {
          socket.once("data", connecting);
          return socket.write(Buffer.of(5, 0));
        }
        if (!greeting.subarray(2).includes(2)) return socket.end(Buffer.of(5, 0xff));
        socket.once("data", (given: Buffer) => {
          const user = given.subarray(2, 2 + given[1]!).toString();
          const password = given.subarray(3 + given[1]!).toString();
          socket.once("data", connecting);
          socket.write(Buffer.of(1, `${user}:${password}` === login ? 0 : 1));
        });
        return socket.write(Buffer.of(5, 2));
      });
      const connecting = (request: Buffer) => {
        const host = request.subarray(5, 5 + request[4]!).toString();
        const target = request.readUInt16BE(5 + request[4]!);
        asked.push(`${host}:${target}`);
        if (host.startsWith("forbidden.")) return socket.end(Buffer.of(5, 2, 0, 1, 0, 0, 0, 0, 0, 0));
        return join(socket, target, () => {
          // In single bytes, as a network may deliver them.
          for (const byte of [5, 0, 0, 1, 127, 0, 0, 1, 4, 56]) socket.write(Buffer.of(byte));
        });
      };
    }),
  );
  return { asked, port };
}

function versionServer(protocol: "h2" | "http/1.1" | "plain" = "h2"): Promise<ScriptedServer> {
  return scriptedServer((request, reply) => reply.json(200, request.httpVersion), { protocol });
}

describe("an HTTP proxy", () => {
  test("of the kubeconfig carries HTTP/2", async () => {
    const server = await versionServer();
    const proxy = await connectProxy();
    const cluster = { "proxy-url": `http://ada:pass%20word@127.0.0.1:${proxy.port}` };
    expect(await clientOf(server, { cluster }).get("/x")).toBe("2.0");
    expect(proxy.asked).toEqual([
      { target: `127.0.0.1:${server.port}`, authorization: `Basic ${Buffer.from("ada:pass word").toString("base64")}` },
    ]);
  });

  test.each(["http/1.1", "plain"] as const)("carries %s", async (protocol) => {
    const server = await versionServer(protocol);
    const proxy = await connectProxy();
    const cluster = { "proxy-url": `http://127.0.0.1:${proxy.port}` };
    expect(await clientOf(server, { cluster }).get("/x")).toBe("1.1");
    expect(proxy.asked.length).toBeGreaterThan(0);
  });

  test("may itself speak TLS", async () => {
    const server = await versionServer();
    const proxy = await connectProxy(true);
    expect(await clientOf(server, { cluster: { "proxy-url": `https://127.0.0.1:${proxy.port}` } }).get("/x")).toBe(
      "2.0",
    );
  });

  test("comes from the environment, unless NO_PROXY says otherwise", async () => {
    const server = await versionServer();
    const proxy = await connectProxy();
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    // The name is only known to the proxy, so an answer can only have come through it.
    const cluster = { server: `https://api.klog.invalid:${server.port}`, "tls-server-name": "localhost" };
    expect(await clientOf(server, { cluster }).get("/x")).toBe("2.0");
    expect(proxy.asked.map((one) => one.target)).toEqual([`api.klog.invalid:${server.port}`]);
    expect(await clientOf(server).get("/x")).toBe("2.0");
    expect(proxy.asked).toHaveLength(1);
  });

  test("that refuses or is not there is named", async () => {
    const server = await versionServer();
    const proxy = await connectProxy();
    const through = (port: number) =>
      clientOf(server, {
        cluster: { server: `https://forbidden.invalid:${server.port}`, "proxy-url": `http://127.0.0.1:${port}` },
      }).get("/x");
    await expect(through(proxy.port)).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining(`the proxy 127.0.0.1:${proxy.port} refused to connect to forbidden.invalid:`),
    });
    await expect(through(1)).rejects.toMatchObject({
      message: expect.stringContaining("the proxy 127.0.0.1:1 cannot be reached"),
    });
  });
});

describe("a SOCKS5 proxy", () => {
  test.each(["h2", "http/1.1", "plain"] as const)("carries %s", async (protocol) => {
    const server = await versionServer(protocol);
    const proxy = await socksProxy();
    const cluster = { "proxy-url": `socks5://127.0.0.1:${proxy.port}` };
    expect(await clientOf(server, { cluster }).get("/x")).toBe(protocol === "h2" ? "2.0" : "1.1");
    expect(proxy.asked[0]).toBe(`127.0.0.1:${server.port}`);
  });

  test("resolves names itself and may ask for a login", async () => {
    const server = await versionServer();
    const proxy = await socksProxy("ada:secret");
    const at = (login: string) =>
      clientOf(server, {
        cluster: {
          server: `https://api.klog.invalid:${server.port}`,
          "tls-server-name": "localhost",
          "proxy-url": `socks5h://${login}127.0.0.1:${proxy.port}`,
        },
      }).get("/x");
    expect(await at("ada:secret@")).toBe("2.0");
    expect(proxy.asked).toEqual([`api.klog.invalid:${server.port}`]);
    await expect(at("ada:wrong@")).rejects.toMatchObject({
      message: expect.stringContaining("did not accept its user"),
    });
    await expect(at("")).rejects.toMatchObject({ message: expect.stringContaining("asks for an authentication") });
  });

  test("that refuses is named with its reason", async () => {
    const server = await versionServer();
    const proxy = await socksProxy();
    const cluster = { server: "https://forbidden.invalid", "proxy-url": `socks5://127.0.0.1:${proxy.port}` };
    await expect(clientOf(server, { cluster }).get("/x")).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("refused to connect to forbidden.invalid: not allowed by its rules"),
    });
  });
});

test.each(["http", "socks5"])(
  "a certificate that is wrong is told through a proxy on %s as without one",
  async (scheme) => {
    const server = await scriptedServer((_request, reply) => reply.end(), { certificate: "expired" });
    const proxy = scheme === "http" ? await connectProxy() : await socksProxy();
    const cluster = { "proxy-url": `${scheme}://127.0.0.1:${proxy.port}` };
    await expect(clientOf(server, { cluster }).get("/x")).rejects.toMatchObject({
      kind: "unreachable",
      message: `the certificate of ${server.url} has expired; renew it on the cluster`,
    });
  },
);

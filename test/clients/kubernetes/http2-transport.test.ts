import { constants, createSecureServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ApiError } from "../../../src/clients/kubernetes/client.ts";
import { type Http2Options, Http2Transport } from "../../../src/clients/kubernetes/http2-transport.ts";
import { startTcpProxy } from "../../services/tcp-proxy.ts";
import { certificate, type Reply } from "../../support/scripted-server.ts";
import { CollectingSink } from "./collecting-sink.ts";
import { clientOf, scriptedServer } from "./scripted-client.ts";

describe("a session", () => {
  test("carries up to 90 streams, then another one is opened", async () => {
    const server = await scriptedServer((_request, reply) => reply.write("line\n"));
    const client = clientOf(server);
    const sinks = Array.from({ length: 200 }, () => new CollectingSink());
    await Promise.all(sinks.map((sink, i) => client.open(`/log/${i}`, sink)));
    await Promise.all(sinks.map((sink) => sink.received(5)));
    const perConnection = Map.groupBy(server.requests, (request) => request.connection);
    expect([...perConnection.values()].map((requests) => requests.length).sort()).toEqual([20, 90, 90]);
  });

  test("keeps to a smaller limit of the server", async () => {
    const server = await scriptedServer((_request, reply) => reply.write("line\n"), { maxConcurrentStreams: 4 });
    const client = clientOf(server);
    const sinks = Array.from({ length: 11 }, () => new CollectingSink());
    await Promise.all(sinks.map((sink, i) => client.open(`/log/${i}`, sink)));
    await Promise.all(sinks.map((sink) => sink.received(5)));
    const perConnection = Map.groupBy(server.requests, (request) => request.connection);
    expect(Math.max(...[...perConnection.values()].map((requests) => requests.length))).toBe(4);
  });

  test("gets its place back when a stream ends or is closed", async () => {
    const server = await scriptedServer(
      (request, reply) => (request.path === "/end" ? reply.end() : reply.write("x")),
      {
        maxConcurrentStreams: 1,
      },
    );
    const client = clientOf(server);
    for (let i = 0; i < 3; i++) {
      const sink = new CollectingSink();
      await client.open("/end", sink);
      expect(await sink.over).toBeUndefined();
      (await client.open("/open", new CollectingSink())).close();
    }
    // Closing is told to the server with the next request at the latest, so one connection more may be needed.
    expect(server.connections).toBeLessThanOrEqual(4);
  });

  test("lets its streams finish after GOAWAY, while new requests go to another one", async () => {
    const replies: Reply[] = [];
    const server = await scriptedServer((request, reply) => {
      if (request.path !== "/log") return reply.json(200, { connection: request.connection });
      replies.push(reply);
      reply.write("before ");
      reply.goaway();
    });
    const client = clientOf(server);
    const sink = new CollectingSink();
    await client.open("/log", sink);
    await sink.received(7);
    await expect.poll(() => client.get("/connection")).toEqual({ connection: 2 });
    replies[0]!.write("after");
    replies[0]!.end();
    expect(await sink.over).toBeUndefined();
    expect(sink.text).toBe("before after");
  });

  test("that dies breaks its streams off, and the next request connects anew", async () => {
    const server = await scriptedServer((request, reply) => {
      if (request.path === "/next") return reply.json(200, { connection: request.connection });
      reply.write("part");
      reply.drop();
    });
    const client = clientOf(server);
    const sink = new CollectingSink();
    await client.open("/log", sink);
    expect((await sink.over)?.kind).toBe("unreachable");
    expect(sink.text).toBe("part");
    expect(await client.get("/next")).toEqual({ connection: 2 });
  });

  test("that went stale between two requests costs no error", async () => {
    const server = await scriptedServer((request, reply) => {
      if (request.path === "/stale" && request.attempt === 1) reply.drop();
      else reply.json(200, { attempt: request.attempt });
    });
    const client = clientOf(server);
    await client.get("/first");
    expect(await client.get("/stale")).toEqual({ attempt: 2 });
  });

  test("that the server ends before any answer is not opened again and again", async () => {
    const server = await scriptedServer((_request, reply) => reply.drop());
    await expect(clientOf(server).get("/x")).rejects.toMatchObject({ kind: "unreachable" } satisfies Partial<ApiError>);
    expect(server.requests).toHaveLength(1);
  });
});

test.each([
  ["CANCEL", constants.NGHTTP2_CANCEL],
  ["REFUSED_STREAM", constants.NGHTTP2_REFUSED_STREAM],
  ["ENHANCE_YOUR_CALM", constants.NGHTTP2_ENHANCE_YOUR_CALM],
])("a stream reset with %s in the middle of its body has failed, and is not sent again", async (_name, code) => {
  const server = await scriptedServer((_request, reply) => {
    reply.write("part");
    reply.cut(code);
  });
  const sink = new CollectingSink();
  await clientOf(server).open("/log", sink);
  expect(await sink.over).toMatchObject({ kind: "unreachable" });
  expect(sink.text).toBe("part");
  expect(server.requests).toHaveLength(1);
});

describe("a paused stream", () => {
  test("is held back by the server, takes nothing from the others of its session and loses nothing", async () => {
    const megabytes = Buffer.alloc(4 * 1024 * 1024, "0123456789abcdef");
    const server = await scriptedServer((_request, reply) => {
      reply.write(megabytes);
      reply.end();
    });
    const client = clientOf(server);
    const paused = new CollectingSink();
    const stream = await client.open("/paused", paused);
    stream.pause();
    for (let i = 0; i < 3; i++) {
      const other = new CollectingSink();
      await client.open(`/other/${i}`, other);
      expect(await other.over).toBeUndefined();
      expect(other.length).toBe(megabytes.length);
    }
    expect(server.connections).toBe(1);
    expect(paused.length).toBe(0);
    stream.resume();
    expect(await paused.over).toBeUndefined();
    expect(Buffer.concat(paused.chunks).equals(megabytes)).toBe(true);
  });

  test("leaves its place to another one when it is closed", async () => {
    const server = await scriptedServer((_request, reply) => reply.write(Buffer.alloc(256 * 1024)), {
      maxConcurrentStreams: 1,
    });
    const client = clientOf(server);
    for (let i = 0; i < 5; i++) {
      const sink = new CollectingSink();
      const stream = await client.open("/log", {
        data: (chunk) => {
          stream.pause();
          sink.data(chunk);
        },
        end: () => {},
        fail: () => {},
      });
      await sink.received(1);
      stream.close();
    }
    expect(server.connections).toBeLessThan(5);
  });

  test("can be closed", async () => {
    const gone = Promise.withResolvers<void>();
    const server = await scriptedServer((_request, reply) => {
      reply.write(Buffer.alloc(1024 * 1024));
      void reply.closed.then(gone.resolve);
    });
    const sink = new CollectingSink();
    const stream = await clientOf(server).open("/log", sink);
    stream.pause();
    stream.close();
    await gone.promise;
    expect(sink.endings).toBe(0);
  });
});

describe("pings", () => {
  function transportTo(port: number, timing: Pick<Http2Options, "pingIntervalMs" | "pongTimeoutMs">): Http2Transport {
    const dial = (): Promise<TLSSocket> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port, ALPNProtocols: ["h2"], rejectUnauthorized: false });
        socket.once("secureConnect", () => resolve(socket)).once("error", reject);
      });
    const transport = new Http2Transport({ origin: `https://127.0.0.1:${port}`, dial, ...timing });
    onTestFinished(() => transport.close());
    return transport;
  }

  test("find a connection that is dead though nobody closed it", async () => {
    const server = await scriptedServer((_request, reply) => reply.write("line\n"));
    const network = await startTcpProxy({ targetPort: server.port });
    onTestFinished(() => network.close());
    const transport = transportTo(network.port, { pingIntervalMs: 20, pongTimeoutMs: 20 });
    const failed = Promise.withResolvers<Error>();
    transport.send(
      "/log",
      {},
      {
        head: () => network.stall(),
        data: () => {},
        end: () => failed.reject(new Error("ended")),
        fail: failed.resolve,
      },
    );
    expect((await failed.promise).message).toBe("the connection is dead: no answer to a ping");
  });

  test("are sent while a stream is open and silent, and an answered one changes nothing", async () => {
    const server = createSecureServer(certificate("server"));
    let pings = 0;
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.respond({ ":status": 200 });
      stream.session?.on("ping", () => {
        if (++pings === 3) stream.end("after three pings");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const transport = transportTo((server.address() as AddressInfo).port, { pingIntervalMs: 5, pongTimeoutMs: 5000 });
    const ended = Promise.withResolvers<string>();
    let text = "";
    transport.send(
      "/log",
      {},
      {
        head: () => {},
        data: (chunk) => {
          text += chunk.toString();
        },
        end: () => ended.resolve(text),
        fail: ended.reject,
      },
    );
    expect(await ended.promise).toBe("after three pings");
  });
});

test("retire lets a running stream finish and ends the session then", async () => {
  const replies: Reply[] = [];
  const server = await scriptedServer((_request, reply) => {
    replies.push(reply);
    reply.write("one ");
  });
  const socket = connect({ host: "127.0.0.1", port: server.port, ALPNProtocols: ["h2"], rejectUnauthorized: false });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  const transport = new Http2Transport({
    origin: server.url,
    first: socket,
    dial: () => Promise.reject(new Error("no second connection is needed")),
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const sink = new CollectingSink();
  transport.send(
    "/log",
    {},
    {
      head: () => {},
      data: (chunk) => {
        sink.data(chunk);
        if (sink.text !== "one ") return;
        transport.retire();
        replies[0]!.write("two");
        replies[0]!.end();
      },
      end: () => sink.end(),
      fail: (error) => sink.fail(error as ApiError),
    },
  );
  expect(await sink.over).toBeUndefined();
  expect(sink.text).toBe("one two");
  await closed;
});

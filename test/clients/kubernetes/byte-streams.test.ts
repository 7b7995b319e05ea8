// What holds for an opened stream whichever HTTP version carries it.
import { describe, expect, test } from "vitest";
import type { ByteStream } from "../../../src/clients/kubernetes/client.ts";
import type { Reply } from "../../support/scripted-server.ts";
import { CollectingSink } from "./collecting-sink.ts";
import { clientOf, scriptedServer } from "./scripted-client.ts";

const BODY = Buffer.from("2026-11-21T10:47:32.084933411Z grüße, 世界 🙂\n2026-11-21T10:47:33Z bye\n");

describe.each(["h2", "http/1.1", "plain"] as const)("over %s", (protocol) => {
  test("a body that is cut behind any byte gives these bytes and a failure", async () => {
    const server = await scriptedServer(
      (request, reply) => {
        const length = Number(request.query.get("length"));
        reply.write(BODY.subarray(0, length));
        reply.cut();
      },
      { protocol },
    );
    const client = clientOf(server);
    for (let length = 1; length <= BODY.length; length++) {
      const sink = new CollectingSink();
      await client.open("/log", sink, { query: { length } });
      expect(await sink.over, `cut behind ${length} bytes`).toMatchObject({ kind: "unreachable", status: 0 });
      expect(Buffer.concat(sink.chunks)).toEqual(BODY.subarray(0, length));
      expect(sink.endings).toBe(1);
    }
  });

  test("a body that comes byte by byte is whole", async () => {
    const server = await scriptedServer(
      (_request, reply) => {
        for (const byte of BODY) reply.write(Buffer.of(byte));
        reply.end();
      },
      { protocol },
    );
    const sink = new CollectingSink();
    await clientOf(server).open("/log", sink);
    expect(await sink.over).toBeUndefined();
    expect(Buffer.concat(sink.chunks)).toEqual(BODY);
  });

  test("an empty body is a clean end", async () => {
    const server = await scriptedServer((_request, reply) => reply.text(200, ""), { protocol });
    const sink = new CollectingSink();
    await clientOf(server).open("/log", sink);
    expect(await sink.over).toBeUndefined();
    expect(sink.text).toBe("");
  });

  test("the caller holds the stream before its sink hears anything", async () => {
    const server = await scriptedServer((_request, reply) => reply.text(200, "all at once"), { protocol });
    let stream: ByteStream | undefined;
    const heard: boolean[] = [];
    const sink = new CollectingSink();
    stream = await clientOf(server).open("/log", {
      data: (chunk) => {
        heard.push(stream !== undefined);
        sink.data(chunk);
      },
      end: () => sink.end(),
      fail: (error) => sink.fail(error),
    });
    await sink.over;
    expect(heard).toEqual([true]);
    expect(sink.text).toBe("all at once");
  });

  test("pausing holds the server back, and resuming goes on where it was", async () => {
    const body = Buffer.alloc(8 * 1024 * 1024, "0123456789");
    let reply: Reply | undefined;
    let left = false;
    const server = await scriptedServer(
      (_request, given) => {
        reply = given;
        given.write(body);
        given.end();
        void given.closed.then(() => {
          left = true;
        });
      },
      { protocol },
    );
    const client = clientOf(server);
    const sink = new CollectingSink();
    const stream = await client.open("/log", {
      data: (chunk) => {
        sink.data(chunk);
        if (sink.length === chunk.length) stream.pause();
      },
      end: () => sink.end(),
      fail: (error) => sink.fail(error),
    });
    await sink.received(1);
    await client.get("/log").catch(() => {}); // a whole other transfer's time
    expect(sink.chunks).toHaveLength(1);
    expect(reply).toBeDefined();
    stream.resume();
    expect(await sink.over).toBeUndefined();
    expect(sink.length).toBe(body.length);
    await reply!.closed;
    expect(left).toBe(true);
  });

  test("closing tells the server, and the sink hears no more", async () => {
    const gone = Promise.withResolvers<void>();
    const server = await scriptedServer(
      (_request, reply) => {
        reply.write("line\n");
        void reply.closed.then(gone.resolve);
      },
      { protocol },
    );
    const sink = new CollectingSink();
    const stream = await clientOf(server).open("/log", sink);
    await sink.received(5);
    stream.close();
    stream.close();
    await gone.promise;
    expect(sink.endings).toBe(0);
  });

  test("an aborted signal ends an open stream in the same way", async () => {
    const gone = Promise.withResolvers<void>();
    const server = await scriptedServer(
      (_request, reply) => {
        reply.write("line\n");
        void reply.closed.then(gone.resolve);
      },
      { protocol },
    );
    const sink = new CollectingSink();
    const abort = new AbortController();
    await clientOf(server).open("/log", sink, { signal: abort.signal });
    await sink.received(5);
    abort.abort();
    await gone.promise;
    expect(sink.endings).toBe(0);
  });

  test("an aborted signal ends the wait for an answer", async () => {
    const abort = new AbortController();
    const gone = Promise.withResolvers<void>();
    const server = await scriptedServer(
      (_request, reply) => {
        void reply.closed.then(gone.resolve);
        reply.stall();
        abort.abort();
      },
      { protocol },
    );
    const opening = clientOf(server).open("/log", new CollectingSink(), { signal: abort.signal });
    await expect(opening).rejects.toMatchObject({
      name: "ApiError",
      message: expect.stringContaining("was cancelled"),
    });
    await gone.promise;
  });

  test("closing the client ends every stream without a word and every wait with an error", async () => {
    const asked = Promise.withResolvers<void>();
    const server = await scriptedServer(
      (request, reply) => {
        if (request.path === "/log") return reply.write("line\n");
        reply.stall();
        asked.resolve();
      },
      { protocol },
    );
    const client = clientOf(server);
    const sink = new CollectingSink();
    await client.open("/log", sink);
    await sink.received(5);
    const waiting = client.get("/waiting");
    const outcome = expect(waiting).rejects.toMatchObject({ kind: "unreachable" });
    await asked.promise;
    client.close();
    client.close();
    await outcome;
    await expect(client.get("/later")).rejects.toMatchObject({ kind: "unreachable" });
    expect(sink.endings).toBe(0);
  });

  test("many streams run beside each other", async () => {
    const server = await scriptedServer((request, reply) => reply.write(`${request.path}\n`), { protocol });
    const client = clientOf(server);
    const sinks = Array.from({ length: 110 }, () => new CollectingSink());
    await Promise.all(sinks.map((sink, i) => client.open(`/log/${100 + i}`, sink)));
    await Promise.all(sinks.map((sink) => sink.received("/log/100\n".length)));
    expect(sinks.map((sink) => sink.text)).toEqual(sinks.map((_, i) => `/log/${100 + i}\n`));
  });
});

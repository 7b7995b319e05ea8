import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { base64, certificate } from "../../support/scripted-server.ts";
import { CollectingSink } from "./collecting-sink.ts";
import { clientOf, scriptedServer } from "./scripted-client.ts";

const status = (code: number, message: string, more: object = {}) => ({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  message,
  code,
  ...more,
});

describe("get", () => {
  test("asks for gzip, unzips it and says who is asking", async () => {
    const server = await scriptedServer((request, reply) => {
      reply.head(200, { "content-type": "application/json", "content-encoding": "gzip" });
      reply.write(gzipSync(JSON.stringify({ items: ["ü", request.headers["accept-encoding"]] })));
      reply.end();
    });
    expect(await clientOf(server).get("/api/v1/pods")).toEqual({ items: ["ü", "gzip"] });
    expect(server.requests[0]!.headers["user-agent"]).toMatch(/^klog\/\d+\.\d+\.\d+/);
  });

  test("asks for no compression where the kubeconfig or the flag forbids it, nor for a stream", async () => {
    const server = await scriptedServer((_request, reply) => reply.json(200, {}));
    await clientOf(server, { cluster: { "disable-compression": true } }).get("/a");
    await clientOf(server, {}, {}, { disableCompression: true }).get("/b");
    await clientOf(server).open("/c", new CollectingSink());
    expect(server.requests.map((request) => request.headers["accept-encoding"])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("leaves undefined values out of the query and repeats a key for an array", async () => {
    const server = await scriptedServer((request, reply) => reply.json(200, request.query.toString()));
    const query = { labelSelector: "a in (b,c),d!=e", limit: 5, watch: false, continue: undefined, x: ["1", "2"] };
    expect(await clientOf(server).get("/q", { query })).toBe(
      "labelSelector=a+in+%28b%2Cc%29%2Cd%21%3De&limit=5&watch=false&x=1&x=2",
    );
  });

  test("keeps the path of a server that is not at the root", async () => {
    const server = await scriptedServer((request, reply) => reply.json(200, request.path));
    const client = clientOf(server, { cluster: { server: `${server.url}/k8s/clusters/c-1/` } });
    expect(await client.get("/api/v1/pods")).toBe("/k8s/clusters/c-1/api/v1/pods");
  });

  test.each(["h2", "http/1.1", "plain"] as const)(
    "posts a question over %s and hears the head of the answer",
    async (protocol) => {
      const server = await scriptedServer(
        (request, reply) => {
          const { method, body, headers } = request;
          reply.json(201, { method, body, type: headers["content-type"] }, { "x-told": "yes" });
        },
        { protocol },
      );
      let told: unknown;
      const answer = await clientOf(server).get("/reviews", {
        post: { spec: "ü" },
        onHeaders: (headers) => {
          told = headers["x-told"];
        },
      });
      expect(answer).toEqual({ method: "POST", body: '{"spec":"ü"}', type: "application/json" });
      expect(told).toBe("yes");
    },
  );

  test("gives up after its time and says which limit it was", async () => {
    const server = await scriptedServer((request, reply) => {
      if (request.path === "/half") reply.write("{");
      reply.stall();
    });
    const client = clientOf(server);
    const expected = { kind: "unreachable", message: expect.stringContaining("did not answer within 0.02 s") };
    await expect(client.get("/silent", { timeoutMs: 20 })).rejects.toMatchObject(expected);
    await expect(client.get("/half", { timeoutMs: 20 })).rejects.toMatchObject(expected);
    await expect(clientOf(server, {}, {}, { requestTimeout: "20ms" }).get("/silent")).rejects.toMatchObject(expected);
  });

  test("a login page instead of JSON is told as what it is", async () => {
    const server = await scriptedServer((_request, reply) => {
      reply.head(200, { "content-type": "text/html" });
      reply.write("<html>log in</html>");
      reply.end();
    });
    await expect(clientOf(server).get("/api")).rejects.toMatchObject({
      kind: "status",
      message: `the server at ${server.url} did not answer with JSON (text/html); check that this is the address of a Kubernetes API server`,
    });
  });
});

describe("an answer that is not a 2xx", () => {
  test.each([
    [400, "status", 'container "c" in pod "x" is waiting to start: ContainerCreating'],
    [403, "forbidden", 'pods is forbidden: User "ada" cannot list resource "pods"'],
    [404, "not-found", 'pods "web" not found'],
    [405, "status", "the server does not allow this method on the requested resource"],
    [410, "expired", "The provided continue parameter is too old"],
    [429, "busy", "the server has received too many requests"],
    [500, "busy", 'Get "https://10.0.0.7:10250/containerLogs/": dial tcp 10.0.0.7:10250: connect: connection refused'],
    [500, "status", "an error of a webhook"],
    [503, "busy", "apiserver is shutting down"],
    [504, "busy", "Timeout: request did not complete within the allotted timeout"],
  ] as const)("%i is of kind %s, with the server's own text: %s", async (code, kind, message) => {
    const server = await scriptedServer((_request, reply) => reply.json(code, status(code, message, { reason: "R" })));
    const client = clientOf(server);
    const expected = { name: "ApiError", kind, status: code, message, reason: "R" };
    await expect(client.get("/x")).rejects.toMatchObject(expected);
    await expect(client.open("/x", new CollectingSink())).rejects.toMatchObject(expected);
  });

  test("carries how long the server wants to be left alone", async () => {
    const server = await scriptedServer((request, reply) => {
      if (request.path === "/header") reply.json(429, status(429, "slow down"), { "retry-after": "7" });
      else reply.json(503, status(503, "later", { details: { retryAfterSeconds: 11 } }));
    });
    await expect(clientOf(server).get("/header")).rejects.toMatchObject({ retryAfter: 7 });
    await expect(clientOf(server).get("/details")).rejects.toMatchObject({ retryAfter: 11 });
  });

  test("of plain text or HTML is told in one clean line", async () => {
    const server = await scriptedServer((request, reply) => {
      if (request.path === "/text") reply.text(404, "404 page\u001b[31m not found\n");
      else if (request.path === "/html") reply.text(502, "<html><head><title>502 Bad Gateway</title></head></html>");
      else reply.text(502, "");
    });
    const client = clientOf(server);
    await expect(client.get("/text")).rejects.toMatchObject({ message: "404 page [31m not found" });
    await expect(client.get("/html")).rejects.toMatchObject({ kind: "busy", message: "502 Bad Gateway" });
    await expect(client.get("/empty")).rejects.toMatchObject({ message: `the server at ${server.url} answered 502` });
  });

  test("that breaks off still says its status", async () => {
    const server = await scriptedServer((_request, reply) => {
      reply.head(503);
      reply.write("half a sent");
      reply.cut();
    });
    await expect(clientOf(server).get("/x")).rejects.toMatchObject({ kind: "busy", status: 503 });
  });

  test("401 with credentials that cannot be renewed is asked once and says what to do", async () => {
    const server = await scriptedServer((_request, reply) => reply.json(401, status(401, "Unauthorized")));
    await expect(clientOf(server).get("/x")).rejects.toMatchObject({
      kind: "unauthorized",
      status: 401,
      message: expect.stringContaining("did not accept the credentials; log in again"),
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe("a server that cannot be spoken to", () => {
  test("refuses the connection", async () => {
    const server = await scriptedServer((_request, reply) => reply.end());
    const free = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => free.once("listening", resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const client = clientOf(server, { cluster: { server: `https://127.0.0.1:${port}` } });
    await expect(client.get("/x")).rejects.toMatchObject({
      kind: "unreachable",
      status: 0,
      message: expect.stringMatching(/^the server at https:\/\/127\.0\.0\.1:\d+ refused the connection; check/),
    });
  });

  test("has a certificate of an unknown authority", async () => {
    const server = await scriptedServer((_request, reply) => reply.end());
    const client = clientOf(server, { cluster: { "certificate-authority-data": undefined } });
    await expect(client.get("/x")).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringMatching(/signed by an authority .* does not trust; .*--certificate-authority/),
    });
  });

  test("has an expired certificate", async () => {
    const server = await scriptedServer((_request, reply) => reply.end(), { certificate: "expired" });
    await expect(clientOf(server).get("/x")).rejects.toMatchObject({ message: expect.stringContaining("has expired") });
  });

  test("has a certificate for another name, which tls-server-name can give", async () => {
    const server = await scriptedServer((_request, reply) => reply.json(200, "hello"), { certificate: "elsewhere" });
    await expect(clientOf(server).get("/x")).rejects.toMatchObject({
      message: expect.stringMatching(/is for another name \(DNS:elsewhere\.example\); .*--tls-server-name/),
    });
    expect(await clientOf(server, { cluster: { "tls-server-name": "elsewhere.example" } }).get("/x")).toBe("hello");
  });

  test("is spoken to all the same with insecure-skip-tls-verify", async () => {
    const server = await scriptedServer((_request, reply) => reply.json(200, "hello"), { certificate: "expired" });
    expect(await clientOf(server, {}, {}, { insecureSkipTlsVerify: true }).get("/x")).toBe("hello");
  });

  test("does not speak TLS", async () => {
    const server = await scriptedServer((_request, reply) => reply.end(), { protocol: "plain" });
    const client = clientOf(server, { cluster: { server: server.url.replace("http:", "https:") } });
    await expect(client.get("/x")).rejects.toMatchObject({ message: expect.stringContaining("does not speak TLS") });
  });

  test("is named with a certificate authority that cannot be read", async () => {
    const server = await scriptedServer((_request, reply) => reply.end());
    const cluster = { "certificate-authority-data": undefined, "certificate-authority": "absent.crt" };
    await expect(clientOf(server, { cluster }).get("/x")).rejects.toMatchObject({
      kind: "credentials",
      message: expect.stringMatching(/ENOENT.*absent\.crt.*; check the kubeconfig$/),
    });
  });

  test("is asked again with the next request", async () => {
    const server = await scriptedServer((request, reply) =>
      request.attempt === 1 ? reply.drop() : reply.json(200, "back"),
    );
    const client = clientOf(server);
    await expect(client.get("/x")).rejects.toMatchObject({ kind: "unreachable" });
    expect(await client.get("/x")).toBe("back");
  });
});

test("a server of HTTP/1.1 alone is noticed by ALPN", async () => {
  const server = await scriptedServer((request, reply) => reply.json(200, request.httpVersion), {
    protocol: "http/1.1",
  });
  expect(await clientOf(server).get("/x")).toBe("1.1");
});

test("trace lines have the URL, the status and the time, and no credentials", async () => {
  const server = await scriptedServer((request, reply) =>
    request.path === "/drop" ? reply.drop() : reply.json(request.path === "/no" ? 404 : 200, {}),
  );
  const trace = vi.fn<(line: string) => void>();
  let now = 0;
  const client = clientOf(server, { user: { token: "s3cret" } }, { trace, now: () => (now += 5) });
  await client.get("/api/v1/pods", { query: { limit: 1 } });
  await client.get("/no").catch(() => {});
  await client.get("/drop").catch(() => {});
  const lines = trace.mock.calls.map(([line]) => line.replace(server.url, "").replace(/\d+ ms$/, "N ms"));
  expect(lines.slice(0, 2)).toEqual(["GET /api/v1/pods?limit=1 200 N ms", "GET /no 404 N ms"]);
  expect(lines.at(-1)).toBe("GET /drop failed N ms");
  expect(lines.join()).not.toContain("s3cret");
});

test("a client certificate from data or files is shown to the server", async () => {
  const server = await scriptedServer((request, reply) => reply.json(200, request.clientName));
  const ada = certificate("client-1");
  const data = { "client-certificate-data": base64(ada.cert), "client-key-data": base64(ada.key) };
  expect(await clientOf(server, { user: data }).get("/x")).toBe("ada");
  const grace = certificate("client-2");
  server.file("grace.crt", grace.cert);
  server.file("grace.key", grace.key);
  const files = { "client-certificate": "grace.crt", "client-key": "grace.key" };
  expect(await clientOf(server, { user: files }).get("/x")).toBe("grace");
});

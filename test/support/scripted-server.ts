// An API server that does what a test's script says: answers, cuts, stalls, goes away. Real TLS with HTTP/2, HTTP/1.1 or plain.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { constants, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";

const CERTIFICATES = join(import.meta.dirname, "certificates");

export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** 1 for the first request of this path, 2 for the next … */
  readonly attempt: number;
  /** Which connection it came on: 1, 2, … */
  readonly connection: number;
  readonly httpVersion: string;
  /** Common name of the client's certificate. */
  readonly clientName: string | undefined;
}

export interface Reply {
  json(status: number, body: unknown, headers?: OutgoingHttpHeaders): void;
  text(status: number, text: string): void;
  /** Sends the head alone; `write` sends 200 by itself if nothing was sent before. */
  head(status: number, headers?: OutgoingHttpHeaders): void;
  write(bytes: Buffer | string): void;
  end(): void;
  /** Breaks the answer off behind what was written: RST_STREAM with `code`, or the end of the connection in HTTP/1.1. */
  cut(code?: number): void;
  /** Says nothing more and keeps the stream open. */
  stall(): void;
  /** HTTP/2: this connection takes no more requests; running ones go on. */
  goaway(): void;
  /** Ends the connection without a word, with all that runs on it. */
  drop(): void;
  /** Resolves when the client has gone or has everything. */
  readonly closed: Promise<void>;
}

export type Script = (request: ScriptedRequest, reply: Reply) => void;

export interface ScriptedServerOptions {
  readonly protocol?: "h2" | "http/1.1" | "plain";
  /** A file of test/support/certificates. */
  readonly certificate?: "server" | "elsewhere" | "expired";
  /** HTTP/2 streams a connection; an API server allows 100. */
  readonly maxConcurrentStreams?: number;
}

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly ScriptedRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Writes a kubeconfig with one context named `scripted`, and gives its path. */
  kubeconfig(entries?: KubeconfigEntries): string;
  /** Puts a file beside the kubeconfig and gives its path. */
  file(name: string, content: string, mode?: number): string;
  close(): Promise<void>;
}

export interface KubeconfigEntries {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
}

export function certificate(name: string): { cert: string; key: string } {
  return { cert: pem(`${name}.crt`), key: pem(`${name}.key`) };
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export async function startScriptedServer(
  script: Script,
  { protocol = "h2", certificate: name = "server", maxConcurrentStreams = 100 }: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const attempts = new Map<string, number>();
  /** By the client's port: what HTTP/2 shows of its socket may not be destroyed. */
  const sockets = new Map<number, { readonly socket: Socket; readonly connection: number }>();
  let connections = 0;

  const tls = { ...certificate(name), ca: pem("ca.crt"), requestCert: true, rejectUnauthorized: false };
  // The compatible request and response have the methods of HTTP/1.1's.
  const answer = async (incoming: unknown, response: unknown) => {
    const request = incoming as Http2ServerRequest;
    const body = request.method === "POST" ? await text(request) : "";
    const { socket, connection } = sockets.get(request.socket.remotePort!)!;
    const url = new URL(request.url, "http://scripted");
    const attempt = (attempts.get(url.pathname) ?? 0) + 1;
    attempts.set(url.pathname, attempt);
    const peer = protocol === "plain" ? undefined : (socket as TLSSocket).getPeerCertificate().subject?.CN;
    const scripted: ScriptedRequest = {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      attempt,
      connection,
      httpVersion: request.httpVersion,
      clientName: Array.isArray(peer) ? peer[0] : peer,
    };
    requests.push(scripted);
    script(scripted, replyOn(request, response as Http2ServerResponse, socket));
  };
  const server =
    protocol === "plain"
      ? createHttpServer(answer)
      : protocol === "http/1.1"
        ? createHttpsServer(tls, answer)
        : createSecureServer({ ...tls, settings: { maxConcurrentStreams } }, answer);
  server.on(protocol === "plain" ? "connection" : "secureConnection", (socket: Socket) => {
    const port = socket.remotePort!;
    sockets.set(port, { socket, connection: ++connections });
    socket.on("error", () => {}); // tests break connections on purpose
    socket.once("close", () => sockets.delete(port));
  });
  server.on("sessionError", () => {});
  const open = new Set<Socket>(); // those too whose TLS handshake never ends
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `${protocol === "plain" ? "http" : "https"}://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "klog-scripted-"));
  let files = 0;

  const file = (fileName: string, content: string, mode = 0o600) => {
    const path = join(folder, fileName);
    writeFileSync(path, content, { mode });
    return path;
  };
  return {
    url,
    port,
    requests,
    get connections() {
      return connections;
    },
    kubeconfig({ cluster = {}, user = { token: "scripted-token" }, context = {} } = {}) {
      const authority = protocol === "plain" ? {} : { "certificate-authority-data": base64(pem("ca.crt")) };
      const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "scripted", cluster: { server: url, ...authority, ...cluster } }],
        users: [{ name: "scripted", user }],
        contexts: [{ name: "scripted", context: { cluster: "scripted", user: "scripted", ...context } }],
        "current-context": "scripted",
      };
      return file(`kubeconfig-${++files}.yaml`, JSON.stringify(config));
    },
    file,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function replyOn(request: Http2ServerRequest, response: Http2ServerResponse, socket: Socket): Reply {
  const stream = request.stream as Http2ServerRequest["stream"] | undefined;
  stream?.on("error", () => {}); // a cut is an error to node, and the script's wish here
  const closed = new Promise<void>((resolve) => response.once("close", () => resolve()));
  let flushed = Promise.resolve();

  const head = (status: number, headers: OutgoingHttpHeaders = {}) => {
    if (response.headersSent) return;
    response.writeHead(status, headers as Record<string, string>);
    if (stream === undefined) (response as unknown as { flushHeaders(): void }).flushHeaders();
  };
  const write = (bytes: Buffer | string) => {
    head(200, { "content-type": "text/plain" });
    const written = new Promise<void>((resolve) => response.write(bytes, "utf8", () => resolve()));
    flushed = flushed.then(() => Promise.race([written, closed]));
  };
  return {
    closed,
    head,
    write,
    json(status, body, headers = {}) {
      head(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    },
    text(status, text) {
      head(status, { "content-type": "text/plain" });
      response.end(text);
    },
    end: () => response.end(),
    cut(code = constants.NGHTTP2_INTERNAL_ERROR) {
      head(200);
      void flushed.then(() => {
        if (stream === undefined) socket.destroy();
        else stream.close(code);
      });
    },
    stall() {},
    goaway() {
      stream?.session?.goaway();
    },
    drop() {
      void flushed.then(() => socket.destroy());
    },
  };
}

function pem(name: string): string {
  return readFileSync(join(CERTIFICATES, name), "utf8");
}

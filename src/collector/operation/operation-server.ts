// The agent's local HTTP port: /healthz (the loop turns), /readyz (the first scan is done), /metrics, /status.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KlogError, messageOf } from "../../errors.ts";
import type { AgentStatus } from "./agent-status.ts";
import type { Metrics } from "./metrics.ts";

/** A loop that has not turned for so long hangs. */
const TURN_MS = 10_000;

export interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

export interface OperationEdges {
  readonly status: () => AgentStatus;
  readonly metrics: Metrics;
  /** Ms since the epoch. */
  readonly now: () => number;
}

export async function answer(path: string, { status, metrics, now }: OperationEdges): Promise<Answer> {
  switch (path) {
    case "/healthz":
      return health(status(), now());
    case "/readyz":
      return readiness(status());
    case "/metrics":
      return { code: 200, type: metrics.contentType, body: await metrics.scrape(status(), now()) };
    case "/status":
      return { code: 200, type: "application/json", body: `${JSON.stringify(status())}\n` };
    default:
      return text(404, "klog agent: /healthz /readyz /metrics /status\n");
  }
}

/** Degraded is not dead: to restart the agent would not mend a full disk, and costs what is in flight. */
function health({ turnedAt, degraded }: AgentStatus, now: number): Answer {
  const age = now - turnedAt;
  if (age > TURN_MS) return text(503, `the loop has not turned for ${Math.round(age / 1000)} s\n`);
  return text(200, `ok\n${degraded.map(({ kind, what }) => `degraded: ${kind}: ${what}\n`).join("")}`);
}

function readiness({ ready, phase }: AgentStatus): Answer {
  if (phase === "draining" || phase === "stopped") return text(503, `${phase}\n`);
  return ready ? text(200, "ok\n") : text(503, "the first full scan is not done\n");
}

function text(code: number, body: string): Answer {
  return { code, type: "text/plain; charset=utf-8", body };
}

export interface OperationServer {
  /** Where it listens: `127.0.0.1:7953`. */
  readonly address: string;
  close(): void;
}

/** `address`: `host:port`, `:port` (loopback) or a port; port 0 takes any. Throws KlogError where it cannot listen. */
export async function startOperationServer(address: string, edges: OperationEdges): Promise<OperationServer> {
  const { host, port } = parseAddress(address);
  // An import would ask the module for all that it has, its own client too: 50 ms and 8 MB that nobody needs.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 5_000 }, (request, response) => {
    void respond(request, response, edges);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(address, error)));
    server.listen(port, host, () => resolve());
  });
  // Whoever is cut off asks again; the agent goes on.
  server.on("error", () => undefined);
  const bound = server.address() as AddressInfo;
  return {
    address: bound.family === "IPv6" ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, edges: OperationEdges): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  const path = (request.url ?? "/").split("?", 1)[0]!;
  const { code, type, body } = await answer(path, edges).catch((error: unknown) => text(500, `${messageOf(error)}\n`));
  response.writeHead(code, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
}

export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:]*):)?(\d{1,5})$/.exec(address);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    throw new KlogError("USAGE", `${JSON.stringify(address)} is no address to listen on`, {
      hint: "write host:port, :port for this machine only, or off",
    });
  }
  const host = (match[1] ?? "").replace(/^\[(.*)\]$/, "$1");
  return { host: host === "" ? "127.0.0.1" : host, port };
}

function cannotListen(address: string, cause: NodeJS.ErrnoException): KlogError {
  return new KlogError("USAGE", `cannot listen on ${address} for /healthz and /metrics: ${cause.message}`, {
    hint:
      cause.code === "EADDRINUSE"
        ? "another agent runs here, or choose a port: --http :9953, or --http off"
        : "choose another address with --http, or --http off",
    cause,
  });
}

// Opens connections to one API server: through its proxy, with its trust and the client's certificate.
import { readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { ClusterAccess } from "./kubeconfig.ts";
import { proxyFor } from "./proxy.ts";
import { openTunnel, unbracketed } from "./proxy-tunnel.ts";

/** As client-go: a dial that takes longer will not come. */
const CONNECT_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;

/** PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface Dialer {
  readonly secure: boolean;
  /** A TLS socket if `secure`; its `alpnProtocol` says what the server chose from `protocols`. */
  dial(protocols: readonly string[]): Promise<Socket | TLSSocket>;
}

/** Reads the cluster's CA; throws when a certificate, key or proxy address is unusable. */
export function createDialer(cluster: ClusterAccess, certificate: ClientCertificate | undefined): Dialer {
  const server = new URL(cluster.server);
  const secure = server.protocol === "https:";
  const host = unbracketed(server.hostname);
  const port = Number(server.port || (secure ? 443 : 80));
  const proxy = proxyFor(server, cluster.proxyUrl, process.env);
  const authority = authorityOf(cluster);
  const secureContext = secure ? contextFor(cluster, authority, certificate) : undefined;
  const trust = () => [...systemRoots(), ...(authority === undefined ? [] : [authority])];

  return {
    secure,
    async dial(protocols) {
      const timeout = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
      const socket =
        proxy === undefined
          ? await connected(connect({ host, port, signal: timeout }), "connect")
          : await openTunnel(proxy, { host, port }, trust, timeout);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      if (secureContext === undefined) return socket;
      const name = cluster.tlsServerName ?? host;
      const tlsSocket = connectTls({
        socket,
        secureContext,
        ALPNProtocols: [...protocols],
        rejectUnauthorized: !cluster.insecureSkipTlsVerify,
        // An address is checked against the certificate, too, but may not be sent as a server name.
        host: name,
        ...(isIP(name) === 0 ? { servername: name } : {}),
      });
      const abort = () => tlsSocket.destroy(timeout.reason);
      timeout.addEventListener("abort", abort, { once: true });
      try {
        return await connected(tlsSocket, "secureConnect");
      } finally {
        timeout.removeEventListener("abort", abort);
      }
    },
  };
}

function contextFor(
  cluster: ClusterAccess,
  authority: string | undefined,
  certificate: ClientCertificate | undefined,
): SecureContext {
  return createSecureContext({
    ...(cluster.insecureSkipTlsVerify ? {} : { ca: authority ?? systemRoots() }),
    ...(certificate ?? {}),
  });
}

function authorityOf(cluster: ClusterAccess): string | undefined {
  if (cluster.caData !== undefined) return Buffer.from(cluster.caData, "base64").toString("utf8");
  return cluster.caFile === undefined ? undefined : readFileSync(cluster.caFile, "utf8");
}

/** Node's own roots and the machine's: kubectl trusts the machine's only, but then the store may be absent in a container. */
function systemRoots(): string[] {
  return [...getCACertificates("default"), ...getCACertificates("system")];
}

function connected<S extends Socket>(socket: S, event: "connect" | "secureConnect"): Promise<S> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const closed = () => failed(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    socket.once("error", failed).once("close", closed);
    socket.once(event, () => {
      socket.off("error", failed).off("close", closed);
      resolve(socket);
    });
  });
}

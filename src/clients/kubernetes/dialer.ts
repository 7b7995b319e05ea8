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
import { openTunnel, ProxyFailure, unbracketed } from "./proxy-tunnel.ts";

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
      // Not AbortSignal.timeout: a socket is bound to its signal for life, and must not end by it once it stands.
      const limit = new AbortController();
      let expired = false;
      const timer = setTimeout(() => {
        expired = true;
        limit.abort();
      }, CONNECT_TIMEOUT_MS);
      try {
        const socket =
          proxy === undefined
            ? await connected(connect({ host, port, signal: limit.signal }), "connect")
            : await openTunnel(proxy, { host, port }, trust, limit.signal);
        // From here on TLS or HTTP tell what happens to it; its own error must only not be without a listener.
        socket.on("error", () => {});
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
        limit.signal.addEventListener("abort", () => tlsSocket.destroy(timedOut()), { once: true });
        return await connected(tlsSocket, "secureConnect");
      } catch (error) {
        limit.abort(); // ends what is left of a failed attempt
        throw expired && !(error instanceof ProxyFailure) ? timedOut() : error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function timedOut(): Error {
  return Object.assign(new Error("the connection took too long"), { code: "ETIMEDOUT" });
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
    // It stays: a socket may fail once more after it was given up, or just before its user listens. `close` tells them, too.
    socket.on("error", reject);
    socket.once("close", () => reject(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" })));
    socket.once(event, () => resolve(socket));
  });
}

// A TCP connection through a proxy: HTTP CONNECT (to a proxy on http or https) or SOCKS5.
import { connect, isIP, type Socket } from "node:net";
import { messageOf } from "../../errors.ts";

export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
}

/** What went wrong lies between klog and its proxy; the message names the proxy. */
export class ProxyFailure extends Error {}

/** `ca` are the roots that a proxy on https is checked against. */
export function openTunnel(proxy: URL, target: TunnelTarget, ca: () => string[], signal: AbortSignal): Promise<Socket> {
  return proxy.protocol.startsWith("socks5")
    ? throughSocks(proxy, target, signal)
    : throughConnect(proxy, target, ca, signal);
}

async function throughConnect(
  proxy: URL,
  target: TunnelTarget,
  ca: () => string[],
  signal: AbortSignal,
): Promise<Socket> {
  const secure = proxy.protocol === "https:";
  const authority = `${bracketed(target.host)}:${target.port}`;
  const headers: Record<string, string> = { host: authority };
  if (proxy.username !== "") {
    const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    headers["proxy-authorization"] = `Basic ${Buffer.from(login).toString("base64")}`;
  }
  const options = {
    method: "CONNECT",
    host: unbracketed(proxy.hostname),
    port: proxy.port || (secure ? 443 : 80),
    path: authority,
    headers,
    agent: false,
    signal,
  };
  // Imported only here: it costs 50 ms of CPU, and few need a proxy.
  const connecting = secure
    ? (await import("node:https")).request({ ...options, ca: ca() })
    : (await import("node:http")).request(options);
  return new Promise((resolve, reject) => {
    connecting.once("connect", ({ statusCode, statusMessage }, socket) => {
      if (statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(
        new ProxyFailure(`the proxy ${proxy.host} refused to connect to ${authority}: ${statusCode} ${statusMessage}`),
      );
    });
    connecting.once("response", ({ statusCode }) =>
      reject(new ProxyFailure(`the proxy ${proxy.host} answered ${statusCode} instead of connecting to ${authority}`)),
    );
    connecting.once("error", (cause) => {
      const why = signal.aborted ? "it did not answer in time" : cause.message;
      reject(new ProxyFailure(`the proxy ${proxy.host} cannot be reached: ${why}`, { cause }));
    });
    connecting.end();
  });
}

const SOCKS_REPLIES: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "not allowed by its rules",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "timed out",
  7: "command not supported",
  8: "address type not supported",
};

/** RFC 1928 and 1929. Names are resolved by the proxy, as Go does for socks5 and socks5h alike. */
async function throughSocks(proxy: URL, target: TunnelTarget, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host: unbracketed(proxy.hostname), port: Number(proxy.port || 1080), signal });
  const failed = (what: string) => new ProxyFailure(`the proxy ${proxy.host} ${what}`);
  try {
    const login = proxy.username !== "";
    socket.write(login ? Buffer.from([5, 2, 0, 2]) : Buffer.from([5, 1, 0]));
    const [version, method] = await readExactly(socket, 2);
    if (version !== 5) throw failed("does not speak SOCKS5");
    if (method === 2 && login) {
      const user = Buffer.from(decodeURIComponent(proxy.username));
      const password = Buffer.from(decodeURIComponent(proxy.password));
      socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]));
      if ((await readExactly(socket, 2))[1] !== 0) throw failed("did not accept its user name and password");
    } else if (method !== 0) {
      throw failed("asks for an authentication that its address does not give");
    }
    const name = Buffer.from(target.host);
    const port = Buffer.from([target.port >> 8, target.port & 255]);
    socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, port]));
    const reply = await readExactly(socket, 4);
    if (reply[1] !== 0) throw failed(`refused to connect to ${target.host}: ${SOCKS_REPLIES[reply[1]!] ?? reply[1]}`);
    const boundLength = reply[3] === 1 ? 4 : reply[3] === 4 ? 16 : (await readExactly(socket, 1))[0]!;
    await readExactly(socket, boundLength + 2);
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof ProxyFailure) throw error;
    throw failed(`cannot be reached: ${signal.aborted ? "it did not answer in time" : messageOf(error)}`);
  }
}

function readExactly(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      socket.off("readable", attempt).off("error", failed).off("end", ended);
      outcome();
    };
    const attempt = () => {
      const bytes: Buffer | null = socket.read(length);
      if (bytes !== null && bytes.length === length) settle(() => resolve(bytes));
    };
    const failed = (error: Error) => settle(() => reject(error));
    const ended = () => failed(new Error("it closed the connection"));
    socket.on("readable", attempt).once("error", failed).once("end", ended);
    attempt();
  });
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** The URL class keeps the brackets of an IPv6 address, node:net wants none. */
export function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

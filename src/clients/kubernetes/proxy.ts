// Which proxy a server is reached through: the cluster's own `proxy-url`, else the environment as Go programs read it.
import { BlockList, isIP } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined when the server is spoken to directly. Throws on an address that is not a proxy's. */
export function proxyFor(server: URL, proxyUrl: string | undefined, env: Environment): URL | undefined {
  // NO_PROXY is about the environment's proxies; one that the kubeconfig names always holds.
  if (proxyUrl !== undefined) return parseProxy(proxyUrl, "proxy-url of the kubeconfig");
  const name = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = env[name] ?? env[name.toLowerCase()];
  if (!value || (name === "HTTP_PROXY" && env["REQUEST_METHOD"])) return undefined;
  return bypassed(server, env["NO_PROXY"] ?? env["no_proxy"] ?? "") ? undefined : parseProxy(value, name);
}

function parseProxy(value: string, where: string): URL {
  const address = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^(https?|socks5h?):$/.test(url.protocol)) {
    throw new Error(`the proxy in ${where} is not an http, https or socks5 address`);
  }
  return url;
}

function bypassed(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  if (host === "localhost" || isLoopback(host)) return true;
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || matches(entry, host, port));
}

/** An entry is a network (`10.0.0.0/8`), an address or a domain; the latter two may name a port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry.includes("/")) return inNetwork(entry, host);
  const withPort = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry);
  if (withPort !== null && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, "");
  if (isIP(name) !== 0) return name === host;
  const domain = name.replace(/^\*/, "");
  // `.example.com` is its subdomains only, `example.com` is itself, too.
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function inNetwork(entry: string, host: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false;
  const name = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), name);
  return list.check(host, name);
}

function isLoopback(host: string): boolean {
  return host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

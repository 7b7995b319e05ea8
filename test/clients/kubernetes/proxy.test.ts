import { describe, expect, test } from "vitest";
import { proxyFor } from "../../../src/clients/kubernetes/proxy.ts";

const SERVER = new URL("https://api.example.com:6443");

describe("the environment", () => {
  test("names a proxy by the server's protocol, in capitals first", () => {
    const env = { HTTPS_PROXY: "http://upper:1", https_proxy: "http://lower:2", HTTP_PROXY: "http://plain:3" };
    expect(proxyFor(SERVER, undefined, env)?.host).toBe("upper:1");
    expect(proxyFor(SERVER, undefined, { https_proxy: "http://lower:2" })?.host).toBe("lower:2");
    expect(proxyFor(new URL("http://api.example.com"), undefined, env)?.host).toBe("plain:3");
    expect(proxyFor(SERVER, undefined, {})).toBeUndefined();
  });

  test("may leave the scheme out", () => {
    expect(proxyFor(SERVER, undefined, { HTTPS_PROXY: "proxy:3128" })?.href).toBe("http://proxy:3128/");
  });

  test("is not used for this machine", () => {
    for (const host of ["localhost:6443", "127.0.0.1:6443", "[::1]:6443"]) {
      expect(proxyFor(new URL(`https://${host}`), undefined, { HTTPS_PROXY: "http://p:1" })).toBeUndefined();
    }
  });

  test.each([
    ["*", "https://api.example.com", true],
    ["example.com", "https://api.example.com", true],
    ["example.com", "https://example.com", true],
    ["example.com", "https://notexample.com", false],
    [".example.com", "https://example.com", false],
    ["*.example.com", "https://api.example.com", true],
    [" other.org , API.example.com ", "https://api.example.com", true],
    ["api.example.com:6443", "https://api.example.com:6443", true],
    ["api.example.com:443", "https://api.example.com:6443", false],
    ["api.example.com:443", "https://api.example.com", true],
    ["10.0.0.0/8", "https://10.3.2.1", true],
    ["10.0.0.0/8", "https://11.3.2.1", false],
    ["10.0.0.0/8", "https://ten.example", false],
    ["fd00::/8", "https://[fd12::1]", true],
    ["10.0.0.1", "https://10.0.0.1", true],
    ["10.0.0.1", "https://10.0.0.10", false],
    ["", "https://api.example.com", false],
  ])("NO_PROXY=%s and %s: bypassed %s", (noProxy, server, bypassed) => {
    const proxy = proxyFor(new URL(server), undefined, { HTTPS_PROXY: "http://p:1", NO_PROXY: noProxy });
    expect(proxy === undefined).toBe(bypassed);
  });
});

test("the kubeconfig's proxy holds whatever NO_PROXY says", () => {
  const env = { HTTPS_PROXY: "http://other:1", NO_PROXY: "*" };
  expect(proxyFor(SERVER, "socks5://own:1080", env)?.host).toBe("own:1080");
});

test("an address that is no proxy's is refused without showing it", () => {
  expect(() => proxyFor(SERVER, "ftp://user:s3cret@host", {})).toThrow(
    /^the proxy in proxy-url of the kubeconfig is not/,
  );
});

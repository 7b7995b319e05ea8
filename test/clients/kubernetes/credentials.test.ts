import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { Secret } from "../../../src/config/secret.ts";
import { KlogError } from "../../../src/errors.ts";
import { base64, certificate, type ScriptedServer } from "../../support/scripted-server.ts";
import { clientOf, scriptedServer } from "./scripted-client.ts";

const SILENT = { stdinIsTerminal: false, stderr: () => {} };

/** Answers with the Authorization header that came, 401 for the tokens that are refused. */
function authorizing(refused: readonly string[] = []): Promise<ScriptedServer> {
  return scriptedServer(({ headers }, reply) => {
    const given = headers.authorization ?? "none";
    if (refused.some((token) => given === `Bearer ${token}`))
      reply.json(401, { kind: "Status", message: "Unauthorized" });
    else reply.json(200, given);
  });
}

/** A plugin in sh beside the kubeconfig; `count` is a file with a dot for each run. */
function plugin(server: ScriptedServer, body: string, more: Record<string, unknown> = {}) {
  const path = server.file("login", `#!/bin/sh\nprintf . >>"$(dirname "$0")/count"\n${body}\n`, 0o755);
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./login", interactiveMode: "IfAvailable" };
  return {
    entries: { user: { exec: { ...exec, ...more } } },
    runs: () => readFileSync(`${dirname(path)}/count`, "utf8").length,
    read: (name: string) => readFileSync(`${dirname(path)}/${name}`, "utf8"),
  };
}

function credential(status: Record<string, string>, version = "v1"): string {
  return JSON.stringify({ apiVersion: `client.authentication.k8s.io/${version}`, kind: "ExecCredential", status });
}

describe("headers", () => {
  test("a token is sent as a bearer token, a name with a password as basic", async () => {
    const server = await authorizing();
    expect(await clientOf(server, { user: { token: "t" } }).get("/x")).toBe("Bearer t");
    const basic = { user: { username: "ada", password: "pass:word" } };
    expect(await clientOf(server, basic).get("/x")).toBe(`Basic ${base64("ada:pass:word")}`);
    expect(await clientOf(server, { user: {} }).get("/x")).toBe("none");
    expect(await clientOf(server, basic, {}, { token: "flag" }).get("/x")).toBe("Bearer flag");
  });

  test("a token from elsewhere stands above the kubeconfig's user, and is asked for again when it is refused", async () => {
    const server = await authorizing(["old"]);
    const tokens = ["old", "new"];
    const tokenSource = async () => new Secret(tokens.shift() ?? "new");
    const entries = { user: { token: "kubeconfig" } };
    expect(await clientOf(server, entries, {}, { tokenSource }).get("/x")).toBe("Bearer new");
    expect(await clientOf(server, entries, {}, { tokenSource, token: "flag" }).get("/x")).toBe("Bearer flag");
  });

  test("a token that cannot be had is an error that says where it was looked for", async () => {
    const server = await authorizing();
    const tokenSource = async () => {
      throw new KlogError("CREDENTIALS_FAILED", "the secret of $T is not there", { hint: "set T" });
    };
    await expect(clientOf(server, {}, {}, { tokenSource }).get("/x")).rejects.toMatchObject({
      kind: "credentials",
      message: "the secret of $T is not there; set T",
    });
  });

  test("impersonation is sent with every group and extra", async () => {
    const server = await authorizing();
    const user = { token: "t", as: "carol", "as-user-extra": { "Example.com/Reason": ["audit", "test"] } };
    await clientOf(server, { user }, {}, { asGroup: ["ops", "dev"], asUid: "42" }).get("/x");
    expect(server.requests[0]!.headers).toMatchObject({
      "impersonate-user": "carol",
      "impersonate-group": "ops, dev",
      "impersonate-uid": "42",
      "impersonate-extra-example.com%2freason": "audit, test",
    });
  });
});

describe("a token file", () => {
  test("is read again after a minute", async () => {
    const server = await authorizing();
    server.file("token", "one\n");
    let now = 0;
    const client = clientOf(server, { user: { tokenFile: "token" } }, { now: () => now });
    expect(await client.get("/x")).toBe("Bearer one");
    server.file("token", "two\n");
    now = 59_000;
    expect(await client.get("/x")).toBe("Bearer one");
    now = 61_000;
    expect(await client.get("/x")).toBe("Bearer two");
  });

  test("is read again at once after a 401", async () => {
    const server = await authorizing(["one"]);
    server.file("token", "one");
    const client = clientOf(server, { user: { tokenFile: "token" } });
    await expect(client.get("/x")).rejects.toMatchObject({ kind: "unauthorized" });
    expect(server.requests).toHaveLength(1); // the file has not changed, so there was nothing else to try
    server.file("token", "two");
    expect(await client.get("/x")).toBe("Bearer two");
    expect(server.requests).toHaveLength(3);
  });

  test("that is missing is named", async () => {
    const server = await authorizing();
    await expect(clientOf(server, { user: { tokenFile: "absent" } }).get("/x")).rejects.toMatchObject({
      kind: "credentials",
      message: expect.stringMatching(/^the token file .*\/absent cannot be read: ENOENT/),
    });
  });
});

describe("an exec plugin", () => {
  test("is run once for many requests, with its arguments and environment", async () => {
    const server = await authorizing();
    const { entries, runs, read } = plugin(
      server,
      `printf '%s|' "$@" "$PROFILE" >"$(dirname "$0")/called"\necho '${credential({ token: "fresh" })}'`,
      { args: ["get token", "--x"], env: [{ name: "PROFILE", value: "work" }] },
    );
    const client = clientOf(server, entries, { console: SILENT });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.get("/x")));
    expect(new Set(answers)).toEqual(new Set(["Bearer fresh"]));
    expect(runs()).toBe(1);
    expect(read("called")).toBe("get token|--x|work|");
  });

  test.each(["v1", "v1beta1"])("is told in %s what it is asked for", async (version) => {
    const server = await authorizing();
    const apiVersion = `client.authentication.k8s.io/${version}`;
    const script = `printf '%s' "$KUBERNETES_EXEC_INFO" >"$(dirname "$0")/info"\necho '${credential({ token: "t" }, version)}'`;
    const { entries, read } = plugin(server, script, { apiVersion, provideClusterInfo: true });
    const extension = { name: "client.authentication.k8s.io/exec", extension: { audience: "me" } };
    const cluster = { extensions: [extension], "tls-server-name": "localhost" };
    await clientOf(server, { ...entries, cluster }, { console: SILENT }).get("/x");
    expect(JSON.parse(read("info"))).toEqual({
      apiVersion,
      kind: "ExecCredential",
      spec: {
        interactive: false,
        cluster: {
          server: server.url,
          "tls-server-name": "localhost",
          "certificate-authority-data": base64(certificateAuthority()),
          config: { audience: "me" },
        },
      },
    });
  });

  test("is not told of the cluster unless the kubeconfig says so", async () => {
    const server = await authorizing();
    const script = `printf '%s' "$KUBERNETES_EXEC_INFO" >"$(dirname "$0")/info"\necho '${credential({ token: "t" })}'`;
    const { entries, read } = plugin(server, script);
    await clientOf(server, entries, { console: { ...SILENT, stdinIsTerminal: true } }).get("/x");
    expect(JSON.parse(read("info")).spec).toEqual({ interactive: true });
    const { entries: never } = plugin(server, script, { interactiveMode: "Never" });
    await clientOf(server, never, { console: { ...SILENT, stdinIsTerminal: true } }).get("/x");
    expect(JSON.parse(read("info")).spec).toEqual({ interactive: false });
  });

  test("that always needs a terminal is not run without one", async () => {
    const server = await authorizing();
    const { entries } = plugin(server, "echo", { interactiveMode: "Always" });
    await expect(clientOf(server, entries, { console: SILENT }).get("/x")).rejects.toMatchObject({
      kind: "credentials",
      message:
        'the exec plugin "login" of the user "scripted" needs a terminal as standard input; log in with it first',
    });
  });

  test("is run again when its credential expires", async () => {
    const server = await authorizing();
    const expiring = (token: string, time: string) => credential({ token, expirationTimestamp: time });
    const { entries, runs } = plugin(
      server,
      `if [ "$(wc -c <"$(dirname "$0")/count")" -gt 1 ]; then echo '${expiring("second", "2026-01-01T02:00:00Z")}'; else echo '${expiring("first", "2026-01-01T01:00:00Z")}'; fi`,
    );
    let now = Date.parse("2026-01-01T00:59:59Z");
    const client = clientOf(server, entries, { console: SILENT, now: () => now });
    expect(await client.get("/x")).toBe("Bearer first");
    expect(await client.get("/x")).toBe("Bearer first");
    now += 2000;
    expect(await client.get("/x")).toBe("Bearer second");
    expect(runs()).toBe(2);
  });

  test("is run again once after a 401, for all requests that got one", async () => {
    const server = await authorizing(["first"]);
    const { entries, runs } = plugin(
      server,
      `if [ "$(wc -c <"$(dirname "$0")/count")" -gt 1 ]; then echo '${credential({ token: "second" })}'; else echo '${credential({ token: "first" })}'; fi`,
    );
    const client = clientOf(server, entries, { console: SILENT });
    const answers = await Promise.all(Array.from({ length: 5 }, () => client.get("/x")));
    expect(new Set(answers)).toEqual(new Set(["Bearer second"]));
    expect(runs()).toBe(2);
  });

  test("that gives a refused credential again ends in an error, not in a loop", async () => {
    const server = await authorizing(["same"]);
    const { entries, runs } = plugin(server, `echo '${credential({ token: "same" })}'`);
    await expect(clientOf(server, entries, { console: SILENT }).get("/x")).rejects.toMatchObject({
      kind: "unauthorized",
    });
    expect(runs()).toBe(2);
    expect(server.requests).toHaveLength(1);
  });

  test("may give a client certificate, and another one gets new connections", async () => {
    const server = await scriptedServer((request, reply) => {
      if (request.path === "/strict" && request.clientName === "ada") reply.json(401, {});
      else reply.json(200, `${request.clientName} on ${request.connection}`);
    });
    const asStatus = (name: string) => {
      const { cert, key } = certificate(name);
      return { clientCertificateData: cert, clientKeyData: key };
    };
    server.file("1", credential(asStatus("client-1")));
    server.file("2", credential(asStatus("client-2")));
    const { entries } = plugin(server, 'cd "$(dirname "$0")" && cat "$(wc -c <count | tr -d " ")"');
    const client = clientOf(server, entries, { console: SILENT });
    expect(await client.get("/x")).toBe("ada on 1");
    expect(await client.get("/strict")).toBe("grace on 2");
    expect(await client.get("/x")).toBe("grace on 2");
  });

  test("that gives a new token with the same certificate keeps the connection", async () => {
    const server = await scriptedServer((request, reply) =>
      reply.json(200, `${request.clientName} ${request.headers.authorization} on ${request.connection}`),
    );
    const { cert, key } = certificate("client-1");
    const status = (token: string) => ({ token, clientCertificateData: cert, clientKeyData: key });
    server.file("1", credential({ ...status("one"), expirationTimestamp: "2026-01-01T00:00:00Z" }));
    server.file("2", credential(status("two")));
    const { entries } = plugin(server, 'cd "$(dirname "$0")" && cat "$(wc -c <count | tr -d " ")"');
    let now = Date.parse("2025-12-31T23:00:00Z");
    const client = clientOf(server, entries, { console: SILENT, now: () => now });
    expect(await client.get("/x")).toBe("ada Bearer one on 1");
    now += 3_600_000;
    expect(await client.get("/x")).toBe("ada Bearer two on 1");
  });

  test("that fails is told with its name, exit code and last words, without its secrets", async () => {
    const server = await authorizing();
    const stderr = vi.fn<(chunk: Buffer) => void>();
    const { entries } = plugin(
      server,
      "for i in 1 2 3 4 5; do echo line $i >&2; done; echo 'token: s3cret-1, Bearer s3cret-2, eyJhbGciOi.eyJzdWIi.c2ln expired' >&2; exit 3",
    );
    const failed = await clientOf(server, entries, { console: { stdinIsTerminal: false, stderr } })
      .get("/x")
      .catch((error: Error) => error);
    expect(failed).toMatchObject({ kind: "credentials" });
    expect((failed as Error).message).toBe(
      'the exec plugin "login" of the user "scripted" failed with exit code 3: line 2\nline 3\nline 4\nline 5\ntoken: [hidden] Bearer [hidden] [token] expired',
    );
    // Live, its words go to the terminal untouched: they may be a prompt.
    expect(Buffer.concat(stderr.mock.calls.map(([chunk]) => chunk)).toString()).toMatch(/^line 1\n/);
  });

  test("that is not installed is told with the kubeconfig's own hint", async () => {
    const server = await authorizing();
    const { entries } = plugin(server, "", {
      command: "klog-no-such-plugin",
      installHint: "see https://intranet/login\n",
    });
    await expect(clientOf(server, entries, { console: SILENT }).get("/x")).rejects.toMatchObject({
      kind: "credentials",
      message:
        'the exec plugin "klog-no-such-plugin" of the user "scripted" was not found (klog-no-such-plugin)\nsee https://intranet/login',
    });
  });

  test.each([
    ["echo s3cret", "did not print JSON"],
    ["echo '{}'", "did not print an ExecCredential"],
    [
      `echo '${credential({ token: "s3cret" }, "v1beta1")}'`,
      "printed the API version client.authentication.k8s.io/v1beta1",
    ],
    [`echo '${credential({})}'`, "gave neither a token nor a client certificate"],
    [`echo '${credential({ clientCertificateData: "s3cret" })}'`, "gave only one half"],
    [`echo '${credential({ token: "s3cret", expirationTimestamp: "soon" })}'`, "is not a time"],
  ])("that runs %s gives an error that quotes nothing", async (script, expected) => {
    const server = await authorizing();
    const { entries } = plugin(server, script);
    const failed = await clientOf(server, entries, { console: SILENT })
      .get("/x")
      .catch((error: Error) => error);
    expect(failed).toMatchObject({ kind: "credentials", message: expect.stringContaining(expected) });
    expect(String((failed as Error).cause) + (failed as Error).message).not.toContain("s3cret");
  });

  test("that waits for somebody is ended with the client", async () => {
    const server = await authorizing();
    const { entries, read } = plugin(server, 'echo $$ >"$(dirname "$0")/pid"\nexec sleep 60');
    const client = clientOf(server, entries, { console: SILENT });
    const waiting = client.get("/x").catch((error: Error) => error);
    await expect.poll(() => read("pid")).toMatch(/^\d+\n$/);
    client.close();
    expect(await waiting).toMatchObject({ kind: "unreachable" });
    await expect.poll(() => isAlive(Number(read("pid")))).toBe(false);
  });
});

describe("an auth-provider", () => {
  const jwt = (claims: object) =>
    [{ alg: "RS256" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") +
    ".c2ln";
  const future = Math.floor(Date.now() / 1000) + 3600;

  test("oidc sends its id-token while it is valid", async () => {
    const server = await authorizing();
    const token = jwt({ exp: future });
    const user = { "auth-provider": { name: "oidc", config: { "id-token": token } } };
    expect(await clientOf(server, { user }).get("/x")).toBe(`Bearer ${token}`);
  });

  function issuer(methods: readonly string[] | undefined): Promise<ScriptedServer> {
    return scriptedServer(
      (request, reply) => {
        const origin = `https://${request.headers.host}`;
        if (request.path === "/realm/.well-known/openid-configuration") {
          const more = methods === undefined ? {} : { token_endpoint_auth_methods_supported: methods };
          return reply.json(200, { issuer: `${origin}/realm`, token_endpoint: `${origin}/token`, ...more });
        }
        if (request.attempt > 2) return reply.json(400, { error: "invalid_grant", error_description: "session ended" });
        const token = jwt({ exp: future + request.attempt, sub: request.headers.authorization });
        return reply.json(200, { id_token: token, refresh_token: `r${request.attempt + 1}` });
      },
      { protocol: "http/1.1" },
    );
  }

  function expired(at: ScriptedServer, more: Record<string, string> = {}) {
    const config = {
      "client-id": "klog",
      "id-token": jwt({ exp: 1 }),
      "refresh-token": "r1",
      "idp-issuer-url": `${at.url}/realm/`,
      "idp-certificate-authority-data": base64(certificateAuthority()),
      ...more,
    };
    return { user: { "auth-provider": { name: "oidc", config } } };
  }

  test("oidc refreshes an expired id-token at its issuer, with the newest refresh token, until it cannot", async () => {
    const server = await authorizing();
    const idp = await issuer(undefined);
    let now = Date.now();
    const client = clientOf(server, expired(idp), { now: () => now });
    const claims = async () =>
      JSON.parse(Buffer.from((await client.get<string>("/x")).split(".")[1]!, "base64url").toString());
    expect(await claims()).toMatchObject({ exp: future + 1 });
    expect(await claims()).toMatchObject({ exp: future + 1 });
    now += 3_600_000;
    expect(await claims()).toMatchObject({ exp: future + 2 });
    now += 3_600_000;
    await expect(client.get("/x")).rejects.toMatchObject({
      kind: "credentials",
      message: expect.stringMatching(/cannot be refreshed at https:.*: 400 invalid_grant session ended; log in again$/),
    });
    expect(idp.requests.filter((request) => request.path === "/token").map((request) => request.body)).toEqual([
      "grant_type=refresh_token&refresh_token=r1&client_id=klog",
      "grant_type=refresh_token&refresh_token=r2&client_id=klog",
      "grant_type=refresh_token&refresh_token=r3&client_id=klog",
    ]);
  });

  test.each([
    [undefined, "grant_type=refresh_token&refresh_token=r1", `Basic ${base64("klog:s3cret%2F")}`],
    [
      ["client_secret_post"],
      "grant_type=refresh_token&refresh_token=r1&client_id=klog&client_secret=s3cret%2F",
      undefined,
    ],
  ] as const)("oidc says its client secret as the issuer wants it: %s", async (methods, body, authorization) => {
    const server = await authorizing();
    const idp = await issuer(methods);
    await clientOf(server, expired(idp, { "client-secret": "s3cret/" })).get("/x");
    expect(idp.requests.at(-1)).toMatchObject({ body });
    expect(idp.requests.at(-1)!.headers.authorization).toBe(authorization);
  });

  test("oidc that cannot be refreshed asks for a new login", async () => {
    const server = await authorizing();
    const user = { "auth-provider": { name: "oidc", config: { "id-token": jwt({ exp: 1 }) } } };
    await expect(clientOf(server, { user }).get("/x")).rejects.toMatchObject({
      kind: "credentials",
      message: 'the OpenID token of the user "scripted" has expired; log in again',
    });
  });

  test("that Kubernetes has removed names its successor", async () => {
    const server = await authorizing();
    const user = { "auth-provider": { name: "gcp", config: { "access-token": "s3cret" } } };
    await expect(clientOf(server, { user }).get("/x")).rejects.toMatchObject({
      kind: "credentials",
      message: expect.stringContaining("use gke-gcloud-auth-plugin instead"),
    });
  });
});

test("a client certificate without its key is refused with the user's name", async () => {
  const server = await authorizing();
  const user = { "client-certificate-data": base64(certificate("client-1").cert) };
  await expect(clientOf(server, { user }).get("/x")).rejects.toMatchObject({
    kind: "credentials",
    message: 'the user "scripted" has no client key; a certificate needs its key',
  });
});

function certificateAuthority(): string {
  return readFileSync(new URL("../../support/certificates/ca.crt", import.meta.url), "utf8");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// The kubeconfig's old `auth-provider: oidc`: an id-token, and a refresh token that buys a new one from its issuer.
// Not client-node's: 2.0.1 hands openid-client 6 a string for a URL, and so cannot refresh at all.
import { readFile } from "node:fs/promises";
import { messageOf } from "../../errors.ts";
import { ApiError } from "./client.ts";

/** As kubectl: a token that ends within these is not begun with. */
const MARGIN_MS = 10_000;
const TIMEOUT_MS = 30_000;

export interface OpenIdToken {
  readonly idToken: string;
  readonly freshUntil: number;
}

/** Returns what gives a token that is valid now. Refreshed tokens live as long as it does; the kubeconfig is not written. */
export function openIdTokens(
  user: string,
  config: Readonly<Record<string, string>>,
  now: () => number,
): () => Promise<OpenIdToken> {
  let idToken = config["id-token"];
  let refreshToken = config["refresh-token"];
  return async () => {
    if (idToken === undefined || endOf(idToken) - MARGIN_MS <= now()) {
      if (!refreshToken || !config["idp-issuer-url"] || !config["client-id"]) {
        throw new ApiError("credentials", `the OpenID token of the user "${user}" has expired; log in again`);
      }
      try {
        const given = await refresh(config, refreshToken);
        idToken = given.idToken;
        refreshToken = given.refreshToken ?? refreshToken;
      } catch (cause) {
        const what = `the OpenID token of the user "${user}" cannot be refreshed at ${config["idp-issuer-url"]}`;
        throw new ApiError("credentials", `${what}: ${messageOf(cause)}; log in again`, { cause });
      }
    }
    return { idToken, freshUntil: endOf(idToken) - MARGIN_MS };
  };
}

async function refresh(
  config: Readonly<Record<string, string>>,
  refreshToken: string,
): Promise<{ idToken: string; refreshToken: string | undefined }> {
  const { EnvHttpProxyAgent, request } = await import("undici");
  const data = config["idp-certificate-authority-data"];
  const file = config["idp-certificate-authority"];
  const ca = data ? Buffer.from(data, "base64") : file ? await readFile(file) : undefined;
  const tls = ca === undefined ? {} : { ca };
  const dispatcher = new EnvHttpProxyAgent({ connect: tls, requestTls: tls });
  const ask = async (
    url: string,
    options: { method: "GET" | "POST"; headers?: Record<string, string>; body?: string },
  ) => {
    const answer = await request(url, { ...options, dispatcher, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
    const document = (await answer.body.json()) as Readonly<Record<string, unknown>>;
    if (answer.statusCode === 200) return document;
    // `error` is a fixed word such as invalid_grant; the description is for people.
    throw new Error([answer.statusCode, document["error"], document["error_description"]].filter(Boolean).join(" "));
  };
  try {
    const issuer = config["idp-issuer-url"]!.replace(/\/+$/, "");
    const provider = await ask(`${issuer}/.well-known/openid-configuration`, { method: "GET" });
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken });
    const login = clientLogin(config, provider["token_endpoint_auth_methods_supported"], form);
    const answer = await ask(String(provider["token_endpoint"]), {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json", ...login },
      body: form.toString(),
    });
    if (typeof answer["id_token"] !== "string") throw new Error("the issuer gave no id_token");
    const next = answer["refresh_token"];
    return { idToken: answer["id_token"], refreshToken: typeof next === "string" ? next : undefined };
  } finally {
    await dispatcher.close();
  }
}

/** A client with a secret says it in a header unless its issuer takes it in the form only; one without says its name alone. */
function clientLogin(
  config: Readonly<Record<string, string>>,
  methods: unknown,
  form: URLSearchParams,
): Record<string, string> {
  const id = config["client-id"]!;
  const secret = config["client-secret"];
  if (secret && (!Array.isArray(methods) || methods.includes("client_secret_basic"))) {
    const login = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
    return { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  }
  form.set("client_id", id);
  if (secret) form.set("client_secret", secret);
  return {};
}

/** Milliseconds since the epoch; a token that is no JWT has no end that klog could know. */
function endOf(token: string): number {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as {
      exp?: unknown;
    };
    return typeof claims.exp === "number" ? claims.exp * 1000 : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

// Who klog is to an API server: headers and client certificate, renewed when they expire or are refused.
import { readFile } from "node:fs/promises";
import { KlogError, messageOf } from "../../errors.ts";
import { ApiError } from "./client.ts";
import type { ClientCertificate } from "./dialer.ts";
import { type PluginConsole, runExecPlugin } from "./exec-credentials.ts";
import type { Kubeconfig, TokenSource } from "./kubeconfig.ts";
import { openIdTokens } from "./openid-token.ts";
import type { RequestHeaders } from "./transport.ts";
import type { Impersonation, UserAccess } from "./user-access.ts";

/** As client-go: a projected token is rotated long before it expires. */
const TOKEN_FILE_MS = 60_000;

/** What a source of credentials gives; `freshUntil` is in milliseconds since the epoch. */
export interface Grant {
  readonly authorization: string | undefined;
  readonly certificate: ClientCertificate | undefined;
  readonly freshUntil: number;
}

/** One and the same object for as long as nothing about it changes. */
export interface Identity {
  readonly headers: RequestHeaders;
  readonly certificate: ClientCertificate | undefined;
}

export interface Credentials {
  /** Throws ApiError of kind "credentials". */
  current(): Promise<Identity>;
  /** After the server refused `refused`: true when there is another identity to try. */
  renew(refused: Identity): Promise<boolean>;
}

export interface CredentialsOptions {
  readonly now: () => number;
  readonly console: PluginConsole;
  /** Ends a plugin that still runs. */
  readonly signal: AbortSignal;
}

export function createCredentials({ user, cluster }: Kubeconfig, options: CredentialsOptions): Credentials {
  const ask = sourceOf(user, cluster, options);
  const impersonate = impersonationHeaders(user.impersonate);
  let grant: Grant | undefined;
  let identity: Identity | undefined;
  let asking: Promise<Identity> | undefined;

  const refresh = (): Promise<Identity> => {
    // Hundreds of streams may find out together that the credentials have expired: one asks for all.
    asking ??= ask()
      .then((given) => {
        const { authorization, freshUntil } = given;
        // Connections are kept for as long as the certificate is the same object.
        const certificate = sameCertificate(grant?.certificate, given.certificate)
          ? grant?.certificate
          : given.certificate;
        const same = grant?.authorization === authorization && grant?.certificate === certificate;
        grant = { authorization, certificate, freshUntil };
        if (identity === undefined || !same) {
          identity = {
            headers: { ...(authorization === undefined ? {} : { authorization }), ...impersonate },
            certificate,
          };
        }
        return identity;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };

  return {
    async current() {
      const fresh = grant !== undefined && options.now() < grant.freshUntil;
      return fresh && identity !== undefined ? identity : refresh();
    },
    async renew(refused) {
      if (identity !== refused) return true;
      return (await refresh()) !== refused;
    },
  };
}

function sameCertificate(a: ClientCertificate | undefined, b: ClientCertificate | undefined): boolean {
  return a?.cert === b?.cert && a?.key === b?.key;
}

type Source = () => Promise<Grant>;

/** The precedence is client-go's: a token stands above a plugin, a plugin above the rest. */
function sourceOf(user: UserAccess, cluster: Kubeconfig["cluster"], options: CredentialsOptions): Source {
  const withCertificate =
    (more: () => Promise<{ authorization?: string; freshUntil?: number }>): Source =>
    async () => {
      const [certificate, given] = await Promise.all([clientCertificate(user), more()]);
      return { authorization: undefined, freshUntil: Number.POSITIVE_INFINITY, ...given, certificate };
    };
  const { token, tokenFile, tokenSource, exec, authProvider, username } = user;
  if (tokenSource !== undefined) {
    return withCertificate(async () => ({
      authorization: bearer(await revealed(tokenSource)),
      freshUntil: options.now() + TOKEN_FILE_MS,
    }));
  }
  if (tokenFile !== undefined) {
    return withCertificate(async () => ({
      authorization: bearer((await readCredential(tokenFile, "token file")).trim()),
      freshUntil: options.now() + TOKEN_FILE_MS,
    }));
  }
  if (token !== undefined) return withCertificate(async () => ({ authorization: bearer(token) }));
  if (exec !== undefined) {
    return async () => {
      const own = await clientCertificate(user);
      const given = await runExecPlugin(exec, user.name, cluster, options);
      return { ...given, certificate: given.certificate ?? own };
    };
  }
  if (authProvider !== undefined) return withCertificate(authProviderSource(user.name, authProvider, options.now));
  if (username !== undefined) {
    const login = Buffer.from(`${username}:${user.password ?? ""}`).toString("base64");
    return withCertificate(async () => ({ authorization: `Basic ${login}` }));
  }
  return withCertificate(async () => ({}));
}

async function revealed(source: TokenSource): Promise<string> {
  try {
    return (await source()).reveal().trim();
  } catch (cause) {
    const hint = cause instanceof KlogError && cause.hint !== undefined ? `; ${cause.hint}` : "";
    throw new ApiError("credentials", `${messageOf(cause)}${hint}`, { cause });
  }
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}

async function clientCertificate(user: UserAccess): Promise<ClientCertificate | undefined> {
  const cert = await fileOrData(user.certFile, user.certData, "client certificate");
  const key = await fileOrData(user.keyFile, user.keyData, "client key");
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? "client certificate" : "client key";
    throw new ApiError("credentials", `the user "${user.name}" has no ${missing}; a certificate needs its key`);
  }
  return { cert, key };
}

/** As kubectl: data stands above a file. */
async function fileOrData(
  file: string | undefined,
  data: string | undefined,
  what: string,
): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  return file === undefined ? undefined : readCredential(file, what);
}

async function readCredential(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new ApiError("credentials", `the ${what} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function authProviderSource(
  user: string,
  { name, config }: NonNullable<UserAccess["authProvider"]>,
  now: () => number,
): () => Promise<{ authorization: string; freshUntil: number }> {
  if (name === "oidc") {
    const token = openIdTokens(user, config, now);
    return async () => {
      const { idToken, freshUntil } = await token();
      return { authorization: bearer(idToken), freshUntil };
    };
  }
  const plugin = { gcp: "gke-gcloud-auth-plugin", azure: "kubelogin" }[name] ?? "an exec plugin";
  return async () => {
    throw new ApiError(
      "credentials",
      `the user "${user}" has the auth-provider "${name}", which Kubernetes has removed; use ${plugin} instead`,
    );
  };
}

function impersonationHeaders({ user, groups, uid, extra }: Impersonation): RequestHeaders {
  if (user === undefined) return {};
  const headers: Record<string, string | string[]> = { "impersonate-user": user };
  if (groups.length > 0) headers["impersonate-group"] = [...groups];
  if (uid !== undefined) headers["impersonate-uid"] = uid;
  for (const [key, values] of Object.entries(extra)) {
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase()).toLowerCase()}`] = [...values];
  }
  return headers;
}

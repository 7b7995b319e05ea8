// kubectl's connection flags, as every command that speaks to a cluster takes them.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import type { KubeconfigOptions, TokenSource } from "../clients/kubernetes/kubeconfig.ts";
import { type KubernetesSecret, resolveSecret, type SecretReference } from "../config/secret.ts";
import type { FlagValues } from "./flag-values.ts";
import type { CONNECTION_FLAGS } from "./flags/connection.ts";

/** undefined = as the kubeconfig says. Context and namespace are the selectors' business. */
export type ConnectionOptions = Omit<KubeconfigOptions, "context" | "namespace">;

/** The flags of any command that has those of a connection. */
type ConnectionValues = FlagValues<(typeof CONNECTION_FLAGS)[number]>;

export function parseConnection(flags: ConnectionValues): ConnectionOptions {
  const kubeconfig = flags.text("kubeconfig");
  return {
    kubeconfig,
    cluster: flags.text("cluster"),
    user: flags.text("user"),
    server: flags.text("server"),
    token: flags.text("token"),
    tokenSource: tokenSource(flags.secret("token"), kubeconfig),
    as: flags.text("as"),
    asGroup: flags.list("as-group"),
    asUid: flags.text("as-uid"),
    certificateAuthority: flags.text("certificate-authority"),
    clientCertificate: flags.text("client-certificate"),
    clientKey: flags.text("client-key"),
    insecureSkipTlsVerify: flags.boolean("insecure-skip-tls-verify"),
    tlsServerName: flags.text("tls-server-name"),
    requestTimeout: flags.text("request-timeout"),
    disableCompression: flags.boolean("disable-compression"),
  };
}

/** Nothing is read before a request needs the token. */
function tokenSource(reference: SecretReference | undefined, kubeconfig: string | undefined): TokenSource | undefined {
  if (reference === undefined) return undefined;
  return () =>
    resolveSecret(reference, {
      env: process.env,
      home: homedir(),
      readText: (path) => readFile(path, "utf8"),
      readKubernetes: (secret) => readKubernetesSecret(secret, kubeconfig),
    });
}

/** With the kubeconfig's own user: the token that is looked for cannot open the place where it lies. */
async function readKubernetesSecret(
  { namespace, name, key, context }: KubernetesSecret,
  kubeconfig: string | undefined,
): Promise<string | undefined> {
  const { createKubernetesClient } = await import("../clients/kubernetes/kubernetes-client.ts");
  const client = createKubernetesClient({ kubeconfig, context });
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
    const { data = {} } = await client.get<{ data?: Record<string, string> }>(path);
    const value = data[key];
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
  } finally {
    client.close();
  }
}

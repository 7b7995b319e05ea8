// kubectl's connection flags, as every command that speaks to a cluster takes them.
import type { KubeconfigOptions } from "../clients/kubernetes/kubeconfig.ts";
import type { FlagValues } from "./flag-values.ts";

/** undefined = as the kubeconfig says. Context and namespace are the selectors' business. */
export type ConnectionOptions = Omit<KubeconfigOptions, "context" | "namespace">;

export function parseConnection(flags: FlagValues): ConnectionOptions {
  return {
    kubeconfig: flags.text("kubeconfig"),
    cluster: flags.text("cluster"),
    user: flags.text("user"),
    server: flags.text("server"),
    token: flags.text("token"),
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

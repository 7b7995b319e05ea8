// The kubeconfig as kubectl reads it: files, context, and the global flags laid over them.
import type { Cluster } from "@kubernetes/client-node/dist/config_types.js";
import type { Secret } from "../../config/secret.ts";
import { KlogError } from "../../errors.ts";
import { parseDuration } from "../../query/duration.ts";
import {
  defaultFiles,
  filesOf,
  isMapping,
  knownNames,
  type MergedKubeconfig,
  readKubeconfigFiles,
  text,
} from "./kubeconfig-files.ts";
import { nearestFirst } from "./nearest-names.ts";
import { type UserAccess, userAccess } from "./user-access.ts";

/** kubectl's global flags. */
export interface KubeconfigOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  /** Asked for a token when one is needed, and again when it was refused or a minute has passed; `token` wins. */
  readonly tokenSource?: TokenSource | undefined;
  readonly certificateAuthority?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  /** `10s`, `2m`, `5` (seconds); `0` is no limit. */
  readonly requestTimeout?: string | undefined;
  readonly disableCompression?: boolean | undefined;
}

/** Throws KlogError CREDENTIALS_FAILED. */
export type TokenSource = () => Promise<Secret>;

/** One cluster to talk to, and as whom. */
export interface Kubeconfig {
  /** `in-cluster` inside a pod. */
  readonly context: string;
  readonly namespace: string;
  readonly cluster: ClusterAccess;
  readonly user: UserAccess;
  /** Undefined where nobody asked for one; Infinity for `0`. */
  readonly requestTimeoutMs: number | undefined;
}

export interface ClusterAccess {
  /** Without a slash at its end. */
  readonly server: string;
  readonly caFile: string | undefined;
  /** Base64 of PEM, as are the other `…Data`. */
  readonly caData: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  readonly disableCompression: boolean;
  /** The extension `client.authentication.k8s.io/exec`, handed to exec plugins as it is. */
  readonly execConfig: unknown;
}

export interface ContextEntry {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string | undefined;
  readonly current: boolean;
}

/** @param root where the file system begins, for the service account's folder of a pod. */
export function loadKubeconfig(options: KubeconfigOptions = {}, root = ""): Kubeconfig {
  const merged = readKubeconfigFiles(options.kubeconfig, root);
  const context = chooseContext(merged, options);
  return {
    context: merged.inCluster ? "in-cluster" : (context?.name ?? ""),
    namespace: options.namespace ?? podNamespace(merged) ?? text(context?.namespace?.trim()) ?? "default",
    cluster: clusterAccess(merged, options, context),
    user: userAccess(merged, options, context?.user),
    requestTimeoutMs: requestTimeout(options.requestTimeout),
  };
}

/** Every context that the kubeconfig names; inside a pod without one, none. */
export function listContexts(options: Pick<KubeconfigOptions, "kubeconfig"> = {}): ContextEntry[] {
  const { config, inCluster } = readKubeconfigFiles(options.kubeconfig, "");
  if (inCluster) return [];
  const current = config.getCurrentContext();
  return config.contexts.map(({ name, cluster, user, namespace }) => ({
    name,
    cluster,
    user: user ?? "",
    namespace,
    current: name === current,
  }));
}

/** False where neither a flag, a file nor a pod's account says which cluster there is: that is no mistake of anybody's. */
export function isClusterKnown(options: KubeconfigOptions = {}, root = ""): boolean {
  if (options.kubeconfig !== undefined || options.server !== undefined || options.context !== undefined) return true;
  const { config, inCluster } = readKubeconfigFiles(undefined, root);
  return inCluster || config.contexts.length > 0;
}

function podNamespace(merged: MergedKubeconfig): string | undefined {
  return merged.inCluster ? text(process.env["POD_NAMESPACE"]) : undefined;
}

type Context = MergedKubeconfig["config"]["contexts"][number];

function chooseContext(merged: MergedKubeconfig, options: KubeconfigOptions): Context | undefined {
  const { config } = merged;
  const name = options.context ?? config.getCurrentContext();
  if (name) {
    const found = config.getContextObject(name);
    if (found !== null) return found;
    throw unknownContext(merged, name, options.context === undefined);
  }
  if (options.server !== undefined || options.cluster !== undefined) return undefined;
  if (merged.files.length === 0) {
    throw new KlogError("KUBECONFIG_INVALID", `no kubeconfig was found (looked for ${defaultFiles().join(", ")})`, {
      hint: "name one with --kubeconfig or KUBECONFIG, or the server with --server",
    });
  }
  throw new KlogError("KUBECONFIG_INVALID", `${filesOf(merged)} sets no current context`, {
    hint: `choose one with --context${knownNames(config.contexts.map((one) => one.name))}, or with \`kubectl config use-context\``,
  });
}

function unknownContext(merged: MergedKubeconfig, name: string, isCurrent: boolean): KlogError {
  const names = nearestFirst(
    name,
    merged.config.contexts.map((context) => context.name),
  );
  const what = isCurrent ? `the current context "${name}"` : `the context "${name}"`;
  return new KlogError("CONTEXT_UNKNOWN", `${what} is not in ${filesOf(merged)}, or names no cluster there`, {
    hint: names.length === 0 ? "the kubeconfig has no contexts: check --kubeconfig" : `choose one${knownNames(names)}`,
  });
}

function clusterAccess(
  merged: MergedKubeconfig,
  options: KubeconfigOptions,
  context: Context | undefined,
): ClusterAccess {
  const name = options.cluster ?? context?.cluster;
  const entry: Cluster | undefined =
    name === undefined ? undefined : (merged.config.clusters.find((cluster) => cluster.name === name) ?? undefined);
  const server = options.server ?? entry?.server;
  if (server === undefined || (entry === undefined && options.cluster !== undefined)) {
    const names = nearestFirst(
      name ?? "",
      merged.config.clusters.map((cluster) => cluster.name),
    );
    const from = options.cluster !== undefined || context === undefined ? "" : ` of the context "${context.name}"`;
    throw new KlogError(
      "KUBECONFIG_INVALID",
      `the cluster "${name}"${from} is not in ${filesOf(merged)}, or has no server there`,
      {
        hint: `correct the kubeconfig, or choose another with --cluster${knownNames(names)} or --server`,
      },
    );
  }
  const raw = (name === undefined ? undefined : merged.clusters.get(name)) ?? {};
  // As kubectl: a trust flag replaces what the file says about trust, and --server drops the file's TLS server name.
  const trustByFlag = options.insecureSkipTlsVerify === true || options.certificateAuthority !== undefined;
  return {
    server: checkedServer(server, options.server === undefined ? filesOf(merged) : "--server"),
    caFile: trustByFlag ? options.certificateAuthority : text(entry?.caFile),
    caData: trustByFlag ? undefined : text(entry?.caData),
    insecureSkipTlsVerify: trustByFlag ? options.insecureSkipTlsVerify === true : entry?.skipTLSVerify === true,
    tlsServerName: options.tlsServerName ?? (options.server === undefined ? text(entry?.tlsServerName) : undefined),
    proxyUrl: text(entry?.proxyUrl),
    disableCompression: options.disableCompression ?? raw["disable-compression"] === true,
    execConfig: execExtension(raw["extensions"]),
  };
}

function checkedServer(server: string, where: string): string {
  const url = /^https?:\/\//i.test(server)
    ? server
    : `${server.startsWith("localhost") ? "http" : "https"}://${server}`;
  if (!URL.canParse(url)) {
    throw new KlogError("KUBECONFIG_INVALID", `the server address "${server}" (${where}) is not a URL`, {
      hint: "write it as https://HOST:PORT",
    });
  }
  return url.replace(/\/+$/, "");
}

function execExtension(extensions: unknown): unknown {
  if (!Array.isArray(extensions)) return undefined;
  return extensions.filter(isMapping).find((one) => one["name"] === "client.authentication.k8s.io/exec")?.["extension"];
}

function requestTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : parseDuration(value);
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}

// The kubeconfig as kubectl reads it: files, context, and the global flags laid over them.
import type { Cluster, User } from "@kubernetes/client-node/dist/config_types.js";
import { KlogError } from "../../errors.ts";
import { parseDuration } from "../../query/duration.ts";
import { defaultFiles, isMapping, type MergedKubeconfig, readKubeconfigFiles } from "./kubeconfig-files.ts";
import { nearestFirst } from "./nearest-names.ts";

/** kubectl's global flags. */
export interface KubeconfigOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
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

export interface UserAccess {
  readonly name: string;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly certFile: string | undefined;
  readonly certData: string | undefined;
  readonly keyFile: string | undefined;
  readonly keyData: string | undefined;
  readonly exec: ExecPlugin | undefined;
  readonly authProvider: { readonly name: string; readonly config: Record<string, string> } | undefined;
  readonly impersonate: Impersonation;
}

export interface ExecPlugin {
  readonly apiVersion: string;
  /** A path relative to the kubeconfig's folder is absolute by now. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly interactiveMode: "Never" | "IfAvailable" | "Always";
  readonly provideClusterInfo: boolean;
  readonly installHint: string | undefined;
}

export interface Impersonation {
  readonly user: string | undefined;
  readonly groups: readonly string[];
  readonly uid: string | undefined;
  readonly extra: Readonly<Record<string, readonly string[]>>;
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
    user: userAccess(merged, options, context),
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
    hint: `choose one with --context${known(config.contexts.map((one) => one.name))}, or with \`kubectl config use-context\``,
  });
}

function unknownContext(merged: MergedKubeconfig, name: string, isCurrent: boolean): KlogError {
  const names = nearestFirst(
    name,
    merged.config.contexts.map((context) => context.name),
  );
  const what = isCurrent ? `the current context "${name}"` : `the context "${name}"`;
  return new KlogError("CONTEXT_UNKNOWN", `${what} is not in ${filesOf(merged)}, or names no cluster there`, {
    hint: names.length === 0 ? "the kubeconfig has no contexts: check --kubeconfig" : `choose one${known(names)}`,
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
        hint: `correct the kubeconfig, or choose another with --cluster${known(names)} or --server`,
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

function userAccess(merged: MergedKubeconfig, options: KubeconfigOptions, context: Context | undefined): UserAccess {
  const name = options.user ?? context?.user ?? "";
  const entry: User | undefined = merged.config.users.find((user) => user.name === name);
  if (entry === undefined && name !== "") {
    const names = nearestFirst(
      name,
      merged.config.users.map((user) => user.name),
    );
    throw new KlogError("KUBECONFIG_INVALID", `the user "${name}" is not in ${filesOf(merged)}`, {
      hint: `correct the kubeconfig, or choose another with --user${known(names)}`,
    });
  }
  const raw = merged.users.get(name) ?? {};
  const exec = execPlugin(raw["exec"], name, merged);
  const provider = entry?.authProvider as { name?: unknown; config?: Record<string, string> } | null | undefined;
  const serviceAccountToken = merged.inCluster ? provider?.config?.["tokenFile"] : undefined;
  const byToken = options.token !== undefined;
  return {
    name,
    token: options.token ?? text(entry?.token),
    tokenFile: byToken ? undefined : (serviceAccountToken ?? text(raw["tokenFile"])),
    username: text(entry?.username),
    password: text(entry?.password),
    certFile: options.clientCertificate ?? text(entry?.certFile),
    certData: options.clientCertificate === undefined ? text(entry?.certData) : undefined,
    keyFile: options.clientKey ?? text(entry?.keyFile),
    keyData: options.clientKey === undefined ? text(entry?.keyData) : undefined,
    exec: byToken ? undefined : exec,
    authProvider:
      byToken || merged.inCluster || provider?.name === undefined
        ? undefined
        : { name: String(provider.name), config: { ...provider.config } },
    impersonate: impersonation(raw, options),
  };
}

function execPlugin(raw: unknown, user: string, merged: MergedKubeconfig): ExecPlugin | undefined {
  if (!isMapping(raw)) return undefined;
  const broken = (what: string, hint: string) =>
    new KlogError("KUBECONFIG_INVALID", `the exec plugin of the user "${user}" in ${filesOf(merged)} ${what}`, {
      hint,
    });
  const command = text(raw["command"]);
  if (command === undefined) throw broken("names no command", "set users[].user.exec.command");
  const apiVersion = text(raw["apiVersion"]) ?? "";
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(apiVersion)) {
    throw broken(
      `asks for the API version "${apiVersion}"`,
      "client.authentication.k8s.io/v1 and v1beta1 exist: update the plugin, then the kubeconfig",
    );
  }
  const mode = text(raw["interactiveMode"]) ?? "IfAvailable";
  if (mode !== "Never" && mode !== "IfAvailable" && mode !== "Always") {
    throw broken(`has the interactiveMode "${mode}"`, "it must be Never, IfAvailable or Always");
  }
  return {
    apiVersion,
    command,
    args: texts(raw["args"]),
    env: (Array.isArray(raw["env"]) ? raw["env"] : [])
      .filter(isMapping)
      .map((one) => ({ name: String(one["name"]), value: text(one["value"]) ?? "" })),
    interactiveMode: mode,
    provideClusterInfo: raw["provideClusterInfo"] === true,
    installHint: text(raw["installHint"]),
  };
}

function impersonation(raw: Readonly<Record<string, unknown>>, options: KubeconfigOptions): Impersonation {
  const extra = isMapping(raw["as-user-extra"]) ? raw["as-user-extra"] : {};
  const impersonate: Impersonation = {
    user: options.as ?? text(raw["as"]),
    groups: options.asGroup !== undefined && options.asGroup.length > 0 ? options.asGroup : texts(raw["as-groups"]),
    uid: options.asUid ?? text(raw["as-uid"]),
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values)])),
  };
  const more = impersonate.groups.length > 0 || impersonate.uid !== undefined || Object.keys(extra).length > 0;
  if (impersonate.user === undefined && more) {
    throw new KlogError("USAGE", "a group or uid is impersonated without a user", { hint: "say who with --as USER" });
  }
  return impersonate;
}

function requestTimeout(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : parseDuration(value);
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}

function filesOf(merged: MergedKubeconfig): string {
  return merged.files.length === 0 ? "the kubeconfig" : `the kubeconfig ${merged.files.join(", ")}`;
}

function known(names: readonly string[]): string {
  const most = 12;
  if (names.length === 0) return "";
  return ` (known: ${names.slice(0, most).join(", ")}${names.length > most ? ` and ${names.length - most} more` : ""})`;
}

/** YAML gives a token of digits as a number. */
function text(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

// Who a kubeconfig's user is: every kind of credential that kubectl reads, and whom to impersonate.
import type { User } from "@kubernetes/client-node/dist/config_types.js";
import { KlogError } from "../../errors.ts";
import type { KubeconfigOptions, TokenSource } from "./kubeconfig.ts";
import { filesOf, isMapping, knownNames, type MergedKubeconfig, text, texts } from "./kubeconfig-files.ts";
import { nearestFirst } from "./nearest-names.ts";

export interface UserAccess {
  readonly name: string;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  /** Stands above all that the kubeconfig says of the user, but not above --token. */
  readonly tokenSource?: TokenSource | undefined;
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

/** @param contextUser the user that the context names. */
export function userAccess(
  merged: MergedKubeconfig,
  options: KubeconfigOptions,
  contextUser: string | undefined,
): UserAccess {
  const name = options.user ?? contextUser ?? "";
  const entry: User | undefined = merged.config.users.find((user) => user.name === name);
  if (entry === undefined && name !== "") {
    const names = nearestFirst(
      name,
      merged.config.users.map((user) => user.name),
    );
    throw new KlogError("KUBECONFIG_INVALID", `the user "${name}" is not in ${filesOf(merged)}`, {
      hint: `correct the kubeconfig, or choose another with --user${knownNames(names)}`,
    });
  }
  const raw = merged.users.get(name) ?? {};
  const exec = execPlugin(raw["exec"], name, merged);
  const provider = entry?.authProvider as { name?: unknown; config?: Record<string, string> } | null | undefined;
  const serviceAccountToken = merged.inCluster ? provider?.config?.["tokenFile"] : undefined;
  const tokenSource = options.token === undefined ? options.tokenSource : undefined;
  const byToken = options.token !== undefined || tokenSource !== undefined;
  return {
    name,
    token: options.token ?? text(entry?.token),
    ...(tokenSource === undefined ? {} : { tokenSource }),
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

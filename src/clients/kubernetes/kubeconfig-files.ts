// Reads kubeconfig files and merges them as kubectl does: the first file that names something wins.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve, sep } from "node:path";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { ActionOnInvalid, newClusters, newContexts, newUsers } from "@kubernetes/client-node/dist/config_types.js";
import { load, YAMLException } from "js-yaml";
import { KlogError, messageOf } from "../../errors.ts";

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** A broken entry that nobody uses must not stop a command: it is left out, and missed only when a context names it. */
const LENIENT = { onInvalidEntry: ActionOnInvalid.FILTER };

type Mapping = Readonly<Record<string, unknown>>;

export interface MergedKubeconfig {
  readonly config: KubeConfig;
  /** The files that were read, for messages. */
  readonly files: readonly string[];
  /** Entries as they stand in the file: client-node's types leave out a part of what kubectl reads. */
  readonly clusters: ReadonlyMap<string, Mapping>;
  readonly users: ReadonlyMap<string, Mapping>;
  readonly inCluster: boolean;
}

/** @param root where the file system begins, for the service account's folder. */
export function readKubeconfigFiles(explicit: string | undefined, root: string): MergedKubeconfig {
  const files = explicit === undefined ? defaultFiles().filter(existsSync) : [explicit];
  const config = new KubeConfig();
  const clusters = new Map<string, Mapping>();
  const users = new Map<string, Mapping>();
  for (const file of files) mergeFile(config, clusters, users, file);

  const empty = config.clusters.length === 0 && config.users.length === 0 && config.contexts.length === 0;
  const inCluster = explicit === undefined && empty && insideCluster(root);
  if (inCluster) config.loadFromCluster(root);
  return { config, files, clusters, users, inCluster };
}

/** Where kubectl looks without --kubeconfig. */
export function defaultFiles(): string[] {
  const listed = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  return listed.length > 0 ? [...new Set(listed)] : [join(homedir(), ".kube", "config")];
}

function mergeFile(
  config: KubeConfig,
  clusters: Map<string, Mapping>,
  users: Map<string, Mapping>,
  file: string,
): void {
  const document = readDocument(file);
  const one = new KubeConfig();
  one.loadFromOptions({
    clusters: newClusters(document["clusters"], LENIENT),
    contexts: newContexts(document["contexts"], LENIENT),
    users: newUsers(document["users"], LENIENT),
    currentContext: document["current-context"],
  });
  const folder = dirname(resolve(file));
  one.makePathsAbsolute(folder);

  for (const cluster of one.clusters) if (config.getCluster(cluster.name) === null) config.addCluster(cluster);
  for (const user of one.users) if (config.getUser(user.name) === null) config.addUser(user);
  for (const context of one.contexts) if (config.getContextObject(context.name) === null) config.addContext(context);
  if (!config.getCurrentContext() && one.getCurrentContext()) config.setCurrentContext(String(one.getCurrentContext()));

  for (const [name, entry] of entries(document, "clusters", "cluster")) {
    if (!clusters.has(name)) clusters.set(name, entry);
  }
  for (const [name, entry] of entries(document, "users", "user")) {
    if (!users.has(name)) users.set(name, withAbsolutePaths(entry, folder));
  }
}

function readDocument(file: string): Mapping {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new KlogError(
      "KUBECONFIG_INVALID",
      missing ? `the kubeconfig ${file} does not exist` : `the kubeconfig ${file} cannot be read: ${messageOf(error)}`,
      { hint: missing ? "check --kubeconfig" : "check the file's permissions", cause: error },
    );
  }
  if (text.trim() === "") return {};
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    // Not the exception's own message nor the exception as cause: both quote the file's lines, which may hold secrets.
    const where = error instanceof YAMLException && error.mark != null ? `, line ${error.mark.line + 1}` : "";
    const what = error instanceof YAMLException ? error.reason : "it cannot be parsed";
    throw new KlogError("KUBECONFIG_INVALID", `the kubeconfig ${file} is not valid YAML${where}: ${what}`, {
      hint: "correct the file, or choose another one with --kubeconfig",
    });
  }
  if (document === null || document === undefined) return {};
  if (!isMapping(document)) {
    throw new KlogError("KUBECONFIG_INVALID", `the kubeconfig ${file} holds no configuration: a mapping was expected`, {
      hint: "`kubectl config view` shows what kubectl reads",
    });
  }
  return document;
}

function entries(document: Mapping, list: string, key: string): [string, Mapping][] {
  const items: unknown = document[list];
  if (!Array.isArray(items)) return [];
  return items.filter(isMapping).map((item) => [String(item["name"]), isMapping(item[key]) ? item[key] : {}]);
}

/** The paths that client-node does not know; an exec command is a path only if it has a separator, else PATH decides. */
function withAbsolutePaths(user: Mapping, folder: string): Mapping {
  const absolute: Record<string, unknown> = { ...user };
  if (typeof user["tokenFile"] === "string") absolute["tokenFile"] = resolve(folder, user["tokenFile"]);
  const exec = user["exec"];
  if (isMapping(exec) && typeof exec["command"] === "string" && exec["command"].includes(sep)) {
    absolute["exec"] = { ...exec, command: resolve(folder, exec["command"]) };
  }
  return absolute;
}

function insideCluster(root: string): boolean {
  const named = Boolean(process.env["KUBERNETES_SERVICE_HOST"]) && Boolean(process.env["KUBERNETES_SERVICE_PORT"]);
  return named && existsSync(`${root}${SERVICE_ACCOUNT}/token`);
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function filesOf(merged: MergedKubeconfig): string {
  return merged.files.length === 0 ? "the kubeconfig" : `the kubeconfig ${merged.files.join(", ")}`;
}

export function knownNames(names: readonly string[]): string {
  const most = 12;
  if (names.length === 0) return "";
  return ` (known: ${names.slice(0, most).join(", ")}${names.length > most ? ` and ${names.length - most} more` : ""})`;
}

/** YAML gives a token of digits as a number. */
export function text(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

// Runs a credential plugin as kubectl does (client.authentication.k8s.io/v1 and v1beta1).
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ApiError } from "./client.ts";
import type { Grant } from "./credentials.ts";
import type { ClusterAccess } from "./kubeconfig.ts";
import type { ExecPlugin } from "./user-access.ts";

/** What a plugin sees of the terminal. */
export interface PluginConsole {
  readonly stdinIsTerminal: boolean;
  /** A plugin's prompts ("open this page and enter the code …") come on its standard error. */
  readonly stderr: (chunk: Buffer) => void;
}

const LAST_LINES = 5;
const LONGEST_OUTPUT = 4 * 1024 * 1024;

interface ExecCredential {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

export async function runExecPlugin(
  plugin: ExecPlugin,
  user: string,
  cluster: ClusterAccess,
  { console, signal }: { readonly console: PluginConsole; readonly signal: AbortSignal },
): Promise<Grant> {
  const title = `the exec plugin "${basename(plugin.command)}" of the user "${user}"`;
  if (plugin.interactiveMode === "Always" && !console.stdinIsTerminal) {
    throw new ApiError("credentials", `${title} needs a terminal as standard input; log in with it first`);
  }
  const interactive = console.stdinIsTerminal && plugin.interactiveMode !== "Never";
  const info = {
    apiVersion: plugin.apiVersion,
    kind: "ExecCredential",
    spec: { ...(plugin.provideClusterInfo ? { cluster: await clusterInfo(cluster) } : {}), interactive },
  };
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const { name, value } of plugin.env) env[name] = value;
  env["KUBERNETES_EXEC_INFO"] = JSON.stringify(info);

  const stdout = await run(plugin, title, env, interactive, console, signal);
  return grantFrom(stdout, plugin, title);
}

function run(
  plugin: ExecPlugin,
  title: string,
  env: NodeJS.ProcessEnv,
  interactive: boolean,
  console: PluginConsole,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(plugin.command, plugin.args, {
      env,
      signal,
      stdio: [interactive ? "inherit" : "ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    const output: Buffer[] = [];
    let length = 0;
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LONGEST_OUTPUT) output.push(chunk);
      else child.kill();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString("utf8")).slice(-4000);
      console.stderr(chunk);
    });
    child.once("error", (cause: NodeJS.ErrnoException) => {
      const missing = cause.code === "ENOENT";
      const hint = plugin.installHint === undefined ? "" : `\n${plugin.installHint.trim()}`;
      const what = missing ? `was not found (${plugin.command})${hint}` : `cannot be run: ${cause.message}`;
      reject(new ApiError("credentials", `${title} ${what}`, { cause }));
    });
    child.once("close", (code, killedBy) => {
      if (code === 0) return resolve(Buffer.concat(output).toString("utf8"));
      const how = code === null ? `was ended by ${killedBy}` : `failed with exit code ${code}`;
      const said = lastLines(errors);
      reject(new ApiError("credentials", `${title} ${how}${said === "" ? "" : `: ${said}`}`));
    });
  });
}

function grantFrom(stdout: string, plugin: ExecPlugin, title: string): Grant {
  // What the plugin printed is never quoted: it may hold the token.
  const broken = (what: string) => new ApiError("credentials", `${title} ${what}`);
  let credential: ExecCredential | null;
  try {
    credential = JSON.parse(stdout) as ExecCredential | null;
  } catch {
    throw broken("did not print JSON on its standard output");
  }
  if (credential?.kind !== "ExecCredential") throw broken("did not print an ExecCredential");
  if (credential.apiVersion !== plugin.apiVersion) {
    throw broken(`printed the API version ${credential.apiVersion}, but the kubeconfig asks for ${plugin.apiVersion}`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = credential.status ?? {};
  if (!token && !cert && !key) throw broken("gave neither a token nor a client certificate");
  if (Boolean(cert) !== Boolean(key)) throw broken("gave only one half of a client certificate and its key");
  const end = expirationTimestamp ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY;
  if (Number.isNaN(end)) throw broken("gave an expirationTimestamp that is not a time");
  return {
    authorization: token ? `Bearer ${token}` : undefined,
    certificate: cert && key ? { cert, key } : undefined,
    freshUntil: end,
  };
}

async function clusterInfo(cluster: ClusterAccess): Promise<Record<string, unknown>> {
  const fromFile = cluster.caFile === undefined ? undefined : (await readFile(cluster.caFile)).toString("base64");
  const ca = cluster.caData ?? fromFile;
  return {
    server: cluster.server,
    ...(cluster.tlsServerName === undefined ? {} : { "tls-server-name": cluster.tlsServerName }),
    ...(cluster.insecureSkipTlsVerify ? { "insecure-skip-tls-verify": true } : {}),
    ...(ca === undefined ? {} : { "certificate-authority-data": ca }),
    ...(cluster.proxyUrl === undefined ? {} : { "proxy-url": cluster.proxyUrl }),
    ...(cluster.disableCompression ? { "disable-compression": true } : {}),
    config: cluster.execConfig ?? null,
  };
}

/** Tokens and passwords in a plugin's complaint are not for a screen that may be shared. */
function lastLines(text: string): string {
  return text
    .trim()
    .split(/\r?\n/)
    .slice(-LAST_LINES)
    .join("\n")
    .replace(/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, "[token]")
    .replace(
      /\b((?:access|refresh|id|bearer)?[_-]?(?:token|password|secret|authorization))(["']?\s*[=:]\s*)(?:Bearer\s+)?\S+/gi,
      "$1$2[hidden]",
    )
    .replace(/\bBearer\s+\S+/g, "Bearer [hidden]");
}

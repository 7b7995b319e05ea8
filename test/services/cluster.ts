// Gives real-cluster tests a Kubernetes cluster: our own (kubernetes/up.sh), or the one that KLOG_TEST_KUBECONFIG names.
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type ClusterName = "node" | "scale";

export interface ClusterOptions {
  /** `node` runs pods in a real kubelet; `scale` has thousands of fake pods (kwok). */
  name?: ClusterName;
  /** The kubelet rotates a container's log at this size, e.g. "1Mi". */
  logMax?: string;
  logFiles?: number;
  /** Upper limit of the crash-loop back-off, e.g. "2s". */
  backoffMax?: string;
  /** Lines in the log that all fake pods share. */
  kwokLines?: number;
  /** How many pods stream-<i> have a log file of their own. */
  kwokStreams?: number;
}

export interface Cluster {
  /** Path of an admin kubeconfig. */
  kubeconfig: string;
  /** Path of the kubectl that `kubectl()` runs, for benches that time it. */
  kubectlPath: string;
  /** Resolves to stdout; rejects with stderr in the message. */
  kubectl(args: string[], options?: { input?: string; timeoutMs?: number }): Promise<string>;
  apply(manifest: string, options?: { namespace?: string }): Promise<void>;
  /** Makes a fresh namespace in which pods can be created at once, and resolves to its name. */
  namespace(prefix?: string): Promise<string>;
  /** Kills a component of our own cluster and starts it again. */
  bounce(component: string, options?: { downSeconds?: number; signal?: string }): Promise<void>;
  /** Gives the nodes of our own cluster an image from an archive. */
  loadImage(archive: string): Promise<void>;
  /** False for a cluster given by KLOG_TEST_KUBECONFIG. */
  owned: boolean;
  /** Takes the cluster down if this call to startCluster brought it up. */
  down(): Promise<void>;
  /** Where our own cluster keeps its state; undefined for a given one. */
  runDir: string | undefined;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const given = process.env.KLOG_TEST_KUBECONFIG;
  if (given) return givenCluster(given);

  const env = clusterEnv(options);
  const [runDir = "", kubectlPath = "", kubeconfig = "", state = ""] = (
    await run("bash", ["-c", DESCRIBE, script("env.sh")], { env })
  ).split("\n");
  await run("bash", [script("up.sh")], { env, echo: true });

  return {
    ...access(kubeconfig, kubectlPath),
    owned: true,
    runDir,
    async bounce(component, { downSeconds = 5, signal = "KILL" } = {}) {
      await run("bash", [script("bounce.sh"), component, String(downSeconds), signal], { env });
    },
    async loadImage(archive) {
      await run("bash", [script("load-image.sh"), archive], { env });
    },
    async down() {
      if (state !== "up") await run("bash", [script("down.sh")], { env, echo: true });
    },
  };
}

/** Polls until `probe` gives something other than undefined. A probe that throws is asked again, too. */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  { timeoutMs = 60_000, everyMs = 200 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const found = await probe();
      if (found !== undefined) return found;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs / 1000} s for ${what}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Writes a copy of a kubeconfig in which every cluster has another address, and resolves to its path. */
export async function kubeconfigWithServer(kubeconfig: string, server: string): Promise<string> {
  const text = await readFile(kubeconfig, "utf8");
  const replaced = text.replace(/^(\s*(?:- )?server:\s*).*$/gm, (_line, key: string) => key + server);
  if (replaced === text && !text.includes(server)) throw new Error(`no server line in ${kubeconfig}`);
  const path = join(tmpdir(), `klog-test-${process.pid}-${copies++}.kubeconfig`);
  await writeFile(path, replaced, { mode: 0o600 });
  return path;
}

let copies = 0;

/** Port of the API server that a kubeconfig names first. */
export async function serverPort(kubeconfig: string): Promise<number> {
  const server = /^\s*(?:- )?server:\s*(\S+)/m.exec(await readFile(kubeconfig, "utf8"))?.[1];
  if (!server) throw new Error(`no server line in ${kubeconfig}`);
  const { port, protocol } = new URL(server);
  return Number(port) || (protocol === "http:" ? 80 : 443);
}

/**
 * Text of a file in manifests/. `name` renames its objects; `env` sets values that the manifest already has, so that a
 * misspelt knob is an error and not a test of the default.
 */
export async function manifest(
  file: string,
  { name, env = {} }: { name?: string; env?: Record<string, string | number> } = {},
): Promise<string> {
  let text = await readFile(fileURLToPath(new URL(`manifests/${file}`, import.meta.url)), "utf8");
  if (name !== undefined) text = text.replaceAll(file.replace(/\.yaml$/, ""), name);
  for (const [key, value] of Object.entries(env)) {
    const line = new RegExp(`(name: ${key}, value: )"[^"]*"`, "g");
    if (!line.test(text)) throw new Error(`${file} has no environment variable ${key}`);
    text = text.replace(line, (_line, head: string) => head + JSON.stringify(String(value)));
  }
  return text;
}

// env.sh is the one place that knows paths. A cluster counts as up when its API server runs: its other parts are
// brought up beside it, but it was somebody else's before and is left to them.
const DESCRIBE = `. "$0" && alive kube-apiserver && state=up
printf '%s\\n' "$RUN" "$KUBECTL" "$KUBECONFIG" "\${state:-down}"`;

function script(name: string): string {
  return fileURLToPath(new URL(`kubernetes/${name}`, import.meta.url));
}

function clusterEnv({ name = "node", logMax, logFiles, backoffMax, kwokLines, kwokStreams }: ClusterOptions) {
  const env: NodeJS.ProcessEnv = { ...process.env, KLOG_TEST_CLUSTER: name };
  const knobs = {
    LOG_MAX: logMax,
    LOG_FILES: logFiles,
    BACKOFF_MAX: backoffMax,
    KWOK_LINES: kwokLines,
    KWOK_STREAMS: kwokStreams,
  };
  for (const [key, value] of Object.entries(knobs)) if (value !== undefined) env[key] = String(value);
  return env;
}

function givenCluster(kubeconfig: string): Cluster {
  return {
    ...access(kubeconfig, process.env.KLOG_TEST_KUBECTL || "kubectl"),
    owned: false,
    runDir: undefined,
    async bounce(component) {
      throw new Error(`cannot bounce ${component}: the cluster was given by KLOG_TEST_KUBECONFIG and is not ours`);
    },
    async loadImage(archive) {
      throw new Error(`cannot load ${archive}: the cluster was given by KLOG_TEST_KUBECONFIG and is not ours`);
    },
    async down() {},
  };
}

function access(kubeconfig: string, kubectlPath: string) {
  const kubectl: Cluster["kubectl"] = (args, { input, timeoutMs = 60_000 } = {}) =>
    run(kubectlPath, ["--kubeconfig", kubeconfig, ...args], { input, timeoutMs });
  return {
    kubeconfig,
    kubectlPath,
    kubectl,
    async apply(text: string, { namespace }: { namespace?: string } = {}) {
      const scope = namespace === undefined ? [] : ["--namespace", namespace];
      await kubectl(["apply", ...scope, "--filename", "-"], { input: text });
    },
    async namespace(prefix = "klog-test") {
      const name = `${prefix}-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
      await kubectl(["create", "namespace", name]);
      // Pods are refused until the controller has made the account they run as.
      await waitFor(`the service account of namespace ${name}`, () =>
        kubectl(["get", "serviceaccount", "default", "--namespace", name]),
      );
      return name;
    },
  };
}

interface RunOptions {
  env?: NodeJS.ProcessEnv;
  input?: string | undefined;
  timeoutMs?: number;
  /** Shows the output on stderr as it comes: a first start may build for minutes. */
  echo?: boolean;
}

function run(command: string, args: string[], { env, input = "", timeoutMs, echo }: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: env ?? process.env,
      stdio: "pipe",
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" as const }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout.push(chunk);
      if (echo) process.stderr.write(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr.push(chunk);
      if (echo) process.stderr.write(chunk);
    });
    child.stdin.on("error", () => {}); // the child may end without reading; its status tells why
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(stdout).toString());
      const ended =
        signal === "SIGKILL" && timeoutMs !== undefined
          ? `took over ${timeoutMs / 1000} s`
          : `ended with ${code ?? signal}`;
      const shown = [command.split("/").at(-1), ...args].join(" ");
      reject(new Error(`${shown} ${ended}\n${Buffer.concat(stderr).toString().trim()}`));
    });
    child.stdin.end(input);
  });
}

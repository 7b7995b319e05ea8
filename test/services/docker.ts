// Gives real tests a Docker daemon of their own (docker/up.sh).
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Docker {
  /** Where the json-files lie: `<id>/<id>-json.log`. */
  readonly containers: string;
  /** Resolves to stdout; rejects with stderr in the message. */
  docker(args: readonly string[]): Promise<string>;
  /** Starts a container of `busybox:test` on the host's network; resolves to its id. */
  run(args: readonly string[], command: readonly string[]): Promise<string>;
  /** Ends the daemon if this call to startDocker brought it up. */
  down(): Promise<void>;
}

// env.sh is the one place that knows paths.
const DESCRIBE = `. "$0" && alive && state=up
printf '%s\\n' "$RUN" "$DOCKER_HOST" "$DOCKER_CONFIG" "\${state:-down}"`;

export async function startDocker(): Promise<Docker> {
  const described = await run("bash", ["-c", DESCRIBE, script("env.sh")], process.env);
  const [runDir = "", host = "", config = "", state = ""] = described.split("\n");
  await run("bash", [script("up.sh")], process.env);
  const env = { ...process.env, DOCKER_HOST: host, DOCKER_CONFIG: config };
  const docker = (args: readonly string[]) => run("docker", args, env);
  return {
    containers: `${runDir}/root/containers`,
    docker,
    async run(args, command) {
      return (await docker(["run", "--detach", "--net", "host", ...args, "busybox:test", ...command])).trim();
    },
    async down() {
      if (state !== "up") await run("bash", [script("down.sh")], process.env);
    },
  };
}

function script(name: string): string {
  return fileURLToPath(new URL(`docker/${name}`, import.meta.url));
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code ?? signal}\n${stderr.trim()}`));
    });
  });
}

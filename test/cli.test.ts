import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "klog-cli-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const environment = () => ({ PATH: process.env["PATH"] ?? "", HOME: home, KUBECONFIG: join(home, "none") });

function klog(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], {
    encoding: "utf8",
    env: environment(),
  });
  return { status, stdout, stderr };
}

describe("klog", () => {
  test("alone prints the overview and ends with 0", () => {
    expect(klog()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^klog \d+\.\d+\.\d+: /), stderr: "" });
  });

  test.each(["--version", "-v", "version"])("%s prints the version", (word) => {
    expect(klog(word)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^klog \d+\.\d+\.\d+\S*\n$/),
      stderr: "",
    });
  });

  test("help is the same by both spellings, shorter with -h, longer with --show-hidden-options", () => {
    const long = klog("tail", "--help");
    expect(long.status).toBe(0);
    expect(klog("help", "tail")).toEqual(long);
    expect(klog("tail", "-h").stdout.length).toBeLessThan(long.stdout.length);
    expect(klog("tail", "web", "--show-hidden-options").stdout).toContain("--client-certificate FILE");
  });

  test("completion prints a script, and help of its own", () => {
    expect(klog("completion", "fish")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^# fish completion/),
    });
    expect(klog("completion", "--help").stdout).toMatch(/^Usage: klog completion/);
  });

  test.each([
    [["tial"], 'klog: there is no command "tial"\n  did you mean klog tail?\n'],
    [["web-1"], 'klog: there is no command "web-1"\n  to follow pods of that name: klog tail web-1\n'],
    [["agent", "rnu"], 'klog: there is no command "agent rnu"\n  did you mean klog agent run?\n'],
    [["help", "x"], 'klog: there is no command "x"\n  to follow pods of that name: klog tail x\n'],
    [["tail", "--folow"], "klog: there is no flag --folow\n  did you mean --follow?\n"],
    [
      ["completion"],
      "klog: klog completion needs the name of a shell\n  write `klog completion bash|zsh|fish|powershell`\n",
    ],
  ])("%j is told on stderr with a way out, and ends with 2", (words, stderr) => {
    expect(klog(...words)).toEqual({ status: 2, stdout: "", stderr });
  });

  test("a subcommand's help is the same by both spellings, and lists its own flags", () => {
    const run = klog("agent", "run", "--help");
    expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Usage: klog agent run \[flags\]\n/) });
    expect(run.stdout).toContain("--once");
    expect(run.stdout).not.toContain("--namespace");
    expect(klog("help", "agent", "run")).toEqual(run);
    expect(klog("agent", "status", "-h").stdout).not.toContain("--once");
  });

  test("the agent's configuration is shown", () => {
    expect(klog("agent", "check-config", "--sink", "null", "--node", "n1")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^good: the defaults and flags\nnode n1, [\s\S]* {2}to null\n$/),
      stderr: "",
    });
  });

  test("tail without a selection prints usage on stderr and ends with 2", () => {
    expect(klog("tail")).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(/^klog: nothing is selected: .*\n\nUsage: klog tail /),
    });
  });

  test("an error shows where it came from only with KLOG_DEBUG", () => {
    const run = (env: Record<string, string>) =>
      spawnSync(process.execPath, [CLI, "tail", "--x"], { encoding: "utf8", env: { ...environment(), ...env } }).stderr;
    expect(run({})).not.toMatch(/^ {4}at /m);
    expect(run({ KLOG_DEBUG: "1" })).toMatch(/^ {4}at .*flag-values\.ts/m);
  });

  test.skipIf(process.platform === "win32")("a reader that has gone is no error", () => {
    // The reader has ended before klog starts, so its first write meets a broken pipe.
    const script = 'exec 4> >(:); wait $!; "$@" >&4; echo "status $?"';
    const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", process.execPath, CLI, "help", "tail"], {
      encoding: "utf8",
      env: environment(),
    });
    expect({ stdout, stderr }).toEqual({ stdout: "status 0\n", stderr: "" });
  });

  test("completion of an unknown shell or of nonsense says nothing", () => {
    expect(klog("__complete", "tcsh", "--", "x")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(klog("__complete")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(klog("__complete", "fish", "--", "tail", "--nonsense", "x", "-n", "")).toEqual({
      status: 0,
      stdout: "words\n",
      stderr: "",
    });
  });

  test("a broken config file does not disturb completion", () => {
    const config = join(home, "broken.yaml");
    writeFileSync(config, "tail: [\n");
    expect(klog("__complete", "fish", "--", "tail", "--config", config, "deploy/")).toMatchObject({
      status: 0,
      stderr: "",
    });
  });
});

describe.skipIf(process.platform === "win32")("signals", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends a command that runs with %d", async (signal, code) => {
    const child = spawn(process.execPath, [CLI, "tail", "-", "--multiline", "off"], { env: environment() });
    const ended = new Promise((resolve) => child.on("exit", resolve));
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    // The first line that comes through shows that it runs.
    const running = new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdin.write("one\n");
    expect(await Promise.race([running, ended]), errors).toBeInstanceOf(Buffer);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(errors).not.toMatch(/unexpected|^ {4}at /m);
  });
});

// Real shells on a real terminal: what a person sees after TAB.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type IPty, spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { COMPLETION_SCRIPTS } from "../../../src/commands/completion-scripts.ts";
import { agentStatus } from "../../collector/operation/statuses.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SERVER: Record<string, string[]> = {
  "/api/v1/namespaces": ["shop", "shipping"],
  "/apis/apps/v1/namespaces/shop/deployments": ["web", "worker"],
  "/api/v1/namespaces/shop/pods": ["web-1"],
};

let home: string;
let api: Server;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "klog-prompt-"));
  api = createServer((request, response) => {
    const names = SERVER[new URL(request.url ?? "/", "http://x").pathname];
    response.writeHead(names === undefined ? 404 : 200, { "content-type": "application/json" });
    const items = names?.map((name) => ({ metadata: { name, uid: name, namespace: "shop" } }));
    response.end(JSON.stringify(items === undefined ? { kind: "Status", code: 404 } : { metadata: {}, items }));
  });
  await new Promise<void>((listening) => api.listen(0, "127.0.0.1", listening));
  const cluster = { server: `http://127.0.0.1:${(api.address() as AddressInfo).port}` };
  const names = ["prod eu", "eq=1:2", "local"];
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "local",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: {} }],
    contexts: names.map((name) => ({ name, context: { cluster: "c", user: "u", namespace: "shop" } })),
  };
  writeFileSync(join(home, "kubeconfig"), JSON.stringify(kubeconfig));
  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "bin", "klog"), `#!/bin/sh\nexec '${process.execPath}' '${await bundle()}' "$@"\n`);
  chmodSync(join(home, "bin", "klog"), 0o755);
  for (const { file, text } of Object.values(COMPLETION_SCRIPTS)) writeFileSync(join(home, file), text);
  writeFileSync(join(home, "template one.tpl"), "");
  mkdirSync(join(home, "state"));
  writeFileSync(join(home, "state", "status.json"), JSON.stringify(agentStatus()));
});

afterAll(() => {
  api.close();
  rmSync(home, { recursive: true, force: true });
});

/** klog as it is shipped, from the sources of this moment: sources themselves start too slowly for a TAB. */
async function bundle(): Promise<string> {
  const { clientNodeSlim } = await import(`${ROOT}scripts/client-node-slim.mjs`);
  const outdir = join(home, "dist");
  await build({
    entryPoints: [join(ROOT, "src/cli.ts")],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    define: { __KLOG_VERSION__: '"0.0.0-test"' },
    // Completion never runs it.
    external: ["./commands/tail.ts"],
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
    plugins: [clientNodeSlim()],
    logLevel: "silent",
  });
  return join(outdir, "cli.mjs");
}

/** A terminal with a shell in it. Nothing sleeps: `shows` resolves with the first screen that matches. */
class Prompt {
  readonly #pty: IPty;
  readonly #screen = new headless.Terminal({ cols: 160, rows: 40, allowProposedApi: true });
  readonly #waiting = new Set<() => void>();

  constructor(shell: string, args: string[], env: Record<string, string>) {
    this.#pty = spawn(shell, args, { cols: 160, rows: 40, cwd: home, env });
    this.#pty.onData((data) => this.#screen.write(data, () => this.#check()));
    // fish asks the terminal who it is, and waits for the answer.
    this.#screen.onData((reply) => this.#pty.write(reply));
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  async shows(pattern: RegExp): Promise<string> {
    let tooLong: NodeJS.Timeout | undefined;
    const never = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error(`the screen never showed ${pattern}:\n${this.#text()}`));
      tooLong = setTimeout(fail, 12_000);
    });
    try {
      while (!pattern.test(this.#text())) {
        await Promise.race([never, new Promise<void>((changed) => this.#waiting.add(changed))]);
      }
      return this.#text();
    } finally {
      clearTimeout(tooLong);
    }
  }

  end(): void {
    this.#pty.kill("SIGKILL");
  }

  #check(): void {
    for (const changed of this.#waiting) changed();
    this.#waiting.clear();
  }

  #text(): string {
    const { active } = this.#screen.buffer;
    const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
    return lines.join("\n").trimEnd();
  }
}

interface ShellCase {
  readonly name: "bash" | "zsh" | "fish";
  readonly args: string[];
  readonly setUp: string;
  /** How the shell writes `prod eu` and `eq=1:2` at the prompt. */
  readonly blank: string;
  readonly odd: string;
}

const SHELLS: ShellCase[] = [
  {
    name: "bash",
    args: ["--norc", "--noprofile", "-i"],
    setUp: "PS1='ready> '; source ./klog.bash",
    blank: "prod\\ eu",
    odd: "eq=1:2",
  },
  {
    name: "zsh",
    args: ["-f", "-i"],
    setUp: "PS1='ready> '; autoload -U compinit; compinit -u -D; source ./klog.zsh",
    blank: "prod\\ eu",
    odd: "eq=1:2",
  },
  {
    name: "fish",
    args: ["--no-config", "-i"],
    setUp: "function fish_prompt; echo -n 'ready> '; end; source ./klog.fish",
    blank: "prod\\ eu",
    odd: "eq=1:2",
  },
];

for (const shell of SHELLS) {
  const installed = shell.name === "bash" || spawnSync(shell.name, ["--version"]).status === 0;
  describe.skipIf(!installed)(`at the prompt of ${shell.name}${installed ? "" : " (not installed here)"}`, () => {
    let prompt: Prompt;

    async function open(): Promise<void> {
      prompt = new Prompt(shell.name, shell.args, {
        PATH: `${join(home, "bin")}:${process.env["PATH"]}`,
        HOME: home,
        TERM: "xterm-256color",
        LANG: "C.UTF-8",
        KUBECONFIG: join(home, "kubeconfig"),
        XDG_CACHE_HOME: join(home, `cache-${shell.name}`),
        XDG_CONFIG_HOME: join(home, "config"),
        // Other tests may hold the machine up; the deadline itself is gather.test.ts's business.
        KLOG_COMPLETION_TIMEOUT: "15s",
      });
      prompt.type(`${shell.setUp}\r`);
      prompt.type(
        "echo up-$((40 + 2))\r".replace("$((40 + 2))", shell.name === "fish" ? "(math 40 + 2)" : "$((40 + 2))"),
      );
      await prompt.shows(/^up-42\n[\s\S]*ready> ?$/m);
      prompt.type("clear\r");
      await prompt.shows(/^\s*ready> ?$/);
    }

    afterEach(() => prompt.end());

    async function completes(typed: string, line: string): Promise<void> {
      prompt.type(`${typed}\t`);
      const pattern = line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ $/, "");
      await prompt.shows(new RegExp(`^ready> ${pattern}(?=\\s|$)`, "m"));
      // What the next key does to it shows whether a space stands behind the word.
      prompt.type("!");
      await prompt.shows(new RegExp(`^ready> ${pattern}${line.endsWith(" ") ? " " : ""}!`, "m"));
      prompt.type("\u0015");
      await prompt.shows(/ready> ?(?:\n[\s\S]*)?$/);
    }

    test("completes commands, flags, choices, names with blanks and colons, kinds and live names", async () => {
      await open();
      await completes("klog compl", "klog completion ");
      await completes("klog tail web --no-fo", "klog tail web --no-follow ");
      await completes("klog tail --output=ppext", "klog tail --output=ppextjson ");
      await completes("klog tail --context prod", `klog tail --context ${shell.blank} `);
      await completes("klog tail --context=prod", `klog tail --context=${shell.blank} `);
      await completes("klog tail --context eq=1:", `klog tail --context ${shell.odd} `);
      await completes("klog tail cronj", "klog tail cronjob/");
      await completes("klog tail deploy/wo", "klog tail deploy/worker ");
      await completes("klog tail shop:deploy/wo", "klog tail shop:deploy/worker ");
      await completes("klog tail -n shop,ship", "klog tail -n shop,shipping ");
    });

    test("completes the agent's subcommands, flags, sinks' paths and logs", async () => {
      await open();
      await completes("klog agent expl", "klog agent explain ");
      await completes("klog agent run --pods", "klog agent run --pods-dir ");
      await completes("klog agent run --sink file:sta", "klog agent run --sink file:state/");
      await completes(
        "klog agent explain --state-dir state shop/we",
        "klog agent explain --state-dir state shop/web-1 ",
      );
    });

    test("leaves files to the shell", async () => {
      await open();
      await completes("klog tail -T templ", "klog tail -T template\\ one.tpl ");
      await completes("klog tail --template-file=templ", "klog tail --template-file=template\\ one.tpl ");
    });

    test("evaluates nothing of what is typed", async () => {
      await open();
      await completes("klog tail '$(touch pwned)' --no-fo", "klog tail '$(touch pwned)' --no-follow ");
      await completes("klog tail $(touch pwned) --no-fo", "klog tail $(touch pwned) --no-follow ");
      // Where bash sees a backtick it does not ask anybody.
      if (shell.name === "zsh")
        await completes("klog tail `touch pwned` --no-fo", "klog tail `touch pwned` --no-follow ");
      expect(existsSync(join(home, "pwned"))).toBe(false);
    });

    test("completes inside quotes", async () => {
      await open();
      await completes('klog tail --context "prod', `klog tail --context "prod eu"${shell.name === "bash" ? "" : " "}`);
      await completes("klog tail --context 'prod", `klog tail --context 'prod eu'${shell.name === "bash" ? "" : " "}`);
    });

    test("says nothing where nothing can be said, and a dead cluster is no error", async () => {
      await open();
      prompt.type("klog tail --server http://127.0.0.1:1 deploy/xyz\t");
      prompt.type("!");
      const screen = await prompt.shows(/xyz!/);
      expect(screen).toMatch(/^\s*ready> klog tail --server http:\/\/127\.0\.0\.1:1 deploy\/xyz!$/);
    });
  });
}

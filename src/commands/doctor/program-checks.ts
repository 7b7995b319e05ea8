// klog itself: its version and Node's, the fast paths, open files, completion.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { klogVersion } from "../../version.ts";
import { loadWasm } from "../../wasm.ts";
import { type Finding, findingsOf } from "./finding.ts";

const say = findingsOf("klog");

export interface ProgramFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Text of /proc/self/limits; undefined where there is none. */
  readonly limits: string | undefined;
}

export function checkProgram(facts: ProgramFacts): Finding[] {
  return [versions(), fastPaths(facts.env), ...openFiles(facts.limits), ...completion(facts)];
}

function versions(): Finding {
  const where = `${process.platform} ${process.arch}`;
  return say("ok", "version", `klog ${klogVersion()} on Node ${process.versions.node}, ${where}`);
}

function fastPaths(env: ProgramFacts["env"]): Finding {
  if (env["KLOG_WASM"] === "off") {
    return say("warn", "fast paths", "KLOG_WASM=off: the slower twins in TypeScript run", "unset KLOG_WASM");
  }
  try {
    if (loadWasm("store") !== undefined) return say("ok", "fast paths", "WebAssembly with SIMD is in use");
  } catch (error) {
    return say("fail", "fast paths", `a part of klog is missing: ${messageOf(error)}`, "install klog again");
  }
  return say(
    "warn",
    "fast paths",
    "this Node has no SIMD in WebAssembly: the slower twins in TypeScript run",
    "run klog with a Node from nodejs.org on a processor of the last ten years",
  );
}

const FEW_FILES = 1024;

function openFiles(limits: string | undefined): Finding[] {
  const soft = /^Max open files +(\d+)/m.exec(limits ?? "")?.[1];
  if (soft === undefined) return [];
  const count = Number(soft);
  if (count >= FEW_FILES) return [say("ok", "open files", `up to ${count}`)];
  return [
    say(
      "warn",
      "open files",
      `no more than ${count}: many logs cannot be read at a time`,
      `ulimit -n ${FEW_FILES * 4}`,
    ),
  ];
}

/** Looked for where the shell's user or a package puts it; a shell that is set up elsewhere is not found. */
function completion({ env, home }: ProgramFacts): Finding[] {
  const shell = (env["SHELL"] ?? "").split("/").at(-1) ?? "";
  const places: Readonly<Record<string, { files: string[]; mentions: string[] }>> = {
    bash: {
      files: ["/usr/share/bash-completion/completions/klog", "/etc/bash_completion.d/klog"],
      mentions: [".bashrc", ".bash_profile", ".profile"],
    },
    zsh: {
      files: ["/usr/share/zsh/site-functions/_klog", "/usr/local/share/zsh/site-functions/_klog"],
      mentions: [".zshrc"],
    },
    fish: { files: [join(home, ".config/fish/completions/klog.fish")], mentions: [".config/fish/config.fish"] },
  };
  const place = places[shell];
  if (place === undefined) return [];
  const isThere =
    place.files.some((file) => existsSync(file)) || place.mentions.some((file) => mentionsKlog(join(home, file)));
  if (isThere) return [say("ok", "completion", `${shell} completes klog`)];
  const how = {
    bash: "add `source <(klog completion bash)` to ~/.bashrc",
    zsh: "add `source <(klog completion zsh)` to ~/.zshrc, after compinit",
    fish: "klog completion fish > ~/.config/fish/completions/klog.fish",
  }[shell];
  return [say("warn", "completion", `not found in ${shell}'s start files`, how)];
}

function mentionsKlog(path: string): boolean {
  try {
    return readFileSync(path, "utf8").includes("klog completion");
  } catch {
    return false;
  }
}

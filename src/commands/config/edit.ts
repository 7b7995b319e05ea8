// `klog config edit`: the editor works on a copy, and only what klog can read takes the file's place, unless somebody insists.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { makeFolder } from "../../config/make-folder.ts";
import { KlogError, messageOf } from "../../errors.ts";
import type { CommandIo } from "../command-io.ts";
import { type SetupLine, typedSetup } from "../setup-inputs.ts";
import { configRequest } from "../user-config.ts";
import { type ConfigFinding, configFindings, findingLines } from "./config-findings.ts";
import { ownPath, starterText, writing } from "./init.ts";

/** Shows `path` to a person; resolves to the editor's exit status. */
export type RunEditor = (editor: string, path: string) => Promise<number>;

export async function editConfig(line: SetupLine, io: CommandIo, runEditor: RunEditor = spawnEditor): Promise<number> {
  typedSetup(line);
  const path = ownPath(line, io);
  const isNew = !existsSync(path);
  // Dotfiles are often links: the file behind the link is changed, the link stays.
  const target = isNew ? path : await realpath(path);
  const before = isNew ? await starterText(path, line, io) : await reading(target);
  const copy = `${target}.${process.pid}.edit.yaml`;
  const mode = isNew ? 0o600 : (await stat(target)).mode & 0o777;
  await writing(target, async () => {
    await makeFolder(dirname(target));
    await writeFile(copy, before, { mode: 0o600 });
  });
  let keepsCopy = false;
  try {
    for (;;) {
      await edited(editorOf(io), copy, runEditor);
      const text = await reading(copy);
      if (text === before && !isNew) {
        io.stderr.write("klog: nothing was changed\n");
        return 0;
      }
      const { platform } = configRequest(line.words, io.env);
      const findings = await configFindings({ path, writtenFor: "klog", text }, { platform });
      const answer = await whatNow(findings, io);
      if (answer === "edit") continue;
      if (answer === "drop") {
        io.stderr.write(`klog: ${path} stays as it was\n`);
        return 2;
      }
      if (answer === "aside") {
        keepsCopy = true;
        io.stderr.write(`klog: ${path} stays as it was; what was edited is in ${copy}\n`);
        return 2;
      }
      await writing(target, async () => {
        await chmod(copy, mode);
        await rename(copy, target);
      });
      const broken = findings.some(({ kind }) => kind === "error");
      io.stderr.write(
        broken ? `klog: ${path} is saved with its mistakes: klog ends with them\n` : `klog: ${path} is saved\n`,
      );
      return broken ? 2 : 0;
    }
  } finally {
    if (!keepsCopy) await rm(copy, { force: true });
  }
}

type Answer = "save" | "edit" | "drop" | "aside";

/** Nobody can be asked where there is no terminal: then the mistakes do not get into the file. */
async function whatNow(findings: readonly ConfigFinding[], io: CommandIo): Promise<Answer> {
  if (findings.length > 0) io.stderr.write(`${findingLines(findings).join("\n")}\n`);
  if (!findings.some(({ kind }) => kind === "error")) return "save";
  if ((io.stdin as { isTTY?: boolean }).isTTY !== true) return "aside";
  const prompt = "klog: edit it again (e), drop the changes (d), or save it broken (s)? [e] ";
  const lines = createInterface({ input: io.stdin, signal: io.signal });
  try {
    io.stderr.write(prompt);
    for await (const line of lines) {
      const answer = ANSWERS[line.trim().toLowerCase()[0] ?? ""];
      if (answer !== undefined) return answer;
      io.stderr.write(prompt);
    }
    // Ctrl-C or the end of the input: nothing is lost.
    return "aside";
  } finally {
    lines.close();
  }
}

const ANSWERS: Readonly<Record<string, Answer>> = { "": "edit", e: "edit", d: "drop", s: "save" };

function editorOf({ env }: CommandIo): string {
  return env["VISUAL"] || env["EDITOR"] || (process.platform === "win32" ? "notepad" : "vi");
}

async function edited(editor: string, path: string, runEditor: RunEditor): Promise<void> {
  let status: number;
  try {
    status = await runEditor(editor, path);
  } catch (error) {
    throw new KlogError("USAGE", `the editor ${editor} cannot be started: ${messageOf(error)}`, {
      hint: "set EDITOR to one that is installed: EDITOR=nano klog config edit",
      cause: error,
    });
  }
  if (status === 0) return;
  const hint = status === 127 ? "it is not installed: EDITOR=nano klog config edit" : "nothing was changed";
  throw new KlogError("USAGE", `the editor ${editor} ended with ${status}`, { hint });
}

/** Through a shell, as git does it: EDITOR may be `code --wait`. */
function spawnEditor(editor: string, path: string): Promise<number> {
  const child =
    process.platform === "win32"
      ? spawn(`${editor} "${path}"`, { stdio: "inherit", shell: true })
      : spawn("/bin/sh", ["-c", `${editor} "$1"`, "klog", path], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function reading(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new KlogError("CONFIG_INVALID", `cannot read ${path}: ${messageOf(error)}`, {
      hint: "make it readable, or name another file with --config",
      cause: error,
    });
  }
}

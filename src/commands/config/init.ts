// `klog config init`: writes a config file in which everything is explained. Asks nothing, and overwrites only with --force.
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { configCandidates, isAbsent } from "../../config/config-file.ts";
import { makeFolder } from "../../config/make-folder.ts";
import { KlogError, messageOf } from "../../errors.ts";
import { defaultStore } from "../../sources/open-sources.ts";
import type { CommandIo } from "../command-io.ts";
import { type SetupLine, typedSetup } from "../setup-inputs.ts";
import { configRequest } from "../user-config.ts";
import { configFindings } from "./config-findings.ts";
import { type StarterFacts, starterFile } from "./starter-file.ts";

export async function initConfig(line: SetupLine, io: CommandIo): Promise<number> {
  const flags = typedSetup(line);
  const path = ownPath(line, io);
  const text = await starterText(path, line, io);
  const isThere = existsSync(path);
  if (isThere && !flags.boolean("force")) {
    throw new KlogError("CONFIG_INVALID", `${path} is there already`, {
      hint: "`klog config edit` changes it; --force writes a new one and keeps it as .old",
    });
  }
  await writing(path, async () => {
    await makeFolder(dirname(path));
    if (isThere) await rename(path, `${path}.old`);
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
  });
  if (isThere) io.stderr.write(`klog: the old file is ${path}.old\n`);
  io.print(`${path}\n`);
  return 0;
}

/** Klog's own file, though a stern user's may be the one that is read. */
export function ownPath({ words }: SetupLine, io: CommandIo): string {
  return configCandidates(configRequest(words, io.env)).find(({ writtenFor }) => writtenFor === "klog")!.path;
}

/** As it would be written to `path`. */
export async function starterText(path: string, line: SetupLine, io: CommandIo): Promise<string> {
  const facts = await starterFacts(line, io);
  const text = starterFile(facts);
  if (facts.stern === undefined) return text;
  const { platform } = configRequest(line.words, io.env);
  const findings = await configFindings({ path, writtenFor: "klog", text }, { platform });
  if (!findings.some(({ kind }) => kind === "error")) return text;
  // One in another layout, such as {a: b}, cannot stand among other keys.
  io.stderr.write(
    `klog: note: ${facts.stern.path} could not be taken over; klog does not read it any more from now on\n`,
  );
  return starterFile({ ...facts, stern: undefined });
}

async function starterFacts({ words }: SetupLine, io: CommandIo): Promise<StarterFacts> {
  const store = defaultStore(io.env);
  return {
    contexts: await knownContexts(),
    store: existsSync(store) ? store : undefined,
    stern: await sternFile(configRequest(words, io.env)),
  };
}

async function sternFile(request: ReturnType<typeof configRequest>): Promise<StarterFacts["stern"]> {
  const candidate = configCandidates(request).find(({ writtenFor }) => writtenFor === "stern");
  if (candidate === undefined) return undefined;
  try {
    return { path: candidate.path, text: await readFile(candidate.path, "utf8") };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new KlogError("CONFIG_INVALID", `cannot read ${candidate.path}: ${messageOf(error)}`, { cause: error });
  }
}

async function knownContexts(): Promise<string[]> {
  const { listContexts } = await import("../../clients/kubernetes/kubeconfig.ts");
  try {
    return listContexts()
      .toSorted((a, b) => Number(b.current) - Number(a.current))
      .map(({ name }) => name);
  } catch {
    // A broken kubeconfig is the doctor's business.
    return [];
  }
}

/** Throws KlogError for what node:fs throws. */
export async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new KlogError("STATE_UNWRITABLE", `cannot write ${path}: ${messageOf(error)}`, {
      hint: "make its folder writable, or name another file with --config",
      cause: error,
    });
  }
}

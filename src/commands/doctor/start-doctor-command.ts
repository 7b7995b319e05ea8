// `klog doctor`: runs every check, beside each other and none for ever, and says what to do.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { DEFAULT_STATE_DIR } from "../../collector/declare/agent-config.ts";
import { findConfigFile } from "../../config/config-file.ts";
import { KlogError } from "../../errors.ts";
import { detectedLevel } from "../../output/color-level.ts";
import { defaultStore } from "../../sources/open-sources.ts";
import type { CommandIo } from "../command-io.ts";
import { configFindings } from "../config/config-findings.ts";
import { parseConnection } from "../connection-options.ts";
import {
  jsonText,
  mergedSetup,
  type SetupLine,
  type SetupValues,
  scanSetup,
  stylesOf,
  typedSetup,
} from "../setup-inputs.ts";
import { configRequest, readUserConfig } from "../user-config.ts";
import { checkAgent } from "./agent-checks.ts";
import { checkCluster } from "./cluster-checks.ts";
import { doctorText } from "./doctor-text.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { checkProgram } from "./program-checks.ts";
import { checkTerminal } from "./terminal-checks.ts";

const EXIT = { well: 0, unwell: 3 } as const;
const TIMEOUT_MS = 5_000;

/** Resolves to the exit status. Throws KlogError USAGE. */
export async function startDoctorCommand(words: readonly string[], io: CommandIo): Promise<number> {
  const line = scanSetup("doctor", words, 0);
  const configuration = await checkConfiguration(line, io);
  const flags = await trustedFlags(line, io);
  const place = { env: io.env, home: homedir() };
  const findings = [
    ...checkProgram({ ...place, limits: kernelLimits() }),
    ...configuration,
    ...(await checkClusters(flags, io)),
    ...checkAgent({
      stateDirectory: flags.text("state-dir") ?? DEFAULT_STATE_DIR,
      storeDirectory: defaultStore(io.env),
      now: Date.now(),
    }),
    ...checkTerminal({
      env: io.env,
      platform: process.platform,
      isTerminal: io.stdout.isTTY === true,
      columns: io.stdout.columns,
      rows: (io.stdout as { readonly rows?: number }).rows,
      detected: detectedLevel("stdout"),
    }),
  ];
  const isWell = findings.every(({ verdict }) => verdict !== "fail");
  const isJson = flags.text("output") === "json";
  io.print(isJson ? jsonText({ well: isWell, findings }) : doctorText(findings, stylesOf(flags, io)));
  return isWell ? EXIT.well : EXIT.unwell;
}

/** A broken config file is a finding, and no reason to look at nothing else. */
async function trustedFlags(line: SetupLine, io: CommandIo): Promise<SetupValues> {
  try {
    return mergedSetup(line, await readUserConfig(line.words, io.env), { env: io.env, warn: () => undefined });
  } catch (error) {
    if (!(error instanceof KlogError) || error.code !== "CONFIG_INVALID") throw error;
    return typedSetup(line);
  }
}

async function checkConfiguration(line: SetupLine, io: CommandIo): Promise<Finding[]> {
  const say = findingsOf("configuration");
  const request = configRequest(line.words, io.env);
  try {
    const found = await findConfigFile(request);
    if (found === undefined) return [say("ok", "config file", "there is none; `klog config init` writes one")];
    const findings = await configFindings(found, request);
    if (findings.length === 0) return [say("ok", "config file", `${found.path} is valid`)];
    return findings.map(({ kind, text, hint }) => say(kind === "error" ? "fail" : "warn", "config file", text, hint));
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    return [say("fail", "config file", error.message, error.hint)];
  }
}

async function checkClusters(flags: SetupValues, io: CommandIo): Promise<Finding[]> {
  const contexts = flags.list("context");
  const facts = {
    connection: parseConnection(flags),
    namespaces: flags.list("namespace"),
    timeoutMs: flags.milliseconds("timeout") ?? TIMEOUT_MS,
    now: Date.now,
    signal: io.signal,
  };
  if (contexts.length < 2) return checkCluster({ ...facts, context: contexts[0] });
  const found = await Promise.all(
    contexts.map(async (context) => {
      const findings = await checkCluster({ ...facts, context });
      return findings.map((finding) => ({ ...finding, what: `${context}: ${finding.what}` }));
    }),
  );
  return found.flat();
}

/** Undefined where there is no /proc. */
function kernelLimits(): string | undefined {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return undefined;
  }
}

// `klog config check [FILE]`: every mistake with its line. 0 without any, 3 where klog would only pass something over, else 2.
import { findConfigFile } from "../../config/config-file.ts";
import { KlogError } from "../../errors.ts";
import type { CommandIo } from "../command-io.ts";
import { jsonText, type SetupLine, typedSetup } from "../setup-inputs.ts";
import { configRequest } from "../user-config.ts";
import { configFindings, findingLines } from "./config-findings.ts";

export async function checkConfig(line: SetupLine, io: CommandIo): Promise<number> {
  const flags = typedSetup(line);
  const [file] = line.positionals;
  const request = configRequest(line.words, io.env);
  if (file !== undefined && request.named !== undefined) {
    throw new KlogError("USAGE", "klog config check checks one file", { hint: "leave --config out" });
  }
  const found = await findConfigFile(file === undefined ? request : { ...request, named: file });
  if (found === undefined) {
    throw new KlogError("CONFIG_INVALID", "there is no config file, so there is nothing to check", {
      hint: "`klog config path` tells where one may be, `klog config init` writes one",
    });
  }
  const findings = await configFindings(found, request);
  const hasErrors = findings.some(({ kind }) => kind === "error");
  if (flags.text("output") === "json") io.print(jsonText({ file: found.path, valid: !hasErrors, findings }));
  else if (findings.length === 0) io.print(`${found.path} is valid\n`);
  else io.print(`${findingLines(findings).join("\n")}\n`);
  return hasErrors ? 2 : findings.length > 0 ? 3 : 0;
}

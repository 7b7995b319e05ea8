// `klog agent check-config`: every mistake of a configuration, or what it means.
import type { AgentConfig, SinkConfig } from "../../collector/declare/agent-config.ts";
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import { describeInput } from "../../collector/operation/describe-input.ts";
import { parseAddress } from "../../collector/operation/operation-server.ts";
import type { CommandIo } from "../command-io.ts";
import type { AgentOptions } from "./agent-options.ts";
import { bytesText } from "./amounts.ts";
import { missingPlaces } from "./missing-places.ts";
import { loadNodeConfig } from "./node-config.ts";
import { json } from "./report.ts";

/** Throws KlogError with all that is wrong. */
export async function checkConfig(options: AgentOptions, io: CommandIo): Promise<number> {
  const { config, files, disabled } = loadNodeConfig(options.config, io.env);
  if (config.http !== undefined) parseAddress(config.http);
  io.print(
    options.isJson
      ? json(config)
      : configText(config, { files, disabled, notes: missingPlaces(config, nodeFileSystem) }),
  );
  return 0;
}

export interface ConfigFindings {
  readonly files: readonly string[];
  /** Pipelines that are switched off. */
  readonly disabled: readonly string[];
  /** What may be meant as it is, or a slip. */
  readonly notes: readonly string[];
}

export function configText(config: AgentConfig, { files, disabled, notes }: ConfigFindings): string {
  const { limits, http, node, stateDir, pipelines } = config;
  const bounds = [
    limits.cpu === undefined ? "" : `cpu ${limits.cpu} cores`,
    limits.memory === undefined ? "" : `memory ${bytesText(limits.memory)}`,
    `lines of ${bytesText(limits.lineBytes)}`,
    `${bytesText(limits.inFlight)} in flight`,
  ].filter((text) => text !== "");
  return `${[
    `good: ${files.length === 0 ? "the defaults and flags" : files.join(", ")}`,
    `node ${node}, state ${stateDir}, http ${http ?? "off"}`,
    `limits: ${bounds.join(", ")}`,
    ...pipelines.flatMap(({ name, inputs, multiline, processors, sinks }) => [
      `${name}:`,
      ...inputs.map((input) => `  from ${describeInput(input, config)}`),
      ...(multiline === undefined ? [] : [`  lines joined by ${multiline.preset ?? "patterns"}`]),
      ...(processors.length === 0 ? [] : [`  through ${processors.map(({ type }) => type).join(", ")}`]),
      ...sinks.map((sink) => `  to ${sinkText(sink)}`),
    ]),
    ...disabled.map((name) => `${name}: switched off`),
    ...notes.map((note) => `note: ${note}`),
  ].join("\n")}\n`;
}

function sinkText(sink: SinkConfig): string {
  switch (sink.type) {
    case "store":
      return `the store ${sink.directory}`;
    case "file":
      return `the file ${sink.path}${sink.rotateBytes === undefined ? "" : `, rotated at ${bytesText(sink.rotateBytes)}`}`;
    default:
      return sink.type;
  }
}

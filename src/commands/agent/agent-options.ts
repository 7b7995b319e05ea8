// What was asked of `klog agent …`, from the flags: once, and typed.
import { KlogError } from "../../errors.ts";
import { parseTime } from "../../query/time-expression.ts";
import { toMillis } from "../../record/timestamp.ts";
import { AGENT_FLAGS, type AgentCommand, type AgentFlagEntry, agentFlagsOf } from "../agent-flags.ts";
import { scanWords } from "../argv.ts";
import { type FlagValues, typedFlags } from "../flag-values.ts";

/** What the flags say about the configuration; undefined and empty where they say nothing. */
export interface ConfigFlags {
  readonly config: string | undefined;
  readonly podsDir: string | undefined;
  readonly dockerDir: string | undefined;
  readonly files: readonly string[];
  readonly s6Dir: string | undefined;
  readonly stateDir: string | undefined;
  readonly sinks: readonly string[];
  readonly multiline: string | undefined;
  readonly node: string | undefined;
  /** `off` for none. */
  readonly http: string | undefined;
  readonly limitCpu: number | undefined;
  readonly limitMemory: number | undefined;
}

export interface AgentOptions {
  readonly config: ConfigFlags;
  readonly once: boolean;
  readonly logFormat: "auto" | "json" | "text";
  readonly isJson: boolean;
  /** Ms since the epoch; undefined: everything. */
  readonly since: number | undefined;
  readonly color: "auto" | "always" | "never";
  /** What `explain` is to explain, or the configuration that `check-config` checks. */
  readonly names: readonly string[];
}

type Values = FlagValues<AgentFlagEntry>;

/** Throws KlogError USAGE. */
export function parseAgentOptions(command: AgentCommand, words: readonly string[]): AgentOptions {
  const table = { flags: agentFlagsOf(command), help: `klog help agent ${command}` };
  const scanned = scanWords(words, table.flags);
  rejectForeign(command, scanned.unknown);
  const flags = typedFlags(scanned, table);
  const names = scanned.positionals;
  if (command === "explain" && names.length === 0) {
    throw new KlogError("USAGE", "klog agent explain needs the name of a log", {
      hint: "name a container, a pod, namespace/pod, a container's id or a path: klog agent explain web-7d9f",
    });
  }
  const files = command === "check-config" ? names : [];
  if (files.length > 1 || (files.length === 1 && flags.text("config") !== undefined)) {
    throw new KlogError("USAGE", "klog agent check-config checks one configuration", {
      hint: "name one file or directory: klog agent check-config /etc/klog/agent.yaml",
    });
  }
  if (command !== "explain" && command !== "check-config" && names.length > 0) {
    throw new KlogError("USAGE", `klog agent ${command} takes flags only, not also ${JSON.stringify(names[0])}`, {
      hint: `\`klog help agent ${command}\` lists them`,
    });
  }
  return {
    config: { ...configFlags(flags), ...(files.length === 0 ? {} : { config: files[0] }) },
    once: flags.boolean("once") ?? false,
    logFormat: (flags.text("log-format") as AgentOptions["logFormat"] | undefined) ?? "auto",
    isJson: flags.text("output") === "json",
    since: sinceOf(flags),
    color: (flags.text("color") as AgentOptions["color"] | undefined) ?? "auto",
    names,
  };
}

function sinceOf(flags: Values): number | undefined {
  const text = flags.text("since");
  if (text === undefined) return undefined;
  return toMillis(flags.reading("since", () => parseTime(text, { now: Date.now(), zone: "Local" })));
}

function configFlags(flags: Values): ConfigFlags {
  return {
    config: flags.text("config"),
    podsDir: flags.text("pods-dir"),
    dockerDir: flags.text("docker-dir"),
    files: flags.list("files"),
    s6Dir: flags.text("s6-dir"),
    stateDir: flags.text("state-dir"),
    sinks: flags.list("sink"),
    multiline: flags.text("multiline"),
    node: flags.text("node"),
    http: flags.text("http"),
    limitCpu: flags.number("limit-cpu"),
    limitMemory: flags.bytes("limit-memory"),
  };
}

/** A flag of another subcommand is no slip of the fingers. */
function rejectForeign(command: AgentCommand, unknown: readonly string[]): void {
  for (const spelled of unknown) {
    const flag = AGENT_FLAGS.find(({ name }) => `--${name}` === spelled);
    if (flag === undefined) continue;
    throw new KlogError("USAGE", `klog agent ${command} has no flag ${spelled}`, {
      hint: `it belongs to klog agent ${flag.of.join(", klog agent ")}`,
    });
  }
}

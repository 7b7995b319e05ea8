// klog's start: signals, broken pipes, errors for people, and one command. Imports nothing that --version does not need;
// a command brings its own modules when it is called.
import { processIo } from "./commands/command-io.ts";
import { commandEntry, isCommand } from "./commands/command-table.ts";
import { KlogError, messageOf } from "./errors.ts";
import { klogVersion } from "./version.ts";

/** Shells report 128 + the signal's number. */
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const abort = new AbortController();
const io = processIo({ signal: abort.signal, onHangUp, onPrintError: fail });
let interrupted: number | undefined;
let hangUp: (() => void) | undefined;

for (const [name, code] of Object.entries(SIGNAL_CODES)) {
  process.on(name, () => {
    if (name === "SIGHUP" && hangUp !== undefined) return hangUp();
    // The second one is meant: whatever is being finished, it takes too long.
    if (interrupted !== undefined) process.exit(code);
    interrupted = code;
    abort.abort();
  });
}
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

main(process.argv.slice(2)).then((code) => process.exit(interrupted ?? code), fail);

async function main(words: readonly string[]): Promise<number> {
  const [command, ...rest] = words;
  switch (command) {
    case "--version":
    case "-v":
    case "version":
      io.print(`klog ${klogVersion()}\n`);
      return 0;
    case "completion": {
      if (rest.includes("--help") || rest.includes("-h")) return showHelp(command, "long");
      const { completionScript } = await import("./commands/completion.ts");
      io.print(completionScript(rest));
      return 0;
    }
    case "__complete": {
      const { complete } = await import("./commands/complete.ts");
      await complete(rest, { env: io.env, write: io.print, refreshLater });
      return 0;
    }
    case undefined:
    case "-h":
    case "--help":
      return showHelp(undefined, "long");
    case "help":
      return showHelp(rest.join(" ") || undefined, "long");
    default: {
      const { helpAsked } = await import("./commands/help-asked.ts");
      const asked = helpAsked(words);
      if (asked !== undefined) return showHelp(asked.topic, asked.form);
      const { runProgram } = await import("./commands/program.ts");
      return runProgram(words, { tail, search, agent, store, config, sources, doctor, demo });
    }
  }
}

async function tail(words: readonly string[]): Promise<number> {
  const { startTail } = await import("./commands/start-tail.ts");
  const code = await startTail(words, io, async () => (await import("./commands/tail.ts")).run);
  await written();
  return code;
}

async function search(words: readonly string[]): Promise<number> {
  const { startSearch } = await import("./commands/start-search.ts");
  const code = await startSearch(words, io, async () => (await import("./commands/search.ts")).run);
  await written();
  return code;
}

async function store(words: readonly string[]): Promise<number> {
  const { startStoreCommand } = await import("./commands/store/start-store-command.ts");
  const code = await startStoreCommand(words, io);
  await written();
  return code;
}

async function config(words: readonly string[]): Promise<number> {
  const { startConfigCommand } = await import("./commands/config/start-config-command.ts");
  return startConfigCommand(words, io);
}

async function sources(words: readonly string[]): Promise<number> {
  const { startSourcesCommand } = await import("./commands/sources/start-sources-command.ts");
  return startSourcesCommand(words, io);
}

async function doctor(words: readonly string[]): Promise<number> {
  const { startDoctorCommand } = await import("./commands/doctor/start-doctor-command.ts");
  return startDoctorCommand(words, io);
}

async function demo(words: readonly string[]): Promise<number> {
  const { parseDemoOptions } = await import("./commands/demo/demo-options.ts");
  const options = parseDemoOptions(words);
  const { runDemo } = await import("./commands/demo/demo.ts");
  return runDemo(options, io);
}

async function agent(words: readonly string[]): Promise<number> {
  const { startAgentCommand } = await import("./commands/agent/start-agent-command.ts");
  const status = await startAgentCommand(words, io);
  // Kubernetes and systemd end an agent so: one that has delivered everything is done, not interrupted.
  if (interrupted === SIGNAL_CODES.SIGTERM) interrupted = undefined;
  return status;
}

/** What was given to standard output has left it. */
function written(): Promise<unknown> {
  return new Promise((done) => io.stdout.write("", done));
}

function onHangUp(listener: () => void): () => void {
  hangUp = listener;
  return () => {
    hangUp = undefined;
  };
}

/** `topic`: a command's name, with its subcommand's behind it. */
async function showHelp(topic: string | undefined, form: "short" | "long" | "hidden"): Promise<number> {
  const { overview, commandHelp } = await import("./commands/help.ts");
  if (topic === undefined) io.print(overview(klogVersion()));
  else if (isCommand(topic)) {
    const { flagsOf } = await import("./commands/command-flags.ts");
    io.print(commandHelp(commandEntry(topic), flagsOf(topic), form, io.columns));
  } else {
    const { unknownCommand } = await import("./commands/program.ts");
    throw unknownCommand(topic);
  }
  return 0;
}

function refreshLater(words: readonly string[]): void {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const again = [...process.execArgv, process.argv[1]!, "__complete", "refresh", "--", ...words];
  spawn(process.execPath, again, { detached: true, stdio: "ignore" }).unref();
}

function fail(error: unknown): void {
  // `klog help tail | head`: the reader has what it wanted.
  if ((error as NodeJS.ErrnoException | undefined)?.code === "EPIPE") process.exit(0);
  if (interrupted !== undefined && abort.signal.reason === error) process.exit(interrupted);
  const text =
    error instanceof KlogError
      ? `klog: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`
      : `klog: unexpected error: ${messageOf(error)}\n  KLOG_DEBUG=1 shows where; please report it\n`;
  const trace = process.env["KLOG_DEBUG"] ? `${error instanceof Error ? error.stack : String(error)}\n` : "";
  // Nobody is left to hear it where standard error is closed too.
  process.stderr.on("error", () => process.exit(2));
  process.stderr.write(text + trace, () => process.exit(2));
}

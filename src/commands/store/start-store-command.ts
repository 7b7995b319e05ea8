// From the words behind `klog store` to the running subcommand.
import { KlogError } from "../../errors.ts";
import { parseTimezone } from "../../query/time-zone.ts";
import { defaultStore } from "../../sources/open-sources.ts";
import { requireStore, unreadable } from "../../store/store-directory.ts";
import { scanWords } from "../argv.ts";
import type { CommandIo } from "../command-io.ts";
import { type FlagValues, typedFlags } from "../flag-values.ts";
import { isStoreCommand, type StoreCommand, type StoreFlag, storeFlagsOf } from "../store-flags.ts";
import { STORE_TABLE } from "../store-table.ts";

/** What was asked, in words; each subcommand reads its own flags. */
export interface StoreLine {
  readonly directory: string;
  readonly flags: FlagValues<StoreFlag>;
  /** What stands behind the flags and is no directory of a store: the place to export to. */
  readonly out: string;
  readonly isJson: boolean;
  readonly zone: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Resolves to the exit status. Throws KlogError. */
export async function startStoreCommand(words: readonly string[], io: CommandIo): Promise<number> {
  const [command, ...rest] = words;
  if (command === undefined) {
    throw new KlogError("USAGE", "klog store needs to know what to do", {
      hint: `there are ${STORE_TABLE.slice(1)
        .map(({ name }) => `klog ${name}`)
        .join(", ")}`,
    });
  }
  if (!isStoreCommand(command)) {
    const { unknownCommand } = await import("../program.ts");
    throw unknownCommand(`store ${command}`);
  }
  const line = parseLine(command, rest, io.env);
  naming(line, () => requireStore(line.directory));
  try {
    return await start(command, line, io);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined || command === "export") throw error;
    throw unreadable(line.directory, error);
  }
}

async function start(command: StoreCommand, line: StoreLine, io: CommandIo): Promise<number> {
  switch (command) {
    case "ls": {
      const { listSegments } = await import("./ls.ts");
      return listSegments(line, io);
    }
    case "verify": {
      const { verify } = await import("./verify.ts");
      return verify(line, io);
    }
    case "prune": {
      const { prune } = await import("./prune.ts");
      return prune(line, io);
    }
    case "export": {
      const { exportStore } = await import("./export.ts");
      return exportStore(line, io);
    }
  }
}

/** Where the store is not there, these commands are told its place otherwise than a search is. */
function naming({ out }: StoreLine, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof KlogError) || error.hint?.includes("--source") !== true) throw error;
    const place = out === "" ? "DIR or --store DIR" : "--store DIR";
    throw new KlogError(error.code, error.message, {
      hint: `\`klog agent run\` makes one; name another place by ${place}, or by KLOG_STORE`,
      cause: error,
    });
  }
}

/** Throws KlogError USAGE. */
export function parseLine(command: StoreCommand, words: readonly string[], env: CommandIo["env"]): StoreLine {
  const table = { flags: storeFlagsOf(command), help: `klog help store ${command}` };
  const scanned = scanWords(words, table.flags);
  const flags = typedFlags(scanned, table);
  const [first, second] = scanned.positionals;
  const named = flags.text("store");
  if (second !== undefined || (command !== "export" && first !== undefined && named !== undefined)) {
    throw new KlogError("USAGE", `klog store ${command} has no use for ${JSON.stringify(second ?? first)}`, {
      hint: command === "export" ? "name one place to export to, and the store with --store" : "name one store",
    });
  }
  if (command === "export" && first === undefined) {
    throw new KlogError("USAGE", "klog store export needs a place to export to", {
      hint: "a file (day.jsonl.zst) or a new directory: klog store export --from yesterday day.jsonl.zst",
    });
  }
  return {
    directory: named ?? (command === "export" ? undefined : first) ?? defaultStore(env),
    flags,
    out: command === "export" ? (first ?? "") : "",
    isJson: flags.text("output") === "json",
    zone: flags.reading("timezone", () => parseTimezone(flags.text("timezone") ?? "local")),
    now: Date.now(),
  };
}

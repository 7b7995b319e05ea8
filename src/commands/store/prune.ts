// `klog store prune`: removes whole segments, the oldest first, where no agent writes.
import { KlogError } from "../../errors.ts";
import { parseTime } from "../../query/time-expression.ts";
import { pruneStore } from "../../store/prune.ts";
import { bytesText, counted } from "../agent/amounts.ts";
import type { CommandIo } from "../command-io.ts";
import { jsonText } from "../setup-inputs.ts";
import type { StoreLine } from "./start-store-command.ts";

export function prune({ directory, flags, isJson, zone, now }: StoreLine, io: CommandIo): number {
  const text = flags.text("before");
  const limits = {
    ageMs: flags.milliseconds("max-age"),
    bytes: flags.bytes("max-bytes"),
    before: text === undefined ? undefined : flags.reading("before", () => parseTime(text, { now, zone })),
  };
  if (Object.values(limits).every((limit) => limit === undefined)) {
    throw new KlogError("USAGE", "klog store prune needs to know what may go", {
      hint: "say --max-age 7d, --max-bytes 10GiB or --before 2026-11-01; --dry-run shows what each would remove",
    });
  }
  const isDryRun = flags.boolean("dry-run") ?? false;
  const removed = pruned(() => pruneStore(directory, limits, now, isDryRun));
  const records = removed.reduce((sum, segment) => sum + segment.records, 0);
  const bytes = removed.reduce((sum, segment) => sum + segment.bytes, 0);
  if (isJson) {
    io.print(jsonText({ directory, dryRun: isDryRun, segments: removed.map(({ name }) => name), records, bytes }));
    return 0;
  }
  const done = isDryRun ? "would go" : "removed";
  const names = removed.map(({ name }) => `  ${name}\n`).join("");
  const all =
    removed.length === 0
      ? "nothing"
      : `${counted(removed.length, "segment")}, ${counted(records, "record")}, ${bytesText(bytes)}`;
  io.print(`${done}: ${all}\n${names}`);
  return 0;
}

/** Whoever prunes is not the second agent that the lock's own message speaks to. */
function pruned<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof KlogError) || !error.message.startsWith("another klog agent writes")) throw error;
    throw new KlogError(error.code, `${error.message.replace("another klog", "a klog")}, so nothing was removed`, {
      hint: "it prunes by itself, as the limits of its store say; --dry-run shows what would go",
      cause: error,
    });
  }
}

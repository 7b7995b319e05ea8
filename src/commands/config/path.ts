// `klog config path`: where klog looks for its config file, which one it reads, and what else it keeps for this person.
import { existsSync } from "node:fs";
import { configCandidates } from "../../config/config-file.ts";
import { historyPath } from "../../config/query-history.ts";
import { savedQueriesPath } from "../../config/saved-queries.ts";
import { tableText } from "../agent/text-table.ts";
import type { CommandIo } from "../command-io.ts";
import { jsonText, type SetupLine, stylesOf, typedSetup } from "../setup-inputs.ts";
import { configRequest, userPlace } from "../user-config.ts";

interface PlaceRow {
  readonly path: string;
  readonly what: string;
  readonly state: "used" | "not there" | "not read" | "there";
  readonly note?: string;
}

export function showPath(line: SetupLine, io: CommandIo): number {
  const flags = typedSetup(line);
  const rows = [...configRows(line, io), ...keptRows(io)];
  if (flags.text("output") === "json") {
    io.print(jsonText(rows));
    return 0;
  }
  const { dim, started } = stylesOf(flags, io);
  const cells = rows.map(({ path, what, state, note }) => [
    { text: path },
    { text: what },
    { text: state, paint: state === "used" ? started : undefined },
    { text: note ?? "", paint: dim },
  ]);
  const columns = [{ title: "PATH" }, { title: "WHAT" }, { title: "STATE" }, { title: "" }];
  io.print(`${tableText(columns, cells, dim).join("\n")}\n`);
  return 0;
}

function configRows({ words }: SetupLine, io: CommandIo): PlaceRow[] {
  const candidates = configCandidates(configRequest(words, io.env));
  const used = candidates.findIndex(({ path, namedBy }) => namedBy !== undefined || existsSync(path));
  return candidates.map(({ path, writtenFor, namedBy }, index) => {
    const isThere = existsSync(path);
    const state = index === used && isThere ? "used" : isThere ? "not read" : "not there";
    const note =
      state === "not read"
        ? "klog has a file of its own"
        : namedBy !== undefined
          ? `named by ${namedBy}`
          : state === "not there" && writtenFor === "klog"
            ? "`klog config init` writes one"
            : undefined;
    return {
      path,
      what: writtenFor === "klog" ? "config file" : "stern's config file",
      state,
      ...(note === undefined ? {} : { note }),
    };
  });
}

function keptRows(io: CommandIo): PlaceRow[] {
  const place = userPlace(io.env);
  const kept: [string, string][] = [
    [savedQueriesPath(place), "saved queries"],
    [historyPath(place), "history"],
  ];
  return kept.map(([path, what]) => ({ path, what, state: existsSync(path) ? "there" : "not there" }));
}

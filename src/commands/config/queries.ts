// `klog config queries [NAME]`: the saved queries of the config file and of `klog search --save-query`, or one of them alone, or
// with --history those that were run lately.
import { type PastQuery, pastQueries } from "../../config/query-history.ts";
import { deleteQuery, findQuery, listQueries } from "../../config/saved-queries.ts";
import { KlogError } from "../../errors.ts";
import { countText } from "../agent/amounts.ts";
import { tableText } from "../agent/text-table.ts";
import type { CommandIo } from "../command-io.ts";
import { jsonText, mergedSetup, noting, type SetupLine, stylesOf } from "../setup-inputs.ts";
import { readUserConfig, userPlace } from "../user-config.ts";

export async function showQueries(line: SetupLine, io: CommandIo): Promise<number> {
  const config = await readUserConfig(line.words, io.env);
  const flags = mergedSetup(line, config, noting(io));
  const place = { ...userPlace(io.env), config };
  const [name] = line.positionals;
  const gone = flags.text("delete");
  const isJson = flags.text("output") === "json";
  if (flags.boolean("history")) {
    if (name !== undefined || gone !== undefined) {
      throw new KlogError("USAGE", "klog config queries --history takes no name", { hint: "it shows all of them" });
    }
    const past = await pastQueries(place);
    io.print(isJson ? jsonText(past) : historyText(past));
    return past.length === 0 ? 1 : 0;
  }
  if (gone !== undefined) {
    if (name !== undefined) {
      throw new KlogError("USAGE", `klog config queries --delete ${gone} takes no other name`, {
        hint: "name one query",
      });
    }
    await deleteQuery(gone, place);
    io.stderr.write(`klog: the query ${gone} is forgotten\n`);
    return 0;
  }
  if (name !== undefined) {
    const found = await findQuery(name, place);
    io.print(isJson ? jsonText(found) : `${found.query}\n`);
    return 0;
  }
  const queries = await listQueries(place);
  if (isJson) {
    io.print(jsonText(queries));
    return 0;
  }
  if (queries.length === 0) {
    io.stderr.write("klog: no query is saved: klog search QUERY --save-query NAME saves one\n");
    return 1;
  }
  const { dim, key } = stylesOf(flags, io);
  const rows = queries.map((one) => [
    { text: one.name, paint: key },
    { text: one.query.replaceAll("\n", " ") },
    { text: one.where, paint: dim },
  ]);
  io.print(`${tableText([{ title: "NAME" }, { title: "QUERY" }, { title: "WHERE" }], rows, dim).join("\n")}\n`);
  return 0;
}

/** Newest last, as a shell's history. */
function historyText(past: readonly PastQuery[]): string {
  const rows = past.map(({ at, query, hits }) => {
    const time = new Date(at).toISOString().slice(0, 19);
    return `${time}Z  ${(hits === undefined ? "-" : countText(hits)).padStart(9)}  ${query.replaceAll("\n", " ")}`;
  });
  return rows.length === 0 ? "" : `${rows.join("\n")}\n`;
}

// A search that shows a table in place of lines: everything that is found goes into one count. Followed on a terminal, the table
// is drawn again as it grows.
import { histogramLines } from "../../output/histogram-text.ts";
import { LiveView } from "../../output/live-view.ts";
import { StdoutWriter } from "../../output/stdout-writer.ts";
import { type TableOutputOptions, tableText } from "../../output/table-output.ts";
import { FieldStatistics } from "../../query/pipes/field-statistics.ts";
import type { Histogram } from "../../query/pipes/histogram.ts";
import { PatternAggregation } from "../../query/pipes/patterns/pattern-aggregation.ts";
import type { PipePlan } from "../../query/pipes/plan.ts";
import type { Table } from "../../query/pipes/table.ts";
import type { QueryRecord } from "../../query/query-record.ts";
import type { CountingChoice } from "../search-options.ts";
import type { Tally } from "./print-lines.ts";
import { mainPass, merged, requestFor, type SearchSetup } from "./search-setup.ts";
import { tableFormat, tableOutput } from "./table-options.ts";

export interface CountSearch {
  readonly setup: SearchSetup;
  readonly tally: Tally;
  readonly beforeWrite: () => void;
}

/** What becomes of the records, whichever way it was asked for. */
interface Count {
  add(record: QueryRecord): void;
  /** No record follows: what sort and tail kept back goes in. */
  end(): void;
  readonly isDone: boolean;
  readonly needsText: boolean;
  result(): Table;
  histogram(): Histogram | undefined;
}

const DEFAULT_ROWS = 24;

/** Resolves when the table is printed. */
export async function countHits({ setup, tally, beforeWrite }: CountSearch): Promise<void> {
  const { options, terminal, follow, palette, io } = setup;
  const format = tableFormat(options.printing);
  const count = createCount(setup.plan, options.counting);
  const output = tableOutput(setup, format);
  const live =
    follow && terminal.isTerminal && format === "text"
      ? new LiveView({
          write: (text) => terminal.write(Buffer.from(text)),
          size: () => ({ columns: terminal.columns, rows: (io.stdout as { rows?: number }).rows ?? DEFAULT_ROWS }),
          timer: (ms, callback) => setup.clock.timer(ms, callback),
          monotonic: () => setup.clock.monotonic(),
          draw: (size) => linesOf(count, { ...output, width: size.columns }, setup),
        })
      : undefined;
  await feed(setup, count, tally, () => {
    beforeWrite();
    live?.changed();
  });
  count.end();
  live?.end();
  beforeWrite();
  if (format === undefined) return;
  const writer = new StdoutWriter(terminal);
  const histogram = format === "text" ? count.histogram() : undefined;
  const table = histogram === undefined ? count.result() : undefined;
  if (histogram !== undefined) {
    for (const line of histogramLines(histogram, drawing(output, setup))) writer.buffer.text(`${line}\n`);
    writer.written();
  } else {
    for (const piece of tableText(table!, output)) {
      writer.buffer.text(piece);
      writer.written();
      if (writer.full) await writer.drained();
    }
  }
  await writer.close();
  for (const note of (histogram ?? table!).notes) palette.progress.note(note);
}

async function feed(setup: SearchSetup, count: Count, tally: Tally, changed: () => void): Promise<void> {
  const { sources, plan, follow, signal, problems, accepts } = setup;
  const [only] = sources;
  const pass = {
    ...mainPass(setup),
    order: plan.takesAnyOrder && !follow ? setup.order : ("oldest" as const),
    limit: plan.limit ?? setup.limit,
  };
  // Copies of a line are found by the merge alone, and only lines in their order can be cut off or followed.
  if (
    only?.source.fold !== undefined &&
    sources.length === 1 &&
    !follow &&
    plan.takesAnyOrder &&
    pass.limit === undefined
  ) {
    const request = requestFor(only, { ...pass, accepts }, problems);
    await only.source.fold(request, { text: count.needsText }, (record) => {
      tally.hits++;
      count.add(record);
    });
    return;
  }
  for await (const page of merged(setup, pass)) {
    for (const line of page.hits) {
      if (signal.aborted) return;
      tally.hits++;
      if (line.late) tally.late++;
      if (line.details !== undefined && line.details.sources.length > 1) tally.doubles++;
      count.add(line);
    }
    tally.at = page.reached ?? tally.at;
    if (page.hits.length > 0) changed();
    if (count.isDone) return;
  }
}

function createCount(plan: PipePlan, counting: CountingChoice | undefined): Count {
  if (plan.isTable) {
    const run = plan.start();
    return {
      add: (record) => run.add(record),
      end: () => run.end(),
      get isDone() {
        return run.isDone;
      },
      needsText: plan.needsText,
      result: () => run.result(),
      histogram: () => run.histogram(),
    };
  }
  const names = counting?.kind === "fields" ? counting.names : [];
  const aggregation = counting?.kind === "patterns" ? new PatternAggregation() : new FieldStatistics();
  const run = plan.start<QueryRecord>();
  return {
    add: (record) => {
      for (const passed of run.push(record)) aggregation.add(passed);
    },
    end: () => {
      for (const kept of run.end()) aggregation.add(kept);
    },
    get isDone() {
      return run.isDone;
    },
    needsText: true,
    result: () => {
      const table = aggregation.result();
      return names.length === 0
        ? table
        : { ...table, rows: table.rows.filter(([name]) => isNamed(String(name), names)) };
    },
    histogram: () => undefined,
  };
}

/** `user` names `user.id` too. */
function isNamed(field: string, names: readonly string[]): boolean {
  return names.some((name) => field === name || field.startsWith(`${name}.`));
}

function linesOf(count: Count, output: TableOutputOptions, setup: SearchSetup): string[] {
  const histogram = count.histogram();
  if (histogram !== undefined) return histogramLines(histogram, drawing(output, setup));
  return [...tableText(count.result(), output)].join("").split("\n").slice(0, -1);
}

function drawing({ styles, width, isTerminal }: TableOutputOptions, { io }: SearchSetup) {
  return { styles, width, isDrawn: isTerminal && showsBlocks(io.env) };
}

/** As the locale says; Windows and macOS have no other encoding in their terminals. */
function showsBlocks(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return locale === undefined ? process.platform !== "linux" : /utf-?8/i.test(locale);
}

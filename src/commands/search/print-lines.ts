// A search that shows lines: from the merge through the pipes to stdout, with the lines around where they are wanted.
import type { HighlightPattern } from "../../output/highlight.ts";
import { rowFormat } from "../../output/table-output.ts";
import { ContextLines } from "../../query/line-filter.ts";
import type { RecordRun } from "../../query/pipes/plan.ts";
import { RecordRows } from "../../query/pipes/shown-fields.ts";
import type { Predicate } from "../../query/query-record.ts";
import type { LogLine } from "../../record/log-line.ts";
import { fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { MergedPage } from "../../sources/merge/search-merge.ts";
import type { SearchCursor } from "../../sources/search-cursor.ts";
import { contextBlocks } from "./context-blocks.ts";
import { logKey } from "./same-log.ts";
import { SearchPrinter, type ShownRows } from "./search-printer.ts";
import { mainPass, merged, type Pass, type SearchSetup } from "./search-setup.ts";
import { tableFormat, tableOutput } from "./table-options.ts";

export interface LineSearch {
  readonly setup: SearchSetup;
  /** What the pipes make of each line; undefined: nothing. */
  readonly stage: RecordRun<LogLine> | undefined;
  readonly highlight: readonly HighlightPattern[];
  /** The search ends with the first line that it holds for. */
  readonly until: Predicate | undefined;
  readonly found: () => void;
  readonly tally: Tally;
  readonly beforeWrite: () => void;
}

/** What progress, --stats and the end of the command tell of a search. Changes while it runs. */
export interface Tally {
  hits: number;
  late: number;
  /** Lines that more than one source gave. */
  doubles: number;
  at: Timestamp | undefined;
  /** Where it goes on, when there is more. */
  next: SearchCursor | undefined;
}

/** Up to so many hits are asked for the lines around them one by one. */
const MOST_BLOCKS = 1000;

/** Resolves when all is printed. */
export async function printLines(search: LineSearch): Promise<void> {
  const { setup, highlight, beforeWrite } = search;
  const { options, place, palette, sources, limit, follow, turnsRound, plan } = setup;
  const shown = plan.isTable ? undefined : plan.fields;
  const printer = new SearchPrinter(place, palette, {
    highlight,
    hideFields: [...options.hideFields, ...(shown?.hidden ?? [])],
    rows: shown?.names === undefined ? undefined : shownRows(setup, shown.names),
    showSources: sources.length > 1,
    beforeWrite,
  });
  const hasContext = options.before > 0 || options.after > 0;
  const inBlocks = hasContext && !follow && limit !== undefined && limit <= MOST_BLOCKS;
  const kept: LogLine[] = [];
  const gathers = turnsRound || inBlocks;
  try {
    if (hasContext && !inBlocks) await printWithContext(search, printer);
    else {
      await eachLine(search, (line) => {
        if (gathers) kept.push(line);
        else printer.line(line);
        return printer.room();
      });
      const inOrder = turnsRound ? kept.toReversed() : kept;
      if (inBlocks) await printBlocks(setup, inOrder, printer);
      else for (const line of inOrder) printer.line(line);
    }
  } finally {
    await printer.close();
  }
}

function shownRows(setup: SearchSetup, names: readonly string[]): ShownRows | undefined {
  const format = tableFormat(setup.options.printing);
  if (format === undefined) return undefined;
  const fields = new RecordRows(names);
  return { fields, format: rowFormat(fields.columns, tableOutput(setup, format)) };
}

/** Hands on what passes the pipes, until the limit, the end, or a line that was waited for. */
async function eachLine(
  { setup, stage, until, found, tally }: LineSearch,
  take: (line: LogLine) => Promise<void> | undefined,
): Promise<void> {
  const { limit, signal, plan } = setup;
  // One more than is wanted tells whether there is more.
  const wanted = stage !== undefined ? plan.limit : limit === undefined ? undefined : limit + 1;
  const pass: Pass = { ...mainPass(setup), limit: wanted };
  let page: MergedPage | undefined;
  let taken = -1;
  let next: SearchCursor | undefined;
  for await (page of merged(setup, pass)) {
    taken = -1;
    for (const [i, hit] of page.hits.entries()) {
      if (signal.aborted) break;
      const passed = stage === undefined ? [hit] : stage.push(hit);
      if (next !== undefined && passed.length > 0) {
        tally.next = next;
        return;
      }
      taken = i;
      for (const line of passed) {
        count(tally, line);
        const room = take(line);
        if (until?.(line)) return found();
        if (room !== undefined) await room;
      }
      if (tally.hits === limit) next ??= page.cursorAt(i);
    }
    tally.at = page.reached ?? tally.at;
    if (signal.aborted || stage?.isDone) break;
  }
  if (signal.aborted && page !== undefined) tally.next = page.cursorAt(taken);
  for (const line of stage?.end() ?? []) {
    if (tally.hits === limit) return;
    count(tally, line);
    const room = take(line);
    if (room !== undefined) await room;
  }
}

function count(tally: Tally, line: LogLine): void {
  tally.hits++;
  if (line.late) tally.late++;
  if (line.details !== undefined && line.details.sources.length > 1) tally.doubles++;
}

async function printBlocks(setup: SearchSetup, hits: readonly LogLine[], printer: SearchPrinter): Promise<void> {
  const { before, after } = setup.options;
  const blocks = await contextBlocks(hits, {
    before,
    after,
    note: (text) => setup.problems.note(text),
    linesFrom: async (hit, order, limit) => {
      const log = logKey(hit.origin);
      const bounds = order === "newest" ? { from: undefined, to: hit } : { from: hit, to: undefined };
      const lines: LogLine[] = [];
      const pass: Pass = {
        ...mainPass(setup),
        filter: { kind: "all" },
        matches: () => true,
        accepts: (origin) => logKey(origin) === log,
        bounds:
          order === "oldest" && bounds.to === undefined ? { ...bounds, to: fromMillis(setup.clock.now()) } : bounds,
        order,
        limit,
        cursor: undefined,
      };
      for await (const page of merged(setup, pass)) lines.push(...page.hits);
      return lines;
    },
  });
  const inOrder = setup.order === "newest" && !setup.turnsRound ? blocks.toReversed() : blocks;
  for (const [i, { lines }] of inOrder.entries()) {
    if (i > 0) printer.separator();
    for (const line of lines) printer.line(line);
    const room = printer.room();
    if (room !== undefined) await room;
  }
}

/** Lines stand in the order of the search, unless that turns round. */
async function printWithContext(search: LineSearch, printer: SearchPrinter): Promise<void> {
  const kept: Shown[] = [];
  const print = (shown: Shown) => (shown === "separator" ? printer.separator() : printer.line(shown));
  await eachWithContext(search, (shown) => {
    if (search.setup.turnsRound) kept.push(shown);
    else print(shown);
    return printer.room();
  });
  for (const shown of kept.toReversed()) print(shown);
}

type Shown = LogLine | "separator";

/**
 * One pass over everything: each line waits until it is known whether a hit stands beside it. Behind the last hit that is
 * wanted it goes on until the lines around that are out, and until it is known whether there is more.
 */
async function eachWithContext(
  { setup, until, found, tally }: LineSearch,
  take: (shown: Shown) => Promise<void> | undefined,
): Promise<void> {
  const { options, matches, order, limit, follow, signal } = setup;
  const [before, after] = order === "oldest" ? [options.before, options.after] : [options.after, options.before];
  let isHit = false;
  const context = new ContextLines(() => isHit, { before, after, logOf: (line) => logKey(line.origin) });
  const skipped = new Map<string, number>();
  /** Lines that are still to come behind the last hit of each log. */
  const open = new Map<string, number>();
  let lastLog: string | undefined;
  let next: SearchCursor | undefined;
  let page: MergedPage | undefined;
  let taken = -1;
  const pass: Pass = { ...mainPass(setup), filter: { kind: "all" }, matches: () => true, limit: undefined };
  for await (page of merged(setup, pass)) {
    taken = -1;
    for (const [i, line] of page.hits.entries()) {
      if (signal.aborted) break;
      const isFull = tally.hits === limit;
      const isMatch = (!isFull || tally.next === undefined) && matches(line);
      if (isFull && isMatch) tally.next = next;
      isHit = !isFull && isMatch;
      taken = i;
      const log = logKey(line.origin);
      const shown = context.push(line);
      const left = (skipped.get(log) ?? 0) + 1 - shown.length;
      skipped.set(log, shown.length === 0 ? left : 0);
      if (shown.length > 0) {
        const isApart = lastLog !== undefined && (lastLog !== log || left > 0);
        lastLog = log;
        let room = isApart ? take("separator") : undefined;
        for (const each of shown) room = take(each);
        const behind = isHit ? after : (open.get(log) ?? 0) - 1;
        if (behind > 0) open.set(log, behind);
        else open.delete(log);
        if (isHit) {
          count(tally, line);
          if (until?.(line)) return found();
          if (tally.hits === limit) next = page.cursorAt(i);
        }
        if (room !== undefined) await room;
      }
      if (tally.hits === limit && open.size === 0 && (follow || tally.next !== undefined)) return;
    }
    tally.at = page.reached ?? tally.at;
    if (signal.aborted) break;
  }
  if (signal.aborted && page !== undefined) tally.next ??= next ?? page.cursorAt(taken);
}

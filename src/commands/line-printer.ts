// The last part of a stream's way: filter, context lines, format, stdout and --save. One printer a command.
import type { WorkloadColors } from "../output/colors.ts";
import type { Formatter } from "../output/formatter.ts";
import { markerText } from "../output/markers.ts";
import type { Progress } from "../output/progress.ts";
import { SaveFolder } from "../output/save.ts";
import { StdoutWriter } from "../output/stdout-writer.ts";
import type { Terminal } from "../output/terminal.ts";
import { createStyles } from "../output/theme.ts";
import { ContextLines, type LineFilter, lineFilter } from "../query/line-filter.ts";
import type { Predicate } from "../query/query-record.ts";
import { levelOf, parseLevelFilter } from "../record/level.ts";
import type { LogLine, Marker, Origin, TailItem } from "../record/log-line.ts";
import type { Pattern } from "../regex/pattern.ts";
import type { TailStats } from "../sources/pods/tail-stats.ts";
import { flagPattern } from "./flag-pattern.ts";
import { createLineFormatter, createPalette } from "./print-setup.ts";
import { queryTest } from "./query-test.ts";
import type { LineFilters, TailOutput } from "./tail-options.ts";

export interface LinePrinterOptions {
  readonly lines: LineFilters;
  readonly output: TailOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly stats: TailStats;
  readonly showNamespace: boolean;
  readonly showCluster: boolean;
  /** Which lines are tagged with the sources that gave them: all of several, or those that a history gave (`known`). */
  readonly showSources?: boolean | "known";
  /** The first shown line that `text`, a query, finds calls `found`. */
  readonly waitFor?: { readonly text: string; readonly found: () => void } | undefined;
  /** The output can take more again. */
  readonly onDrained: () => void;
}

export class LinePrinter {
  readonly progress: Progress;
  private readonly options: LinePrinterOptions;
  private readonly formatter: Formatter;
  private readonly writer: StdoutWriter;
  private readonly save: SaveFolder | undefined;
  private readonly filter: LineFilter | undefined;
  private readonly until: Predicate | undefined;
  private readonly context: ContextLines | undefined;
  private readonly colors: WorkloadColors;
  private readonly markersTo: "stdout" | "stderr" | "off";
  private readonly markerOnStderr: (marker: Marker) => string;
  private awaitingDrain = false;
  /** What was waited for is printed: nothing comes behind it. */
  private hasFound = false;
  private saveTimer: NodeJS.Timeout | undefined;

  /** Throws KlogError for patterns, levels, templates and columns that cannot be used. */
  constructor(options: LinePrinterOptions) {
    const { lines, output, env, terminal, showNamespace, showCluster } = options;
    this.options = options;
    const place = { printing: output, env, terminal, showNamespace, showCluster };
    const palette = createPalette(place);
    this.colors = palette.colors;
    this.progress = palette.progress;

    const warn = (text: string) => this.progress.warn(text);
    const query = lines.query === undefined ? undefined : queryTest(lines.query, "--query", output.timezone, warn);
    const include = this.patterns(lines.include, "--include", "match");
    const exclude = this.patterns(lines.exclude, "--exclude", "no-match");
    const highlight = [
      ...this.patterns(lines.highlight, "--highlight", "no-match"),
      ...include,
      ...(query?.highlights ?? []),
    ];
    const filter = lineFilter({
      include,
      exclude,
      level: lines.level === undefined ? undefined : parseLevelFilter(lines.level),
      levelOf,
    });
    this.filter = query === undefined ? filter : both(filter, query.matches);
    this.until = options.waitFor && queryTest(options.waitFor.text, "--wait-for", output.timezone, warn).matches;
    if (this.filter !== undefined && (lines.before > 0 || lines.after > 0))
      this.context = new ContextLines(this.filter, { before: lines.before, after: lines.after });

    const { fields, hideFields } = lines;
    this.formatter = createLineFormatter(place, palette, {
      highlight,
      fields,
      hideFields,
      showSources: options.showSources ?? "known",
    });
    const plain = { zone: output.timezone, showNamespace, showCluster };
    this.markerOnStderr = (marker) => markerText(marker, { ...plain, styles: palette.errStyles });
    this.markersTo = markersTo(output);
    this.writer = new StdoutWriter(terminal);
    if (output.save !== undefined)
      this.save = new SaveFolder({
        directory: output.save,
        showCluster,
        markerText: (marker) => markerText(marker, { ...plain, styles: createStyles("none", 0) }),
        onNote: (text) => this.progress.note(text),
      });
  }

  /** False while the reader of stdout is slower than the lines. */
  ready(): boolean {
    if (!this.writer.full) return true;
    if (!this.awaitingDrain) {
      this.awaitingDrain = true;
      void this.writer.drained().then(() => {
        this.awaitingDrain = false;
        this.options.onDrained();
      });
    }
    return false;
  }

  emit(item: TailItem): void {
    if (item.kind === "closed") return this.closed(item.origin);
    if (item.kind !== "line") return this.marker(item);
    const { stats } = this.options;
    const count = 1 + (item.rest?.length ?? 0);
    if (this.context !== undefined) {
      const shown = this.context.push(item);
      for (const line of shown) this.print(line);
      const lines = shown.reduce((sum, line) => sum + 1 + (line.rest?.length ?? 0), 0);
      // A line that waits as context counts as filtered until a match brings it out.
      stats.shown += lines;
      stats.filtered += count - lines;
    } else if (this.filter === undefined || this.filter(item)) {
      stats.shown += count;
      this.print(item);
    } else stats.filtered += count;
  }

  opened(origin: Origin): void {
    this.progress.started(origin);
  }

  private closed(origin: Origin): void {
    this.context?.forget(origin);
    // Its last lines stand before it, where both go to one place.
    this.writer.flush();
    this.progress.stopped(origin);
  }

  /** Frees the pod's colour. */
  release(pod: Pick<Origin, "cluster" | "namespace" | "workload" | "podUid">): void {
    this.colors.release(pod);
  }

  /** Everything out. Throws KlogError OUTPUT_FAILED when --save cannot be written. */
  async close(): Promise<void> {
    clearTimeout(this.saveTimer);
    this.save?.close();
    await this.writer.close();
  }

  private print(line: LogLine): void {
    if (this.hasFound) return;
    this.formatter.line(line, this.writer.buffer);
    this.writer.written();
    if (this.until?.(line)) {
      this.hasFound = true;
      this.options.waitFor?.found();
    }
    if (this.save === undefined) return;
    this.save.line(line);
    this.saveSoon();
  }

  private marker(marker: Marker): void {
    if (this.markersTo === "stdout") {
      this.writer.buffer.text(`${this.formatter.marker(marker)}\n`);
      this.writer.written();
    } else if (this.markersTo === "stderr") {
      // What was printed before it stands before it, where both go to one place.
      this.writer.flush();
      this.options.terminal.error(`${this.markerOnStderr(marker)}\n`);
    }
    this.save?.marker(marker);
    this.saveSoon();
  }

  private saveSoon(): void {
    this.saveTimer ??= setTimeout(() => {
      this.saveTimer = undefined;
      this.save?.flush();
    }, 200);
  }

  private patterns(sources: readonly string[], flag: string, whenDisabled: "match" | "no-match"): Pattern[] {
    return sources.map((source) =>
      flagPattern(flag, source, {
        whenDisabled,
        onDisabled: (pattern, reason) => this.progress.warn(`${flag} ${pattern}: ${reason}`),
      }),
    );
  }
}

function both(filter: LineFilter | undefined, matches: Predicate): LineFilter {
  return filter === undefined ? matches : (line) => filter(line) && matches(line);
}

/** Gaps and restarts stand between the lines where a person reads them; formats for programs keep stdout to themselves. */
function markersTo({ markers, format, template, onlyLogLines }: TailOutput): "stdout" | "stderr" | "off" {
  if (markers !== "auto") return markers;
  if (onlyLogLines) return "stderr";
  return template === undefined && (format === "default" || format === "pretty") ? "stdout" : "stderr";
}

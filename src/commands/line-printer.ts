// The last part of a stream's way: filter, context lines, format, stdout and --save. One printer a command.
import { KlogError } from "../errors.ts";
import { type ColorLevel, colorLevel, detectedLevel } from "../output/color-level.ts";
import { WorkloadColors } from "../output/colors.ts";
import { createFormatter, type Formatter } from "../output/formatter.ts";
import { markerText } from "../output/markers.ts";
import { Progress } from "../output/progress.ts";
import { SaveFolder } from "../output/save.ts";
import { StdoutWriter } from "../output/stdout-writer.ts";
import { compileTemplate } from "../output/template/template.ts";
import type { Terminal } from "../output/terminal.ts";
import { createStyles, customSlots } from "../output/theme.ts";
import { ContextLines, type LineFilter, lineFilter } from "../query/line-filter.ts";
import { levelOf, parseLevelFilter } from "../record/level.ts";
import type { LogLine, Marker, Origin, TailItem } from "../record/log-line.ts";
import { compilePattern, type Pattern, type PatternOptions } from "../regex/pattern.ts";
import type { TailStats } from "../sources/pods/tail-stats.ts";
import type { LineFilters, TailOutput } from "./tail-options.ts";

export interface LinePrinterOptions {
  readonly lines: LineFilters;
  readonly output: TailOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly stats: TailStats;
  readonly showNamespace: boolean;
  readonly showCluster: boolean;
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
  private readonly context: ContextLines | undefined;
  private readonly colors: WorkloadColors;
  private readonly markersTo: "stdout" | "stderr" | "off";
  private readonly markerOnStderr: (marker: Marker) => string;
  private awaitingDrain = false;
  private saveTimer: NodeJS.Timeout | undefined;

  /** Throws KlogError for patterns, levels, templates and columns that cannot be used. */
  constructor(options: LinePrinterOptions) {
    const { lines, output, env, terminal, showNamespace, showCluster } = options;
    this.options = options;
    const level = (stream: "stdout" | "stderr", isTerminal: boolean): ColorLevel =>
      output.theme === "none"
        ? 0
        : colorLevel({ choice: output.color, env, isTerminal, detected: detectedLevel(stream) });
    const outLevel = level("stdout", terminal.isTerminal);
    const errLevel = level("stderr", terminal.isErrorTerminal);
    const styles = createStyles(output.theme, outLevel);
    const errStyles = createStyles(output.theme, errLevel);
    const custom = customSlots(output.podColors, output.containerColors);
    const slots = (of: typeof styles, at: ColorLevel) => (at > 0 && custom.length > 0 ? custom : of.slots);
    this.colors = new WorkloadColors({ slots: slots(styles, outLevel), diffContainer: output.diffContainer });
    const errColors =
      errLevel === outLevel
        ? this.colors
        : new WorkloadColors({ slots: slots(errStyles, errLevel), diffContainer: output.diffContainer });
    this.progress = new Progress({
      write: (text) => terminal.error(text),
      styles: errStyles,
      paints: errColors.of.bind(errColors),
      showNamespace,
      showCluster,
      onlyLogLines: output.onlyLogLines,
    });

    const include = this.patterns(lines.include, "--include", "match");
    const exclude = this.patterns(lines.exclude, "--exclude", "no-match");
    const highlight = [...this.patterns(lines.highlight, "--highlight", "no-match"), ...include];
    this.filter = lineFilter({
      include,
      exclude,
      level: lines.level === undefined ? undefined : parseLevelFilter(lines.level),
      levelOf,
    });
    if (this.filter !== undefined && (lines.before > 0 || lines.after > 0))
      this.context = new ContextLines(this.filter, { before: lines.before, after: lines.after });

    this.formatter = createFormatter({
      format: output.format,
      template:
        output.template === undefined ? undefined : compileTemplate(output.template.text, { isColoured: outLevel > 0 }),
      timestamps: output.timestamps ?? "off",
      timezone: output.timezone,
      now: () => Date.now(),
      prefix: output.prefix,
      showNamespace,
      showCluster,
      columns: output.columns,
      styles,
      colors: this.colors,
      isColoured: outLevel > 0,
      highlight: outLevel > 0 ? highlight : [],
      fields: lines.fields,
      hideFields: lines.hideFields,
      ansi: output.ansi,
      isTerminal: terminal.isTerminal,
      isAligned: terminal.isTerminal,
      onProblem: (text) => this.progress.warn(text),
    });
    const plain = { zone: output.timezone, showNamespace, showCluster };
    this.markerOnStderr = (marker) => markerText(marker, { ...plain, styles: errStyles });
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
    this.formatter.line(line, this.writer.buffer);
    this.writer.written();
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

/** A pattern of a flag: an error of it names the flag. */
export function flagPattern(flag: string, source: string, options: PatternOptions): Pattern {
  try {
    return compilePattern(source, options);
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    throw new KlogError(error.code, `${flag}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

/** Gaps and restarts stand between the lines where a person reads them; formats for programs keep stdout to themselves. */
function markersTo({ markers, format, template, onlyLogLines }: TailOutput): "stdout" | "stderr" | "off" {
  if (markers !== "auto") return markers;
  if (onlyLogLines) return "stderr";
  return template === undefined && (format === "default" || format === "pretty") ? "stdout" : "stderr";
}

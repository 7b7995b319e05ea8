// A user's template as an output format. A line that the template cannot take is printed as it is: no line is lost.
import type { LogLine, Origin } from "../record/log-line.ts";
import { type HighlightPattern, highlight } from "./highlight.ts";
import { lineLevel } from "./line-facts.ts";
import type { LineFormat } from "./line-format.ts";
import type { Messages } from "./messages.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import type { OriginPaints } from "./paint.ts";
import { LogStruct } from "./template/log-data.ts";
import type { Template } from "./template/template.ts";
import { TemplateRunError } from "./template/values.ts";
import type { Styles } from "./theme.ts";
import type { Times } from "./times.ts";

export interface TemplateOptions {
  readonly template: Template;
  readonly messages: Messages;
  readonly times: Times;
  readonly styles: Styles;
  readonly paints: (origin: Origin) => OriginPaints;
  readonly highlight: readonly HighlightPattern[];
  /** Told each kind of failure once. */
  readonly onProblem: (text: string) => void;
}

/** The kinds of failure that are told; a template that fails differently on every line must not fill stderr. */
const MAX_PROBLEMS = 10;

export class TemplateFormat implements LineFormat {
  private readonly options: TemplateOptions;
  private readonly told = new Set<string>();

  constructor(options: TemplateOptions) {
    this.options = options;
  }

  /** Each physical line by itself, as stern does: a template written for stern sees what it expects. */
  line(line: LogLine, out: OutputBuffer): void {
    this.physical(line, out);
    if (line.rest !== undefined) for (const next of line.rest) this.physical(next, out);
  }

  private physical(line: LogLine, out: OutputBuffer): void {
    const { template, messages, times, styles, paints, highlight: patterns } = this.options;
    const message = messages.text(line);
    let text: string;
    try {
      text = template.render(
        new LogStruct({
          message,
          timestamp: times.text(line),
          origin: line.origin,
          paints: paints(line.origin),
          level: () => lineLevel(line) ?? "",
        }),
      );
    } catch (error) {
      if (!(error instanceof TemplateRunError)) throw error;
      this.tell(error.message);
      text = `${message}\n`;
    }
    out.text(patterns.length === 0 ? text : (highlight(text, patterns, styles.highlight) ?? text));
  }

  private tell(problem: string): void {
    if (this.told.size >= MAX_PROBLEMS || this.told.has(problem)) return;
    this.told.add(problem);
    this.options.onProblem(`the template failed on a line, which is printed as it is: ${problem}`);
  }
}

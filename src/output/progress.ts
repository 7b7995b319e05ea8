// What klog says beside the lines, on stderr: containers that come and go, notes, warnings, errors with what to do about them.
import { KlogError, messageOf } from "../errors.ts";
import type { Origin } from "../record/log-line.ts";
import type { OriginPaints } from "./paint.ts";
import { painted } from "./paint.ts";
import { cleanText } from "./sanitize.ts";
import type { Styles } from "./theme.ts";

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** Those of stderr, which may have other colours than stdout. */
  readonly styles: Styles;
  readonly paints: (origin: Origin) => OriginPaints;
  readonly showNamespace: boolean;
  readonly showCluster: boolean;
  /** --only-log-lines: no `+` and `-` lines and no notes; warnings and errors stay. */
  readonly onlyLogLines: boolean;
}

export class Progress {
  private readonly options: ProgressOptions;

  constructor(options: ProgressOptions) {
    this.options = options;
  }

  started(origin: Origin): void {
    this.step(painted(this.options.styles.started, "+"), origin);
  }

  stopped(origin: Origin): void {
    this.step(painted(this.options.styles.stopped, "-"), origin);
  }

  note(text: string): void {
    if (!this.options.onlyLogLines) this.say(painted(this.options.styles.dim, `klog: note: ${cleanText(text)}`));
  }

  warn(text: string): void {
    this.say(`${painted(this.options.styles.warning, "klog: warning:")} ${cleanText(text)}`);
  }

  /** A KlogError's message may have several lines: the place in a template, say. */
  error(error: unknown): void {
    const message = messageOf(error)
      .split("\n")
      .map((line) => cleanLine(line));
    this.say(`${painted(this.options.styles.error, "klog:")} ${message.join("\n")}`);
    if (error instanceof KlogError && error.hint !== undefined) {
      this.say(`  ${cleanText(error.hint)}`);
    }
  }

  private step(sign: string, origin: Origin): void {
    const { onlyLogLines, paints, showNamespace, showCluster } = this.options;
    if (onlyLogLines) return;
    const { pod, container } = paints(origin);
    const names = [
      ...(showCluster ? [origin.cluster] : []),
      ...(showNamespace ? [origin.namespace] : []),
      origin.pod,
    ].map((name) => painted(pod, name));
    this.say(`${sign} ${names.join(" ")} › ${painted(container, origin.container)}`);
  }

  private say(text: string): void {
    this.options.write(`${text}\n`);
  }
}

function cleanLine(line: string): string {
  const indent = /^[ \t]*/.exec(line)![0];
  return indent + cleanText(line.slice(indent.length));
}

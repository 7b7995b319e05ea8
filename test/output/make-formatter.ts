// Formatters for tests: no colours, no terminal, UTC, unless the test says otherwise.
import { WorkloadColors } from "../../src/output/colors.ts";
import { createFormatter, type FormatOptions } from "../../src/output/formatter.ts";
import { OutputBuffer } from "../../src/output/output-buffer.ts";
import { createStyles, type Styles } from "../../src/output/theme.ts";
import type { LogLine } from "../../src/record/log-line.ts";

export function makeFormatOptions(changes: Partial<FormatOptions> = {}): FormatOptions {
  const styles: Styles = createStyles("dark", 0);
  return {
    format: "default",
    template: undefined,
    timestamps: "off",
    timezone: "UTC",
    now: () => 0,
    prefix: "auto",
    showNamespace: false,
    showCluster: false,
    columns: [],
    styles,
    colors: new WorkloadColors({ slots: styles.slots, diffContainer: false }),
    isColoured: false,
    highlight: [],
    fields: [],
    hideFields: [],
    ansi: "auto",
    isTerminal: false,
    isAligned: false,
    onProblem: () => {},
    ...changes,
  };
}

/** Options for a terminal with the 16 colours. */
export function colouredOptions(changes: Partial<FormatOptions> = {}): FormatOptions {
  const styles = createStyles("dark", 1);
  const colors = new WorkloadColors({ slots: styles.slots, diffContainer: false });
  return makeFormatOptions({ styles, colors, isColoured: true, isTerminal: true, ...changes });
}

export function formatBytes(options: FormatOptions, ...lines: readonly LogLine[]): Buffer {
  const out = new OutputBuffer(16);
  const formatter = createFormatter(options);
  for (const line of lines) formatter.line(line, out);
  return out.take();
}

export function format(options: FormatOptions, ...lines: readonly LogLine[]): string {
  return formatBytes(options, ...lines).toString();
}

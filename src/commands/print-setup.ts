// What every command that prints lines needs before the first: colours of both outputs, the formatter, the voice on stderr.
import { type ColorLevel, colorLevel, detectedLevel } from "../output/color-level.ts";
import { WorkloadColors } from "../output/colors.ts";
import { createFormatter, type Formatter } from "../output/formatter.ts";
import type { HighlightPattern } from "../output/highlight.ts";
import { Progress } from "../output/progress.ts";
import { compileTemplate } from "../output/template/template.ts";
import type { Terminal } from "../output/terminal.ts";
import { createStyles, customSlots, type Styles } from "../output/theme.ts";
import type { Printing } from "./tail-output.ts";

export interface PrintingPlace {
  readonly printing: Printing;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly showNamespace: boolean;
  readonly showCluster: boolean;
  /** Writes to stderr what is said to people; the terminal does where it is not given. */
  readonly say?: (text: string) => void;
}

/** Colours of stdout and of stderr, which may be another thing. */
export interface Palette {
  readonly isColoured: boolean;
  readonly styles: Styles;
  readonly errStyles: Styles;
  readonly colors: WorkloadColors;
  readonly progress: Progress;
}

export function createPalette({ printing, env, terminal, showNamespace, showCluster, say }: PrintingPlace): Palette {
  const { theme, color, podColors, containerColors, diffContainer, onlyLogLines } = printing;
  const level = (stream: "stdout" | "stderr", isTerminal: boolean): ColorLevel =>
    theme === "none" ? 0 : colorLevel({ choice: color, env, isTerminal, detected: detectedLevel(stream) });
  const outLevel = level("stdout", terminal.isTerminal);
  const errLevel = level("stderr", terminal.isErrorTerminal);
  const styles = createStyles(theme, outLevel);
  const errStyles = createStyles(theme, errLevel);
  const custom = customSlots(podColors, containerColors);
  const slots = (of: Styles, at: ColorLevel) => (at > 0 && custom.length > 0 ? custom : of.slots);
  const colors = new WorkloadColors({ slots: slots(styles, outLevel), diffContainer });
  const errColors =
    errLevel === outLevel ? colors : new WorkloadColors({ slots: slots(errStyles, errLevel), diffContainer });
  const progress = new Progress({
    write: say ?? ((text) => terminal.error(text)),
    styles: errStyles,
    paints: errColors.of.bind(errColors),
    showNamespace,
    showCluster,
    onlyLogLines,
  });
  return { isColoured: outLevel > 0, styles, errStyles, colors, progress };
}

export interface LineLook {
  readonly highlight: readonly HighlightPattern[];
  readonly fields: readonly string[];
  readonly hideFields: readonly string[];
  /** As FormatOptions has it. */
  readonly showSources: boolean | "known";
  /** The output goes on with one that has its header already. */
  readonly isContinued?: boolean;
}

/** Throws KlogError for templates and columns that cannot be used. */
export function createLineFormatter(place: PrintingPlace, palette: Palette, look: LineLook): Formatter {
  const { printing, terminal, showNamespace, showCluster } = place;
  const { isColoured, styles, colors, progress } = palette;
  return createFormatter({
    format: printing.format,
    template: printing.template === undefined ? undefined : compileTemplate(printing.template.text, { isColoured }),
    timestamps: printing.timestamps ?? "off",
    timezone: printing.timezone,
    now: () => Date.now(),
    prefix: printing.prefix,
    showNamespace,
    showCluster,
    showSources: look.showSources,
    columns: printing.columns,
    styles,
    colors,
    isColoured,
    highlight: isColoured ? look.highlight : [],
    fields: look.fields,
    hideFields: look.hideFields,
    ansi: printing.ansi,
    isTerminal: terminal.isTerminal,
    isAligned: terminal.isTerminal,
    isContinued: look.isContinued ?? false,
    onProblem: (text) => progress.warn(text),
  });
}

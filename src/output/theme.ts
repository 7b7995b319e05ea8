// The one colour table: what levels, markers, keys and names look like, for each theme and number of colours.
import { Chalk, type ChalkInstance } from "chalk";
import type { Level } from "../record/level.ts";
import type { ColorLevel } from "./color-level.ts";
import { type Paint, PLAIN } from "./paint.ts";

export type ThemeName = "dark" | "light" | "colour-blind" | "none";

export interface Styles {
  readonly levels: Readonly<Record<Level, Paint>>;
  /** Time stamps, separators. */
  readonly dim: Paint;
  readonly key: Paint;
  readonly highlight: Paint;
  /** Gaps and what failed in part. */
  readonly warning: Paint;
  readonly error: Paint;
  readonly started: Paint;
  readonly stopped: Paint;
  /** Colours of workloads. A slot's shades are for its pods; each is a pair for pod and container. */
  readonly slots: readonly (readonly PaintPair[])[];
}

export interface PaintPair {
  readonly pod: Paint;
  readonly container: Paint;
}

export function createStyles(theme: ThemeName, level: ColorLevel): Styles {
  // Theme `none` keeps what carries meaning (errors, markers) and leaves the names alone.
  const chalk = new Chalk({ level });
  const tone = tones(theme, chalk);
  return {
    levels: {
      trace: paintOf(chalk.dim),
      debug: paintOf(chalk.dim),
      info: PLAIN,
      notice: paintOf(tone.notice),
      warn: paintOf(tone.warn),
      error: paintOf(tone.error),
      fatal: paintOf(tone.error.bold),
    },
    dim: paintOf(chalk.dim),
    key: paintOf(tone.key),
    highlight: paintOf(tone.highlight.bold),
    warning: paintOf(tone.warn),
    error: paintOf(tone.error),
    started: paintOf(chalk.greenBright.bold),
    stopped: paintOf(chalk.redBright.bold),
    slots: theme === "none" || level === 0 ? [] : level === 1 ? basicSlots(theme, chalk) : richSlots(theme, chalk),
  };
}

/** The codes that chalk puts around a text, without chalk's work for each text. */
function paintOf(style: ChalkInstance): Paint {
  const [open = "", close = ""] = style("\0").split("\0");
  return open === "" ? PLAIN : { open, close };
}

interface Tones {
  readonly notice: ChalkInstance;
  readonly warn: ChalkInstance;
  readonly error: ChalkInstance;
  readonly key: ChalkInstance;
  readonly highlight: ChalkInstance;
}

function tones(theme: ThemeName, chalk: ChalkInstance): Tones {
  if (theme === "colour-blind") {
    // Okabe and Ito's set: told apart with every common kind of colour blindness.
    return {
      notice: chalk.hex("#56b4e9"),
      warn: chalk.hex("#e69f00"),
      error: chalk.hex("#d55e00").underline,
      key: chalk.hex("#56b4e9"),
      highlight: chalk.inverse,
    };
  }
  const isLight = theme === "light";
  return {
    notice: isLight ? chalk.blue : chalk.cyan,
    warn: chalk.yellow,
    error: chalk.red,
    key: isLight ? chalk.blue : chalk.cyan,
    highlight: chalk.red,
  };
}

function basicSlots(theme: ThemeName, chalk: ChalkInstance): PaintPair[][] {
  const pairs: readonly (readonly [ChalkInstance, ChalkInstance])[] =
    theme === "colour-blind"
      ? [
          [chalk.cyanBright, chalk.cyan],
          [chalk.yellowBright, chalk.yellow],
          [chalk.blueBright, chalk.blue],
          [chalk.magentaBright, chalk.magenta],
        ]
      : [
          [chalk.cyanBright, chalk.cyan],
          [chalk.greenBright, chalk.green],
          [chalk.magentaBright, chalk.magenta],
          [chalk.yellowBright, chalk.yellow],
          [chalk.blueBright, chalk.blue],
          [chalk.redBright, chalk.red],
        ];
  return pairs.map(([bright, normal]) => {
    const b = paintOf(bright);
    const n = paintOf(normal);
    return theme === "light" ? [{ pod: n, container: b }] : [{ pod: b, container: n }];
  });
}

// Hues in the order in which they are given out: each as far as can be from those before it. Red is left to errors.
const HUES = [190, 90, 300, 40, 240, 150, 330, 65, 215, 120, 270, 20];
const OKABE_ITO = ["#56b4e9", "#e69f00", "#009e73", "#f0e442", "#0072b2", "#cc79a7"];

function richSlots(theme: ThemeName, chalk: ChalkInstance): PaintPair[][] {
  const pair = (pod: string, container: string): PaintPair => ({
    pod: paintOf(chalk.hex(pod)),
    container: paintOf(chalk.hex(container)),
  });
  if (theme === "colour-blind") {
    return OKABE_ITO.map((hex) => [pair(hex, mix(hex, 0.75)), pair(mix(hex, 1.35), hex), pair(mix(hex, 0.85), hex)]);
  }
  // Chosen so that the nearest of the 256 colours differ between slots, too.
  const [saturation, shades, paler] =
    theme === "light" ? ([100, [34, 28, 42], 1.2] as const) : ([90, [68, 76, 58], 0.85] as const);
  return HUES.map((hue) =>
    shades.map((lightness) => pair(hslHex(hue, saturation, lightness), hslHex(hue, saturation / 2, lightness * paler))),
  );
}

function mix(hex: string, factor: number): string {
  const parts = [1, 3, 5].map((at) => Math.min(255, Math.round(Number.parseInt(hex.slice(at, at + 2), 16) * factor)));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function hslHex(hue: number, saturation: number, lightness: number): string {
  const l = lightness / 100;
  const amplitude = (saturation / 100) * Math.min(l, 1 - l);
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    const value = l - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

/** stern's --pod-colors and --container-colors: SGR parameters such as `91` or `38;2;255;97;136`, in pairs. */
export function customSlots(podColors: readonly string[], containerColors: readonly string[]): PaintPair[][] {
  const paint = (parameters: string): Paint => ({ open: `\x1b[${parameters.replaceAll(" ", "")}m`, close: "\x1b[0m" });
  return podColors.map((colour, i) => [{ pod: paint(colour), container: paint(containerColors[i] ?? colour) }]);
}

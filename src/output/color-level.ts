// How many colours the output gets: --color, FORCE_COLOR and NO_COLOR, then what chalk finds out about the terminal.
import { supportsColor, supportsColorStderr } from "chalk";

export type ColorChoice = "auto" | "always" | "never";

/** 0 none, 1 the 16 of the terminal's palette, 2 the 256, 3 any. */
export type ColorLevel = 0 | 1 | 2 | 3;

export interface ColorSituation {
  readonly choice: ColorChoice;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  /** What chalk's `supportsColor` says of the terminal. */
  readonly detected: ColorLevel;
}

export function colorLevel({ choice, env, isTerminal, detected }: ColorSituation): ColorLevel {
  if (choice === "never") return 0;
  const forced = forcedLevel(env["FORCE_COLOR"]);
  if (choice === "always") return forced || detected || levelOfTerm(env);
  if (forced !== undefined) return forced;
  if (env["NO_COLOR"]) return 0;
  return isTerminal ? detected : 0;
}

/** What chalk finds out about this process's own streams. */
export function detectedLevel(stream: "stdout" | "stderr"): ColorLevel {
  const support = stream === "stdout" ? supportsColor : supportsColorStderr;
  return support ? support.level : 0;
}

/** As Node and chalk read it: empty, `true` and 1 are the least, 0 and `false` none. */
function forcedLevel(value: string | undefined): ColorLevel | undefined {
  if (value === undefined) return undefined;
  if (value === "" || value === "true") return 1;
  if (value === "false") return 0;
  const level = Number.parseInt(value, 10);
  return level >= 0 ? (Math.min(level, 3) as ColorLevel) : undefined;
}

function levelOfTerm(env: ColorSituation["env"]): ColorLevel {
  if (/^(truecolor|24bit)$/i.test(env["COLORTERM"] ?? "")) return 3;
  return /256/.test(env["TERM"] ?? "") ? 2 : 1;
}

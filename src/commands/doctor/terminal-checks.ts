// The terminal: whether there is one, how large, which colours and which letters it shows.
import { type ColorLevel, colorLevel } from "../../output/color-level.ts";
import { type Finding, findingsOf } from "./finding.ts";

const say = findingsOf("terminal");

export interface TerminalFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  /** What chalk finds out. */
  readonly detected: ColorLevel;
}

const NARROW = 80;
const LOW = 20;

export function checkTerminal(facts: TerminalFacts): Finding[] {
  if (!facts.isTerminal) return [say("ok", "output", "goes to a pipe or a file: plain text"), ...locale(facts)];
  return [size(facts), term(facts), colours(facts), ...locale(facts)];
}

function size({ columns = 0, rows = 0 }: TerminalFacts): Finding {
  const text = `${columns} × ${rows}`;
  if (columns >= NARROW && rows >= LOW) return say("ok", "size", text);
  return say("warn", "size", `${text} is small for log lines`, "make the window larger, or use --prefix=none");
}

function term({ env, platform }: TerminalFacts): Finding {
  const name = env["TERM"];
  if (platform === "win32" || (name && name !== "dumb" && name !== "unknown"))
    return say("ok", "TERM", name ?? "Windows");
  return say(
    "warn",
    "TERM",
    name ? `is ${name}: no colours, no full screen` : "is not set",
    "export TERM=xterm-256color, if the terminal can do it",
  );
}

function colours({ env, isTerminal, detected }: TerminalFacts): Finding {
  const level = colorLevel({ choice: "auto", env, isTerminal, detected });
  const names = ["none", "16", "256", "16 million"];
  if (level > 0) return say("ok", "colours", names[level]!);
  const why = env["NO_COLOR"]
    ? "NO_COLOR is set"
    : env["FORCE_COLOR"]
      ? "FORCE_COLOR says so"
      : "the terminal names none";
  return say("warn", "colours", `none: ${why}`, "--color always, or see docs/output.md");
}

function locale({ env, platform }: TerminalFacts): Finding[] {
  if (platform === "win32") return [];
  const [name, value] =
    ["LC_ALL", "LC_CTYPE", "LANG"].map((key) => [key, env[key]] as const).find(([, text]) => text) ?? [];
  if (value !== undefined && /utf-?8/i.test(value)) return [say("ok", "letters", `UTF-8 (${name}=${value})`)];
  const what = value === undefined ? "no locale is set" : `${name}=${value} is not UTF-8`;
  return [say("warn", "letters", `${what}: other letters than ASCII may be shown wrongly`, "export LANG=C.UTF-8")];
}

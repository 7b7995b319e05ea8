// What was said for one flag, checked: every value, whichever way it came.
import { parseBytes } from "../config/byte-size.ts";
import { HIDDEN, type SecretReference, secretPlace } from "../config/secret.ts";
import { KlogError } from "../errors.ts";
import { closest } from "../query/closest.ts";
import { parseDuration } from "../query/duration.ts";
import { truthOf } from "./argv.ts";
import type { Flag } from "./flag.ts";

export type FlagOrigin = "command line" | "environment" | "config file";

export interface Said {
  readonly values: readonly string[];
  /** Where the value is kept, of a flag that is a secret; `values` is empty then. */
  readonly secret?: SecretReference;
  readonly origin: FlagOrigin;
  /** The stronger of two has the higher number. */
  readonly rank: number;
  /** What an error calls it: `--tail`, `KLOG_TAIL`, `config.yaml:3: tail`. */
  readonly where: string;
}

/** The layers of the config file have the ranks from 0 on. */
const RANK = { environment: 1000, "command line": 1001 } as const;

/** Throws KlogError with the place of the value. */
export function checked(flag: Flag, given: readonly string[], origin: FlagOrigin, where: string): Said {
  const pieces = flag.kind === "list" ? given.flatMap((value) => value.split(",")).map((value) => value.trim()) : given;
  const values = (flag.kind === "list" ? pieces.filter((value) => value !== "") : pieces).map((value) => {
    const meant = flag.bare === undefined ? value : switchValue(flag, value);
    const problem = problemWith(flag, meant);
    if (problem === undefined) return meant;
    throw new KlogError(origin === "config file" ? "CONFIG_INVALID" : "USAGE", `${where}: ${problem.text}`, {
      hint: problem.hint ?? flag.help,
    });
  });
  return { values, origin, rank: origin === "config file" ? 0 : RANK[origin], where };
}

/** A flag with an optional value is a switch elsewhere (`--timestamps=true` in kubectl); an empty value means that it is off. */
function switchValue(flag: Flag, value: string): string {
  if (value === "true") return flag.bare ?? value;
  if (value !== "false") return value;
  return flag.choices?.includes("none") ? "none" : "";
}

function problemWith(flag: Flag, value: string): { text: string; hint?: string } | undefined {
  const quoted = JSON.stringify(value);
  switch (flag.kind) {
    case "boolean":
      return truthOf(value) === undefined ? { text: `${quoted} is neither true nor false` } : undefined;
    case "integer":
    case "number": {
      const number = value.trim() === "" ? Number.NaN : Number(value);
      const whole = flag.kind === "integer";
      if (!Number.isFinite(number) || (whole && !Number.isSafeInteger(number))) {
        return { text: `${quoted} is not a ${whole ? "whole " : ""}number` };
      }
      return number < (flag.minimum ?? number)
        ? { text: `${value} is below the least value, ${flag.minimum}` }
        : undefined;
    }
    case "bytes": {
      const bytes = parseBytes(value);
      if (bytes === undefined) return { text: `${quoted} is not a size`, hint: "write 4096, 64KiB or 10MiB" };
      return bytes < (flag.minimum ?? 0)
        ? { text: `${value} is below the least value, ${(flag.minimum ?? 0) / 1024 ** 2}MiB` }
        : undefined;
    }
    case "duration":
      return millisecondsOf(value) === undefined
        ? { text: `${quoted} is not a duration`, hint: "write 90s, 5m, 1h30m or 500ms" }
        : undefined;
    default: {
      if (flag.choices === undefined || flag.choices.includes(value)) return undefined;
      const guess = closest(value, flag.choices);
      return {
        text: `${quoted} is not one of ${flag.choices.join(", ")}`,
        ...(guess === undefined ? {} : { hint: `did you mean ${guess}?` }),
      };
    }
  }
}

/** A bare number is seconds, as kubectl reads --request-timeout. */
export function millisecondsOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  try {
    const ms = parseDuration(text);
    return ms >= 0 ? ms : undefined;
  } catch (error) {
    if (error instanceof KlogError) return undefined;
    throw error;
  }
}

/** As text for people: a secret stays hidden, of one that is kept elsewhere the place is told. */
export function shownValue(flag: Flag | undefined, { values, secret }: Said): string {
  if (secret !== undefined) return `${HIDDEN} (${secretPlace(secret)})`;
  return flag?.secret ? HIDDEN : values.join(", ");
}

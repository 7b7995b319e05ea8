// Splits the words of a command line by the flag table, in the grammar of kubectl and stern (pflag's).
// Not commander: it reads the selector in `-t web` as the time style, and takes neither `--init-containers=false` nor `-n=shop`.
// Nothing is thrown here, because completion scans lines that are still being typed.
import type { Flag } from "./flag.ts";

interface FlagUse {
  readonly flag: Flag;
  /** As it was written: `-n`, `--namespace`, `--no-follow`. */
  readonly spelled: string;
  readonly value: string;
}

export interface ScannedWords {
  readonly uses: readonly FlagUse[];
  readonly positionals: readonly string[];
  /** Flags that the table does not know, as they were written, without `=value`. */
  readonly unknown: readonly string[];
  /** The last word is a flag that still lacks its value. */
  readonly open: { readonly flag: Flag; readonly spelled: string } | undefined;
  /** A bare `--flag` that takes its value only with `=`, followed by a word that looks like that value. */
  readonly detached: { readonly spelled: string; readonly word: string } | undefined;
  /** `--` has been there: all that follows is positional. */
  readonly ended: boolean;
}

export function scanWords(words: readonly string[], flags: readonly Flag[]): ScannedWords {
  const uses: FlagUse[] = [];
  const positionals: string[] = [];
  const unknown: string[] = [];
  let open: ScannedWords["open"];
  let detached: ScannedWords["detached"];
  let ended = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (ended || word === "-" || !word.startsWith("-")) positionals.push(word);
    else if (word === "--") ended = true;
    else {
      const found = word.startsWith("--") ? longFlag(word, flags) : letterFlags(word, flags);
      uses.push(...found.uses);
      if (found.unknown !== undefined) unknown.push(found.unknown);
      if (found.open !== undefined) {
        const value = words[++i];
        if (value === undefined) open = found.open;
        else uses.push({ ...found.open, value });
      }
      const last = found.uses.at(-1);
      const next = words[i + 1];
      if (found.bare && last !== undefined && next !== undefined && valuesOf(last.flag).includes(next)) {
        detached ??= { spelled: last.spelled, word: next };
      }
    }
  }
  return { uses, positionals, unknown, open, detached, ended };
}

interface Found {
  readonly uses: readonly FlagUse[];
  readonly unknown?: string;
  readonly open?: { readonly flag: Flag; readonly spelled: string };
  readonly bare?: boolean;
}

/** The flag of a long name, with or without `no-`. kubectl lets people write underscores, so do we. */
export function flagByName(name: string, flags: readonly Flag[]): { flag: Flag; negated: boolean } | undefined {
  const wanted = name.replaceAll("_", "-");
  const named = (text: string) => flags.find((flag) => flag.name === text || flag.aliases?.includes(text));
  const flag = named(wanted);
  if (flag !== undefined) return { flag, negated: false };
  const positive = wanted.startsWith("no-") ? named(wanted.slice(3)) : undefined;
  return positive?.kind === "boolean" ? { flag: positive, negated: true } : undefined;
}

function longFlag(word: string, flags: readonly Flag[]): Found {
  const equals = word.indexOf("=");
  const spelled = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const found = flagByName(spelled.slice(2), flags);
  if (found === undefined) return { uses: [], unknown: spelled };
  const { flag, negated } = found;
  if (flag.kind === "boolean")
    return { uses: [{ flag, spelled, value: negated ? inverted(value) : (value ?? "true") }] };
  if (value !== undefined) return { uses: [{ flag, spelled, value }] };
  if (flag.bare !== undefined) return { uses: [{ flag, spelled, value: flag.bare }], bare: true };
  return { uses: [], open: { flag, spelled } };
}

/** `--no-follow=false` is `--follow`; what is not a truth value is left for the check that names the flag. */
function inverted(value: string | undefined): string {
  if (value === undefined) return "false";
  const truth = truthOf(value);
  return truth === undefined ? value : String(!truth);
}

/** Go's spellings, which people know from stern and kubectl, and yes and no. */
export function truthOf(text: string): boolean | undefined {
  if (/^(?:1|t|true|y|yes|on)$/i.test(text)) return true;
  if (/^(?:0|f|false|n|no|off)$/i.test(text)) return false;
  return undefined;
}

/** `-A`, `-nshop`, `-n=shop`, `-Af`, `-t=short`. */
function letterFlags(word: string, flags: readonly Flag[]): Found {
  const uses: FlagUse[] = [];
  for (let i = 1; i < word.length; i++) {
    const letter = word[i]!;
    const spelled = `-${letter}`;
    const flag = flags.find((candidate) => candidate.letter === letter);
    if (flag === undefined) return { uses, unknown: spelled };
    const rest = word.slice(i + 1);
    if (rest.startsWith("=")) return { uses: [...uses, { flag, spelled, value: rest.slice(1) }] };
    if (flag.kind === "boolean") uses.push({ flag, spelled, value: "true" });
    else if (flag.bare !== undefined) {
      uses.push({ flag, spelled, value: flag.bare });
      if (rest === "") return { uses, bare: true };
    } else if (rest !== "") return { uses: [...uses, { flag, spelled, value: rest }] };
    else return { uses, open: { flag, spelled } };
  }
  return { uses };
}

function valuesOf(flag: Flag): readonly string[] {
  return flag.choices ?? flag.suggestions ?? [];
}

// `klog search order -timeout`: a person leaves out a word, but a command line reads -t and -i meout.
import { KlogError } from "../../errors.ts";
import { flagByName, scanWords } from "../argv.ts";
import type { Flag } from "../flag.ts";
import { shellQuoted } from "../shell-quote.ts";

/** `-level:info`, `-path:/healthz`; not `-s10:00`. */
const FIELD = /^[A-Za-z_][A-Za-z_.@/-]*:/;
const PLAIN = /^[a-z]{3,}$/;

/**
 * Throws KlogError for a word that can hardly be meant as flags; one that can be either (`-info`, `-nshop`) is told to `note`.
 * `words` as they were typed behind the command's name.
 */
export function rejectQueryLikeFlags(
  words: readonly string[],
  flags: readonly Flag[],
  note: (text: string) => void,
): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--") return;
    if (!word.startsWith("-") || word === "-") continue;
    const { uses, unknown: unknowns, open } = scanWords([word], flags);
    const [unknown] = unknowns;
    // What follows is the value of this one.
    if (open !== undefined) i++;
    const body = word.slice(1);
    if (word.startsWith("--") || open !== undefined || body.length < 3) continue;
    const [name = ""] = body.split("=");
    if (flagByName(name, flags) !== undefined)
      throw new KlogError("USAGE", `${word} has one dash`, {
        hint: `did you mean --${body}? ${sentence(wayOut(word, body))}`,
      });
    const last = uses.at(-1);
    const isAttached = last !== undefined && last.value !== "true" && body.endsWith(last.value) && !body.includes("=");
    if (unknown !== undefined || FIELD.test(body) || (PLAIN.test(body) && isAttached && uses.length > 1)) {
      const what =
        unknown === undefined ? `is read as ${flagsOf(uses)}` : `is read as flags, and there is no ${unknown}`;
      throw new KlogError("USAGE", `${word} ${what}`, { hint: wayOut(word, body) });
    }
    if (PLAIN.test(body) && isAttached && last.flag.choices === undefined)
      note(`${word} is read as ${flagsOf(uses)}; ${wayOut(word, body)}`);
  }
}

function flagsOf(uses: readonly { readonly spelled: string; readonly value: string; readonly flag: Flag }[]): string {
  return uses
    .map(({ spelled, value, flag }) =>
      flag.kind === "boolean" || flag.bare === value ? spelled : `${spelled} ${value}`,
    )
    .join(" ");
}

function wayOut(word: string, body: string): string {
  return `to leave out lines with ${body} write ${shellQuoted(`NOT ${body}`)}, or put it behind -- : klog search … -- ${shellQuoted(word)}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// The command that shows the next page of a search, to be pasted.
import { flagByName, scanWords } from "../argv.ts";
import { SEARCH_FLAGS } from "../search-flags.ts";
import { shellQuoted } from "../shell-quote.ts";

/** `words` as they were typed behind `klog search`; what the cursor already has in itself is left out. */
export function nextPage(words: readonly string[], cursor: string): string {
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--") {
      kept.push(...words.slice(i));
      break;
    }
    const name = /^--([^=]+)/.exec(word)?.[1];
    const flag = name === undefined ? undefined : flagByName(name, SEARCH_FLAGS)?.flag.name;
    if (flag !== "cursor") kept.push(word);
    else if (!word.includes("=")) i++;
  }
  const end = kept.indexOf("--");
  const before = end < 0 ? kept : kept.slice(0, end);
  const behind = end < 0 ? [] : kept.slice(end);
  return ["klog", "search", ...before.map(shellQuoted), "--cursor", cursor, ...behind.map(shellQuoted)].join(" ");
}

/** Whether the words, as they are, would be read in the same way again: standard input is gone. */
export function canBeRepeated(words: readonly string[]): boolean {
  return !scanWords(words, SEARCH_FLAGS).uses.some(
    ({ flag, value }) => flag.name === "source" && (value === "-" || value === "stdin"),
  );
}

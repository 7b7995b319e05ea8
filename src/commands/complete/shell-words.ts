// How each shell hands over what was typed, and how it wants the answer. The scripts stay thin because this is here, where it is tested.
import type { Shell } from "../command-table.ts";
import type { Candidate } from "./request.ts";

export interface TypedLine {
  /** What stands behind `klog` up to the cursor, without quotes; the last word may be empty. */
  readonly words: readonly string[];
  /** Text of the last word that the shell keeps and puts in front of an answer. Only bash does that. */
  readonly kept: string;
  /** The quote that is open at the cursor, in bash. */
  readonly quote: Quote;
}

type Quote = '"' | "'" | "";

/** bash gives its line as one word; zsh has removed the quotes, fish all but the last word's, PowerShell none. */
export function typedLine(shell: Shell, given: readonly string[], wordBreaks: string): TypedLine {
  switch (shell) {
    case "bash":
      return bashLine(given[0] ?? "", wordBreaks);
    case "zsh":
      return { words: atLeastOne(given), kept: "", quote: "" };
    case "fish":
      return { words: atLeastOne([...given.slice(0, -1), ...given.slice(-1).map(withoutQuotes)]), kept: "", quote: "" };
    case "powershell":
      return { words: atLeastOne(given.map(withoutPowerShellQuotes)), kept: "", quote: "" };
  }
}

function atLeastOne(words: readonly string[]): readonly string[] {
  return words.length === 0 ? [""] : words;
}

interface BashWord {
  text: string;
  /** The part of `text` up to the last character at which readline starts a new word. */
  kept: string;
  quote: Quote;
}

/** Words of a command line without evaluating anything: `$x` and backticks stay what they are. */
function bashLine(line: string, wordBreaks: string): TypedLine {
  const words: BashWord[] = [];
  let word: BashWord | undefined;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    const quote = word?.quote ?? "";
    if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= { text: "", kept: "", quote: "" };
    if (char === quote) word.quote = "";
    else if (quote === "" && (char === '"' || char === "'")) {
      word.quote = char;
      word.kept = word.text;
    } else if (char === "\\" && quote !== "'") {
      const next = line[i + 1];
      // Inside double quotes a backslash escapes only these.
      if (quote === '"' && next !== undefined && !'"$`\\'.includes(next)) word.text += char;
      else if (next !== undefined) word.text += line[++i]!;
    } else {
      word.text += char;
      if (quote === "" && wordBreaks.includes(char)) word.kept = word.text;
    }
  }
  words.push(word ?? { text: "", kept: "", quote: "" });
  const last = words.at(-1)!;
  return { words: words.slice(1).map(({ text }) => text), kept: last.kept, quote: last.quote };
}

function withoutQuotes(word: string): string {
  return bashLine(`x ${word}`, "").words.at(-1) ?? "";
}

/** `'it''s'` and `"say `"hi`""`. */
function withoutPowerShellQuotes(word: string): string {
  if (word.startsWith("'")) return word.slice(1).replace(/'$/, "").replaceAll("''", "'");
  if (!word.startsWith('"')) return word.replace(/`(.)/g, "$1");
  return word
    .slice(1)
    .replace(/(?<!`)"$/, "")
    .replace(/`(.)/g, "$1")
    .replaceAll('""', '"');
}

export interface Answer {
  readonly files: boolean;
  readonly candidates: readonly Candidate[];
}

/** First line: `files` where the shell should complete file names, else `words`; then a line for each candidate. */
export function answerText(shell: Shell, { files, candidates }: Answer, line: TypedLine): string {
  // Names come from clusters and kubeconfigs: nothing that would move the cursor or start a line may pass.
  const clean = candidates.filter(({ value }) => !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(value));
  const lines = clean.map((candidate) => candidateLine(shell, candidate, line)).filter((text) => text !== undefined);
  return `${[files ? "files" : "words", ...lines].join("\n")}\n`;
}

function candidateLine(shell: Shell, candidate: Candidate, line: TypedLine): string | undefined {
  const { value, open = false } = candidate;
  const description = (candidate.description ?? "").replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ");
  switch (shell) {
    case "bash": {
      if (!value.startsWith(line.kept)) return undefined;
      const rest = value.slice(line.kept.length);
      // Inside quotes readline closes the quote itself; elsewhere the space comes from here, because bash 3 cannot choose by word.
      if (line.quote !== "")
        return line.quote === "'" && rest.includes("'") ? undefined : insideQuotes(rest, line.quote);
      return escaped(rest) + (open ? "" : " ");
    }
    case "zsh":
      return `${open ? "open" : "done"}\t${value}\t${description}`;
    case "fish":
      return description === "" ? value : `${value}\t${description}`;
    case "powershell":
      return `${/^[\w@%+=:,./~-]+$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`}\t${value}\t${description}`;
  }
}

function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N}_@%+=:,./~^-]/gu, "\\$&").replace(/^~/, "\\~");
}

function insideQuotes(text: string, quote: Quote): string {
  return quote === '"' ? text.replace(/["$`\\]/g, "\\$&") : text;
}

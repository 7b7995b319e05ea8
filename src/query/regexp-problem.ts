// What is wrong with a regexp of a query, as far as it shows without running it.
import { messageOf } from "../errors.ts";

/** JavaScript's reason, cleaned; undefined when the pattern can be run. Go's spellings pass, the regex room translates them. */
export function regexpProblem(source: string, flags: string): string | undefined {
  const translated = source.replace(/^(?:\(\?[ims]+\))+/, "").replaceAll("(?P<", "(?<");
  const plain = reasonAgainst(translated, flags);
  return plain === undefined || reasonAgainst(translated, `${flags}u`) === undefined ? undefined : plain;
}

/** The same for a regexp that must catch something by name. */
export function namedGroupsProblem(source: string, flags: string): string | undefined {
  if (flags !== "") return `flags (${flags}) are not possible here`;
  const reason = reasonAgainst(source.replaceAll("(?P<", "(?<"), "u");
  if (reason !== undefined) return `the regexp is not valid: ${reason}`;
  return /(?<!\\)\(\?P?<[A-Za-z_$]/.test(source) ? undefined : "the regexp has no group with a name";
}

function reasonAgainst(source: string, flags: string): string | undefined {
  try {
    new RegExp(source, flags);
    return undefined;
  } catch (error) {
    // V8 repeats the expression before it says what is wrong.
    const reason = messageOf(error).slice(messageOf(error).lastIndexOf(": ") + 2);
    return reason.charAt(0).toLowerCase() + reason.slice(1);
  }
}

// What looks like a field or a group but is a piece of a line that somebody pasted: a URL, a path, a source position, an
// object in JSON. Only bare text is judged; a name in quotes is a name.

const SOURCE_ENDING =
  "\\.(?:c|cc|clj|cpp|cs|cxx|dart|erl|ex|exs|go|h|hpp|java|js|jsx|kt|lua|m|mjs|php|pl|py|rb|rs|scala|sh|swift|ts|tsx|zig)";
/** `main.go:12`, `Bar.java:12`, `app.js:10:5` */
const SOURCE_POSITION = new RegExp(`${SOURCE_ENDING}:\\d`, "y");
/** A name that with a colon and a number behind it is a source position. */
export const SOURCE_POSITION_NAME = new RegExp(`${SOURCE_ENDING}$`);
/** `node:internal/process/task_queues:95:5` */
const NODE_POSITION = /node:(?:internal\/)?[a-z_/]+:\d+/y;
const DRIVE = /[A-Za-z]:(?=\\)|[A-Z]:(?=\/)/y;
/** `<bob@example.com>`, `<String>` */
const ANGLED = /<[^\s<>]+>/y;
/** `=>`, `>>`, `<>`, `===` and an arrow `<-`. */
const NOT_COMPARISON = /[=<>~]|-(?=\s|$)/y;
const GONE = /(?=[\s)|]|$)/y;

/** Whether the bare `name`, [start, end) of the text, with a colon at `end`, is text. */
export function isTextBeforeColon(text: string, start: number, end: number, isKnown: boolean): boolean {
  const behind = text[end + 1];
  // `std::vector`; `root@web-1:~#`.
  if (behind === ":" || text.slice(start + 1, end).includes("@")) return true;
  if (end - start === 1 && isDrive(text, start)) return true;
  if (matchesAt(NODE_POSITION, text, start)) return true;
  const dot = text.lastIndexOf(".", end);
  if (dot > start && matchesAt(SOURCE_POSITION, text, dot)) return true;
  return !isKnown && (matchesAt(GONE, text, end + 1) || text.startsWith("//", end + 1));
}

/** Whether `C:\` or `C:/` stands there. */
export function isDrive(text: string, start: number): boolean {
  return matchesAt(DRIVE, text, start);
}

/**
 * Whether what looks like a comparison behind the name that ends at `end` is text: `=>`, `<T>`, `abc==`, an empty pair of
 * logfmt. The operator is [start, behind) of the text.
 */
export function isTextBeforeOperator(
  text: string,
  end: number,
  start: number,
  behind: number,
  isKnown: boolean,
): boolean {
  if (matchesAt(NOT_COMPARISON, text, behind) || matchesAt(ANGLED, text, start)) return true;
  if (isKnown || start > end) return false;
  if (text[start] === "=") return matchesAt(GONE, text, behind);
  // `Map<String, Integer>`
  if (text[start] === "<") return /^[A-Za-z]/.test(text[behind] ?? "") && text.includes(">", behind);
  return text[start] === ">" && matchesAt(GONE, text, behind) && text.lastIndexOf("<", start) >= 0;
}

/** Where the object in JSON, or the list of such, that begins at `start` ends; undefined when it is none or is cut off. */
export function jsonEnd(text: string, start: number): number | undefined {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (character === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (character === "{" || character === "[") {
      depth++;
    } else if ((character === "}" || character === "]") && --depth === 0) {
      return isJson(text.slice(start, i + 1)) ? i + 1 : undefined;
    }
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

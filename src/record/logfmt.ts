// logfmt: `level=info msg="a \"quoted\" text" bare`, as Go's loggers write it. Prose with an equals sign in it is not logfmt.

export interface Logfmt {
  readonly fields: Record<string, unknown>;
  /** How many `key=value` there are; bare keys do not count. */
  readonly pairs: number;
}

const BLANKS = /\s*/y;
const KEY = /[A-Za-z_@][\w.@/[\]-]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"(?=\s|$)/y;
const PLAIN = /[^\s"]*(?=\s|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/**
 * Undefined when the line does not begin with a pair, has a word that is neither pair nor key, or has as many bare keys as
 * pairs. Values are text as written; a bare key is `true`.
 */
export function parseLogfmt(text: string): Logfmt | undefined {
  // No prototype: a line may well have a key `__proto__`.
  const fields: Record<string, unknown> = Object.create(null);
  let pairs = 0;
  let bare = 0;
  let at = over(BLANKS, text, 0);
  while (at < text.length) {
    const keyEnd = over(KEY, text, at);
    if (keyEnd < 0) return undefined;
    const key = text.slice(at, keyEnd);
    if (text.charCodeAt(keyEnd) === 0x3d) {
      const quoted = over(QUOTED, text, keyEnd + 1);
      const end = quoted >= 0 ? quoted : over(PLAIN, text, keyEnd + 1);
      if (end < 0) return undefined;
      fields[key] = quoted >= 0 ? unescaped(text.slice(keyEnd + 2, end - 1)) : text.slice(keyEnd + 1, end);
      pairs++;
      at = end;
    } else {
      if (pairs === 0 || (keyEnd < text.length && !/\s/.test(text[keyEnd]!))) return undefined;
      fields[key] = true;
      bare++;
      at = keyEnd;
    }
    at = over(BLANKS, text, at);
  }
  return bare < pairs ? { fields, pairs } : undefined;
}

/** Where the sticky pattern's match ends, -1 without one. */
function over(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs, (_, long, short, other) => {
    const code = long ?? short;
    return code === undefined ? (ESCAPES[other] ?? other) : String.fromCharCode(Number.parseInt(code, 16));
  });
}

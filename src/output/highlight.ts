// Marks the matches of --highlight and --include in a text without cutting the colour sequences that it already has.
import type { Paint } from "./paint.ts";

export interface HighlightPattern {
  /** Where it matches, as [start, end) in UTF-16 units. */
  spans(text: string): readonly (readonly [number, number])[];
}

const SGR = /\x1b\[[0-9;:]*m/g;

/** undefined where nothing matches. */
export function highlight(text: string, patterns: readonly HighlightPattern[], paint: Paint): string | undefined {
  if (!text.includes("\x1b")) {
    const spans = mergedSpans(text, patterns);
    return spans.length === 0 ? undefined : mark(text, spans, paint);
  }
  // Patterns see the text as a person does; colours are put back where they were.
  const colours: { at: number; code: string }[] = [];
  let removed = 0;
  const visible = text.replace(SGR, (code, offset: number) => {
    colours.push({ at: offset - removed, code });
    removed += code.length;
    return "";
  });
  const spans = mergedSpans(visible, patterns);
  return spans.length === 0 ? undefined : markColoured(visible, spans, colours, paint);
}

function mergedSpans(text: string, patterns: readonly HighlightPattern[]): [number, number][] {
  const found = patterns.flatMap((pattern) => pattern.spans(text)).filter(([start, end]) => end > start);
  if (found.length < 2) return found.map(([start, end]) => [start, end]);
  const merged: [number, number][] = [];
  for (const [start, end] of found.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

function mark(text: string, spans: readonly [number, number][], { open, close }: Paint): string {
  let out = "";
  let at = 0;
  for (const [start, end] of spans) {
    out += text.slice(at, start) + open + text.slice(start, end) + close;
    at = end;
  }
  return out + text.slice(at);
}

function markColoured(
  text: string,
  spans: readonly [number, number][],
  colours: readonly { at: number; code: string }[],
  { open, close }: Paint,
): string {
  let out = "";
  let at = 0;
  let next = 0;
  /** The colours that are on at this place, to be switched on again behind a match. */
  let active = "";
  const upTo = (end: number, isMarked: boolean) => {
    for (; next < colours.length && colours[next]!.at <= end; next++) {
      const { at: place, code } = colours[next]!;
      if (place === end && isMarked) break;
      out += text.slice(at, place) + code + (isMarked ? open : "");
      active = code === "\x1b[m" || code === "\x1b[0m" ? "" : active + code;
      at = place;
    }
    out += text.slice(at, end);
    at = end;
  };
  for (const [start, end] of spans) {
    upTo(start, false);
    out += open;
    upTo(end, true);
    out += close + active;
  }
  upTo(text.length, false);
  return out;
}

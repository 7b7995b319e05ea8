// How many columns of a terminal a text takes: none for marks, two for East Asian letters and most emoji.

const ASCII = /^[\x20-\x7e]*$/;
const ZERO = /[\p{Mark}\p{Cf}\p{Cc}]/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += clusterWidth(segment);
  return width;
}

/** The text, or as much of it as fits with a … behind it. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += clusterWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

export function padded(text: string, width: number, side: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return side === "left" ? text + space : space + text;
}

/** What a person sees as one character is as wide as its widest part: a family of emoji is one of them. */
function clusterWidth(cluster: string): number {
  let width = 0;
  for (const character of cluster) {
    if (character === "\ufe0f") return 2;
    width = Math.max(width, ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1);
  }
  return width;
}

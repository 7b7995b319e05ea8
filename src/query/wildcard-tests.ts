// Tests by wildcards. They take time in proportion to the text, whatever the pattern: what comes next is looked for once,
// and never again before the place where it was found.
import { isEdge } from "./match-words.ts";
import type { Wildcard } from "./query.ts";
import { escapeRegExp, type TextTest } from "./text-tests.ts";

/** One character. A pair of units is never cut in two. */
const ONE = "(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^\\ud800-\\udbff]|[\\ud800-\\udbff](?![\\udc00-\\udfff]))";
const ONE_UNBLANK =
  "(?:[\\ud800-\\udbff][\\udc00-\\udfff]|[^\\s\\ud800-\\udbff]|[\\ud800-\\udbff](?![\\udc00-\\udfff]))";
const BLANK = /\s/g;

interface Place {
  readonly start: number;
  readonly end: number;
}

/** `foo*` in a text: `*` and `?` stand for what is not blank; an end without `*` is an edge of a word. Any case. */
export function wildcardTest(pattern: Wildcard): TextTest {
  const { pieces, opens, ends } = piecesOf(pattern, ONE_UNBLANK);
  const [first, ...following] = pieces.map((piece) => new RegExp(piece, "gi"));
  // Nothing but `*`.
  if (first === undefined) return () => true;
  return (text) => {
    const isAlone = following.length === 0;
    const starts = new Search(first, text, (place) => {
      return (!opens || isEdge(text, place.start)) && (!isAlone || !ends || isEdge(text, place.end));
    });
    let start = starts.from(0);
    if (start === undefined || isAlone) return start !== undefined;
    const steps = following.map((piece, i): Step => {
      const isLast = i === following.length - 1;
      return {
        blanks: new Search(BLANK, text),
        piece: new Search(piece, text, isLast && ends ? (place) => isEdge(text, place.end) : undefined),
      };
    });
    // In a run of non-blanks where nothing followed one beginning, nothing follows a later one.
    let barren = -1;
    for (; start !== undefined; start = starts.from(start.start + 1)) {
      if (start.end <= barren) continue;
      const blank = steps[0]!.blanks.from(start.end);
      const found = follow(steps, start.end);
      if (found !== "broken") return found === "whole";
      barren = blank?.start ?? text.length;
    }
    return false;
  };
}

/** Wildcards over the whole value: `*` any run, `?` any character. Case counts. */
export function globTest(pattern: Wildcard): TextTest {
  const { pieces, opens, ends } = piecesOf(pattern, ONE);
  if (pieces.length === 0) return () => true;
  if (pieces.length === 1 && opens && ends) {
    const whole = new RegExp(`^${pieces[0]}$`);
    return (text) => whole.test(text);
  }
  const first = opens ? new RegExp(pieces[0]!, "y") : undefined;
  const last = ends ? new RegExp(`${pieces.at(-1)}$`, "g") : undefined;
  const middle = pieces.slice(opens ? 1 : 0, ends ? -1 : undefined).map((piece) => new RegExp(piece, "g"));
  return (text) => {
    let at = 0;
    for (const piece of first === undefined ? middle : [first, ...middle]) {
      piece.lastIndex = at;
      if (!piece.test(text)) return false;
      at = piece.lastIndex;
    }
    if (last === undefined) return true;
    last.lastIndex = at;
    return last.test(text);
  };
}

/** One pattern's places in one text, from left to right. */
class Search {
  private readonly pattern: RegExp;
  private readonly text: string;
  private readonly fits: ((place: Place) => boolean) | undefined;
  /** The first place at or behind the position asked for last. */
  private place: Place | undefined | "unknown" = "unknown";

  constructor(pattern: RegExp, text: string, fits?: (place: Place) => boolean) {
    this.pattern = pattern;
    this.text = text;
    this.fits = fits;
  }

  /** The first place that begins at or behind `at`; `at` never goes back. */
  from(at: number): Place | undefined {
    if (this.place !== "unknown" && (this.place === undefined || this.place.start >= at)) return this.place;
    this.pattern.lastIndex = at;
    for (;;) {
      const found = this.pattern.exec(this.text);
      if (found === null) {
        this.place = undefined;
        return undefined;
      }
      const place = { start: found.index, end: found.index + found[0].length };
      if (this.fits === undefined || this.fits(place)) {
        this.place = place;
        return place;
      }
      this.pattern.lastIndex = found.index + 1;
    }
  }
}

interface Step {
  readonly blanks: Search;
  readonly piece: Search;
}

/** Whether the pieces follow each other behind `at` with no blank between; "never": nor do they behind any later place. */
function follow(steps: readonly Step[], at: number): "whole" | "broken" | "never" {
  let end = at;
  for (const { blanks, piece } of steps) {
    const place = piece.from(end);
    if (place === undefined) return "never";
    const blank = blanks.from(end);
    if (blank !== undefined && blank.start < place.start) return "broken";
    end = place.end;
  }
  return "whole";
}

/** What stands between the `*`s, as regular expressions; `opens`: no `*` before the first; `ends`: none behind the last. */
function piecesOf(pattern: Wildcard, one: string): { pieces: string[]; opens: boolean; ends: boolean } {
  const pieces: string[] = [];
  let piece = "";
  let opens = true;
  for (const [i, part] of pattern.entries()) {
    if (typeof part === "string") piece += escapeRegExp(part);
    // `*?` is `?*`: so a `?` never begins where a `*` may have ended in the middle of a character.
    else if (part.any === "?") {
      if (piece === "" && pieces.length > 0) pieces[pieces.length - 1] += one;
      else piece += one;
    } else {
      if (i === 0) opens = false;
      if (piece !== "") pieces.push(piece);
      piece = "";
    }
  }
  const ends = piece !== "";
  if (ends) pieces.push(piece);
  return { pieces, opens, ends };
}

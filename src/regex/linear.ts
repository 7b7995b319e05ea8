// Tells how fast the work of a regular expression may grow with its text, and which ones cannot run away: from any place where
// a match may begin, those take a number of steps in proportion to the text at most.
//
// The proof is one of form: at every choice (go on in a repeat or leave it, this branch or that) the next character decides,
// so that what was tried in vain fails at its first step. Outside of repeats a few undecided choices are let pass, as they
// only multiply the work by a small number; each undecided unbounded repeat, as in `foo.*bar`, multiplies it by the text's
// length.
import { type CharacterSet, LINE_ENDS, NONE, overlap, union } from "./character-set.ts";
import { type Node, parseRegex } from "./syntax.ts";

/** How many ways undecided choices may open, without and with an undecided unbounded repeat that multiplies them. */
const MAX_WAYS = 2000;
const MAX_WAYS_UNBOUNDED = 32;

/** True only if the pattern is proven free of catastrophic backtracking. */
export function isLinear(source: string, flags: string): boolean {
  return (growthOf(source, flags) ?? Number.POSITIVE_INFINITY) <= 1;
}

/** The power of the text's length that bounds the steps from one place (1: in proportion); undefined where nothing is proven. */
export function growthOf(source: string, flags: string): number | undefined {
  const root = parseRegex(source, flags);
  if (root === undefined) return undefined;
  const whole = costOf(root, {
    follow: NONE,
    behindUnbounded: false,
    canFail: false,
    before: undefined,
  });
  if (whole === undefined || whole.ways > (whole.degree > 0 ? MAX_WAYS_UNBOUNDED : MAX_WAYS)) return undefined;
  return Math.max(whole.degree, hasUnbounded(root) ? 1 : 0);
}

interface Surroundings {
  /** What the text may go on with behind this node. */
  readonly follow: CharacterSet;
  /** An undecided unbounded repeat stands before, and will try each of its ends. */
  readonly behindUnbounded: boolean;
  /** Whether anything behind this node may fail. */
  readonly canFail: boolean;
  /** What the character right before this node is one of, where that is known. */
  readonly before: CharacterSet | undefined;
}

interface Cost {
  /** How often what follows may be tried, unbounded repeats aside. */
  readonly ways: number;
  /** How many unbounded repeats multiply that by the text's length. */
  readonly degree: number;
}

const ONE: Cost = { ways: 1, degree: 0 };

/** Undefined where the proof fails. */
function costOf(node: Node, at: Surroundings): Cost | undefined {
  switch (node.kind) {
    case "set":
    case "end":
      return ONE;
    case "assertion":
      return node.body === undefined ? ONE : ofLookAround(node.body);
    case "sequence":
      return ofSequence(node.parts, at);
    case "choice":
      return ofChoice(node.branches, at);
    case "repeat":
      return node.max === Number.POSITIVE_INFINITY ? ofUnbounded(node, at) : ofBounded(node, at);
  }
}

function ofLookAround(body: Node): Cost | undefined {
  if (hasUnbounded(body)) return undefined;
  return costOf(body, { follow: NONE, behindUnbounded: false, canFail: true, before: undefined });
}

function ofSequence(parts: readonly Node[], at: Surroundings): Cost | undefined {
  // From the right: what may follow each part, and whether that may fail.
  const follows: CharacterSet[] = [];
  const failing: boolean[] = [];
  let follow = at.follow;
  let canFail = at.canFail;
  for (let i = parts.length - 1; i >= 0; i--) {
    follows[i] = follow;
    failing[i] = canFail;
    const part = parts[i]!;
    follow = isNullable(part) ? union(firstOf(part), follow) : firstOf(part);
    canFail ||= !cannotFail(part);
  }
  let { before, behindUnbounded } = at;
  let ways = 1;
  let degree = 0;
  for (const [i, part] of parts.entries()) {
    const found = costOf(part, { ...at, before, behindUnbounded, follow: follows[i]!, canFail: failing[i]! });
    if (found === undefined) return undefined;
    ways *= found.ways;
    if (ways > MAX_WAYS) return undefined;
    degree += found.degree;
    behindUnbounded ||= found.degree > 0;
    before = lastOf(part, before);
  }
  return { ways, degree };
}

function ofChoice(branches: readonly Node[], at: Surroundings): Cost | undefined {
  const firsts = branches.map((branch) => (isNullable(branch) ? union(firstOf(branch), at.follow) : firstOf(branch)));
  const decided = firsts.every((first, i) => firsts.every((other, j) => j <= i || !overlap(first, other)));
  let ways = 0;
  let degree = 0;
  for (const branch of branches) {
    const found = costOf(branch, at);
    if (found === undefined) return undefined;
    ways = decided ? Math.max(ways, found.ways) : ways + found.ways;
    degree = Math.max(degree, found.degree);
  }
  // Undecided branches behind one another, each with a repeat that tries all of its ends: the ends add up.
  return { ways, degree };
}

function ofUnbounded({ body, min }: Node & { kind: "repeat" }, at: Surroundings): Cost | undefined {
  if (isNullable(body)) return undefined;
  const first = firstOf(body);
  const inside = { follow: union(first, at.follow), canFail: true, before: undefined };
  const found = costOf(body, { ...at, ...inside });
  // What one round leaves undecided, all rounds together may decide in more ways than can be counted.
  if (found === undefined || found.ways > 1 || found.degree > 0) return undefined;
  // Every end of the repeat before runs this one again, unless it is the last thing, or begins behind a character that it
  // cannot run over.
  const single = body.kind === "set";
  const last = single && min <= 1 && !at.canFail;
  const apart = single && at.before !== undefined && !overlap(at.before, body.set);
  const rerun = at.behindUnbounded && !last && !apart;
  const undecided = at.canFail && overlap(first, at.follow);
  return rerun || undecided ? { ways: 1, degree: 1 } : ONE;
}

function ofBounded({ body, min, max }: Node & { kind: "repeat" }, at: Surroundings): Cost | undefined {
  if (max === 0) return ONE;
  if (at.behindUnbounded && max > MAX_WAYS_UNBOUNDED) return undefined;
  const first = firstOf(body);
  const follow = max > 1 ? union(first, at.follow) : at.follow;
  const canFail = at.canFail || max > 1;
  const before = max > 1 ? undefined : at.before;
  // A repeat inside of a counted one is copied: the second copy stands behind the first.
  const found = costOf(body, { ...at, follow, canFail, before });
  if (found === undefined || (found.degree > 0 && max > 1) || (max > 1 && hasUnbounded(body) && at.behindUnbounded))
    return undefined;
  const decided = min === max || (!isNullable(body) && !overlap(first, at.follow));
  const ways = found.ways ** max * (decided ? 1 : max - min + 1);
  return ways > MAX_WAYS ? undefined : { ways, degree: found.degree };
}

function isNullable(node: Node): boolean {
  switch (node.kind) {
    case "set":
      return false;
    case "end":
    case "assertion":
      return true;
    case "sequence":
      return node.parts.every(isNullable);
    case "choice":
      return node.branches.some(isNullable);
    case "repeat":
      return node.min === 0 || isNullable(node.body);
  }
}

/** Matches the empty text at least, wherever it stands. */
function cannotFail(node: Node): boolean {
  switch (node.kind) {
    case "set":
    case "end":
    case "assertion":
      return false;
    case "sequence":
      return node.parts.every(cannotFail);
    case "choice":
      return node.branches.some(cannotFail);
    case "repeat":
      return node.min === 0 || cannotFail(node.body);
  }
}

function firstOf(node: Node): CharacterSet {
  switch (node.kind) {
    case "set":
      return node.set;
    case "end":
      return node.multiline ? LINE_ENDS : NONE;
    case "assertion":
      return NONE;
    case "choice":
      return union(...node.branches.map(firstOf));
    case "repeat":
      return node.max === 0 ? NONE : firstOf(node.body);
    case "sequence": {
      const sets: CharacterSet[] = [];
      for (const part of node.parts) {
        sets.push(firstOf(part));
        if (!isNullable(part)) break;
      }
      return union(...sets);
    }
  }
}

/** The character that a match of the node ends with, as far as it is one of a set. */
function lastOf(node: Node, before: CharacterSet | undefined): CharacterSet | undefined {
  switch (node.kind) {
    case "set":
      return node.set;
    case "end":
    case "assertion":
      return before;
    case "sequence":
      return node.parts.reduce((last: CharacterSet | undefined, part) => lastOf(part, last), before);
    case "choice": {
      const sets = node.branches.map((branch) => lastOf(branch, before));
      return sets.includes(undefined) ? undefined : union(...sets.map((set) => set!));
    }
    case "repeat": {
      const inside = lastOf(node.body, before);
      if (inside === undefined || (node.min === 0 && before === undefined)) return undefined;
      return node.min === 0 ? union(inside, before!) : inside;
    }
  }
}

function hasUnbounded(node: Node): boolean {
  switch (node.kind) {
    case "set":
    case "end":
      return false;
    case "assertion":
      return node.body !== undefined && hasUnbounded(node.body);
    case "sequence":
      return node.parts.some(hasUnbounded);
    case "choice":
      return node.branches.some(hasUnbounded);
    case "repeat":
      return node.max === Number.POSITIVE_INFINITY || hasUnbounded(node.body);
  }
}

// Finds the template that a message belongs to, after Drain (He et al., 2017): first by the number of words and the first
// of them, then by likeness.
import { ANY, GLUED_ANY, type WordTable } from "./words.ts";

/** A template takes a message that differs from it in no more than this part of its words: one of four. */
const MAX_DIFFERENCE = 0.3;
/** Plain words weigh more than values, which differ anyway. */
const VALUE_WEIGHT = 0.5;
/** A place that takes any word: of two templates that fit, the more special one is taken. */
const ANY_WEIGHT = 0.01;
/** The part of a template's words that may be any: more would make it take messages that have nothing in common. */
const MAX_ANY = 0.6;
/** The first word that tells something is looked for among these. */
const LEADING = 6;
/** Different first words a number of words; further ones share a branch. */
const MAX_BRANCHES = 200;

export interface Template<Figures> {
  /** `ANY` or `GLUED_ANY` where its messages differ. */
  words: Int32Array;
  count: number;
  /** The turn in which it was used last. */
  used: number;
  readonly figures: Figures;
}

interface Branch<Figures> {
  readonly templates: Template<Figures>[];
}

export class TemplateTree<Figures> {
  private readonly table: WordTable;
  private readonly byLength = new Map<number, Map<number, Branch<Figures>>>();

  constructor(table: WordTable) {
    this.table = table;
  }

  /** The template of `table.found`'s first `count` words, made more general where it has to be. */
  find(count: number): Template<Figures> | undefined {
    const { found } = this.table;
    const { templates } = this.branch(found, count);
    let best = -1;
    let least = MAX_DIFFERENCE * count + ANY_WEIGHT;
    for (let i = 0; i < templates.length && least > 0; i++) {
      const difference = this.difference(templates[i]!.words, count, least);
      if (difference >= least) continue;
      best = i;
      least = difference;
    }
    const template = templates[best];
    if (template === undefined || !generalised(template.words, found, this.table)) return undefined;
    // What is found often comes to stand where it is found soon.
    if (best > 0) {
      templates[best] = templates[best - 1]!;
      templates[best - 1] = template;
    }
    return template;
  }

  add(words: Int32Array, figures: Figures): Template<Figures> {
    const template: Template<Figures> = { words, count: 0, used: 0, figures };
    this.branch(words, words.length).templates.push(template);
    return template;
  }

  remove(templates: ReadonlySet<Template<Figures>>): void {
    for (const branches of this.byLength.values()) {
      for (const [word, { templates: kept }] of branches) {
        for (let i = kept.length - 1; i >= 0; i--) if (templates.has(kept[i]!)) kept.splice(i, 1);
        if (kept.length === 0) branches.delete(word);
      }
    }
  }

  private branch(words: Int32Array, count: number): Branch<Figures> {
    let branches = this.byLength.get(count);
    if (branches === undefined) {
      branches = new Map();
      this.byLength.set(count, branches);
    }
    const first = this.firstSteady(words, count);
    const key = branches.has(first) || branches.size < MAX_BRANCHES ? first : ANY;
    let branch = branches.get(key);
    if (branch === undefined) {
      branch = { templates: [] };
      branches.set(key, branch);
    }
    return branch;
  }

  private firstSteady(words: Int32Array, count: number): number {
    for (let i = 0; i < count && i < LEADING; i++) if (this.table.isSteady(words[i]!)) return words[i]!;
    return ANY;
  }

  /** Words that differ, by weight; anything of `enough` or more where it comes to that. */
  private difference(words: Int32Array, count: number, enough: number): number {
    const { table } = this;
    const { found } = table;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const word = words[i]!;
      const other = found[i]!;
      if (word === other) continue;
      sum += word <= GLUED_ANY ? ANY_WEIGHT : table.isPlain(word) && table.isPlain(other) ? 1 : VALUE_WEIGHT;
      if (sum >= enough) return sum;
    }
    return sum;
  }
}

/** Puts ANY where the message differs; false, with the template as it was, where too little of it would be left. */
function generalised(template: Int32Array, message: Int32Array, table: WordTable): boolean {
  let different = 0;
  let any = 0;
  for (let i = 0; i < template.length; i++) {
    if (template[i]! <= GLUED_ANY) any++;
    else if (template[i] !== message[i]) different++;
  }
  if (different === 0) return true;
  if (any + different > MAX_ANY * template.length) return false;
  for (let i = 0; i < template.length; i++) {
    if (template[i] !== message[i]) template[i] = table.isGlued(message[i]!) ? GLUED_ANY : ANY;
  }
  return true;
}

// --patterns: the templates that messages are made from, how often each was used, by which levels, when, and one example.
import { levelOf } from "../../../record/level.ts";
import { LEVELS } from "../../../record/level-names.ts";
import { compareTimestamps, type Timestamp } from "../../../record/timestamp.ts";
import type { QueryRecord } from "../../query-record.ts";
import type { Aggregation } from "../aggregation.ts";
import type { Cell, Row, Table } from "../table.ts";
import { MessageReader } from "./message-text.ts";
import { type Template, TemplateTree } from "./template-tree.ts";
import { GLUED_ANY, WordTable } from "./words.ts";

const MAX_TEMPLATES = 2000;
/** The part of the templates that is given up at once when there are too many. */
const GIVEN_UP = 0.05;
/** Words that are known; beyond, only those of the templates are kept. */
const MAX_KNOWN_WORDS = 200_000;
const MAX_EXAMPLE = 1000;

interface Figures {
  /** By level: none, then LEVELS. */
  readonly levels: number[];
  first: Timestamp | undefined;
  last: Timestamp | undefined;
  readonly example: string;
}

export class PatternAggregation implements Aggregation {
  readonly needsText = true;
  private readonly messages = new MessageReader();
  private readonly maxTemplates: number;
  private words = new WordTable();
  private tree = new TemplateTree<Figures>(this.words);
  private templates: Template<Figures>[] = [];
  private readonly other = figures("");
  private otherCount = 0;
  private givenUp = 0;
  private total = 0;

  constructor(maxTemplates = MAX_TEMPLATES) {
    this.maxTemplates = maxTemplates;
  }

  add(record: QueryRecord): void {
    this.total++;
    const message = this.messages.of(record);
    const count = this.words.read(message);
    let template = this.tree.find(count);
    if (template === undefined) {
      template = this.tree.add(this.words.found.slice(0, count), figures(message.slice(0, MAX_EXAMPLE)));
      this.templates.push(template);
    }
    template.count++;
    template.used = this.total;
    note(template.figures, record);
    if (this.templates.length > this.maxTemplates) this.giveUp();
    if (this.words.size > MAX_KNOWN_WORDS) this.forgetWords();
  }

  result(): Table {
    const merged = this.merged();
    const rows = merged
      .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
      .map(({ count, text, figures }) => this.row(count, figures, text, figures.example));
    const notes: string[] = [];
    if (this.otherCount > 0) {
      rows.push(this.row(this.otherCount, this.other, "(other)", undefined));
      notes.push(`${this.maxTemplates} patterns are kept apart; rare ones taken together as (other): ${this.givenUp}`);
    }
    return {
      columns: [
        { name: "count", kind: "number" },
        { name: "share", kind: "number", isShare: true },
        { name: "levels", kind: "text" },
        { name: "first", kind: "time" },
        { name: "last", kind: "time" },
        { name: "pattern", kind: "text", isLong: true },
        { name: "example", kind: "text", isBelow: true },
      ],
      rows,
      notes,
    };
  }

  private row(count: number, { levels, first, last }: Figures, text: string, example: Cell): Row {
    return [count, count / this.total, levelMix(levels), first, last, text, example];
  }

  /** Templates that became alike as they became more general are one. */
  private merged(): { count: number; text: string; figures: Figures }[] {
    const byText = new Map<string, { count: number; text: string; figures: Figures }>();
    for (const { words, count, figures: own } of this.templates) {
      const text = this.text(words);
      const same = byText.get(text);
      if (same === undefined) byText.set(text, { count, text, figures: copyOf(own) });
      else {
        same.count += count;
        takeOver(same.figures, own);
      }
    }
    return [...byText.values()];
  }

  private text(template: Int32Array): string {
    let text = "";
    for (const word of template) text += (text === "" || this.words.isGlued(word) ? "" : " ") + this.words.text(word);
    // A date and a time of day, apart.
    return text.replace(/<time>(?: <time>)+/g, "<time>");
  }

  private giveUp(): void {
    const byUse = [...this.templates].sort((a, b) => a.count - b.count || a.used - b.used);
    const gone = new Set(byUse.slice(0, Math.max(1, Math.floor(this.maxTemplates * GIVEN_UP))));
    for (const { count, figures: own } of gone) {
      this.otherCount += count;
      takeOver(this.other, own);
    }
    this.givenUp += gone.size;
    this.tree.remove(gone);
    this.templates = this.templates.filter((template) => !gone.has(template));
  }

  private forgetWords(): void {
    const before = this.words;
    this.words = new WordTable();
    this.tree = new TemplateTree<Figures>(this.words);
    this.templates = this.templates.map(({ words, count, used, figures: own }) => {
      const numbers = words.map((word) =>
        word <= GLUED_ANY ? word : this.words.numberOf(before.text(word), before.isGlued(word)),
      );
      const template = this.tree.add(numbers, own);
      template.count = count;
      template.used = used;
      return template;
    });
  }
}

function figures(example: string): Figures {
  return { levels: new Array<number>(LEVELS.length + 1).fill(0), first: undefined, last: undefined, example };
}

function copyOf(from: Figures): Figures {
  return { ...from, levels: [...from.levels] };
}

function note(of: Figures, { sec, nsec, details, buffer, start, end }: QueryRecord): void {
  const level = details === undefined ? levelOf(buffer, start, end) : details.level;
  of.levels[level === undefined ? 0 : LEVELS.indexOf(level) + 1]!++;
  if (sec < 0) return;
  if (of.first === undefined || sec < of.first.sec || (sec === of.first.sec && nsec < of.first.nsec))
    of.first = { sec, nsec };
  if (of.last === undefined || sec > of.last.sec || (sec === of.last.sec && nsec > of.last.nsec))
    of.last = { sec, nsec };
}

function takeOver(to: Figures, from: Figures): void {
  from.levels.forEach((count, i) => {
    to.levels[i]! += count;
  });
  if (from.first !== undefined && (to.first === undefined || compareTimestamps(from.first, to.first) < 0))
    to.first = from.first;
  if (from.last !== undefined && (to.last === undefined || compareTimestamps(from.last, to.last) > 0))
    to.last = from.last;
}

/** `error 12, info 3`, the worst first; lines without a level only beside others. */
function levelMix(counts: readonly number[]): Cell {
  const named = LEVELS.flatMap((level, i) => (counts[i + 1]! > 0 ? [`${level} ${counts[i + 1]!}`] : [])).reverse();
  if (named.length === 0) return undefined;
  return [...named, ...(counts[0]! > 0 ? [`none ${counts[0]!}`] : [])].join(", ");
}

// What a search of the store will do: for --explain.
import type { PlannedBlock } from "./block-plan.ts";
import type { StoreSearch } from "./store-search.ts";

/** Asks the blocks' filters too, so its numbers are what the search will read. */
export function explainSearch(search: StoreSearch): string[] {
  const blocks = search.blocks();
  const planned = search.select(blocks);
  const left = planned.filter((block) => !search.isRuledOut(block));
  const { time, level, origin } = search.pruned;
  const ruledOut = [
    [time, "by time"],
    [level, "by level"],
    [origin, "by where lines come from"],
    [planned.length - left.length, "by their words"],
  ] as const;
  const reasons = ruledOut.flatMap(([count, by]) => (count === 0 ? [] : `${count} ${by}`));
  const rows = (of: readonly { readonly rows: number }[]) => of.reduce((sum, block) => sum + block.rows, 0);
  const found = left.map(({ block }) => block);
  const bytes = found.reduce((sum, { textBytes }) => sum + textBytes, 0);
  return [
    `${blockCount(blocks.length)} with ${rows(blocks)} records`,
    ...(reasons.length === 0 ? [] : [`ruled out: ${reasons.join(", ")}`]),
    `to be looked into: ${blockCount(left.length)} with ${rows(found)} records, ${(bytes / 2 ** 20).toFixed(1)} MiB of lines`,
    ...how(left),
  ];
}

function blockCount(count: number): string {
  return count === 1 ? "1 block" : `${count} blocks`;
}

function how(planned: readonly PlannedBlock[]): string[] {
  if (planned.length === 0) return [];
  const [first] = planned.flatMap(({ verdicts }) => verdicts.textual ?? []);
  if (first === undefined) {
    const isText = planned.some(({ verdicts }) => verdicts.needsText);
    return [
      isText
        ? "lines are read where time, level and origin do not decide"
        : "time, level and origin decide: no line is read to test it",
    ];
  }
  const literals = first.literals.map((anyOf) => anyOf.map(({ text }) => JSON.stringify(text)).join(" or "));
  const words =
    literals.length === 0
      ? "no words that every match has: every line is looked at"
      : `asked of each block: ${literals.join(" and ")}`;
  return [
    first.pattern === undefined
      ? `${words}; each line is tested`
      : `${words}; one pattern over a whole block, then each line that it finds`,
  ];
}

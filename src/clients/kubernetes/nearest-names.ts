// Orders names by how much they look like what was typed. Contexts have long names of many parts
// (`gke_project_europe-west1_web`), where a shared part says more than a small edit distance.

export function nearestFirst(typed: string, names: readonly string[]): string[] {
  const wanted = letterPairs(typed);
  return names
    .map((name) => ({ name, score: likeness(wanted, letterPairs(name)) }))
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

/** Dice's coefficient: 1 for the same pairs, 0 for none in common. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const pair of a) if (b.has(pair)) shared++;
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
}

function letterPairs(text: string): Set<string> {
  const framed = `^${text.toLowerCase()}$`;
  return new Set(Array.from({ length: framed.length - 1 }, (_, i) => framed.slice(i, i + 2)));
}

// Sizes as people write them: 4096, 64k, 10MiB, 500Mi. A thousand and 1024 differ too little to be worth an error, so all are 1024.

const FACTORS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmg])i?)?b?$/i.exec(text.trim());
  if (match === null) return undefined;
  const bytes = Math.round(Number(match[1]) * FACTORS[(match[2] ?? "").toLowerCase()]!);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

// What all benches print: a line about the machine, one aligned table, and a verdict for each bar.
import { cpus, loadavg } from "node:os";

export function title(name: string): void {
  const load = loadavg()[0]!.toFixed(1);
  const date = new Date().toISOString().slice(0, 10);
  print(`${name}\n${cpus().length} cores, load ${load} at the start, Node ${process.version}, ${date}\n`);
}

/** The first column is text, the others are numbers and stand to the right. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  print(line(columns).trimEnd());
  print(widths.map((width) => "-".repeat(width)).join("  "));
  for (const row of rows) print(line(row).trimEnd());
  print("");
}

export function verdict(isHeld: boolean, bar: string): void {
  print(`${isHeld ? "PASS" : "MISS"}  ${bar}`);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The nearest rank: a value that was measured, never one between two. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

// Sizes, counts and times as the agent's tables write them: short, in the unit a person would choose.
import { formatDuration } from "../../query/duration.ts";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `0 B`, `1.5 KiB`, `12 MiB` */
export function bytesText(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${bytes < 0 ? "-" : ""}${value.toFixed(digits).replace(/\.0$/, "")} ${UNITS[unit]}`;
}

/** `1,234,567` */
export function countText(count: number): string {
  // Not toLocaleString: its first call loads tables, which takes longer than all else in a short command.
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 log`, `2,000 logs` */
export function counted(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `850ms`, `42s`, `1h30m`, `3d4h`: two units at most. */
export function ageText(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const step = ms >= 86_400_000 ? 3_600_000 : ms >= 3_600_000 ? 60_000 : 1000;
  return formatDuration(Math.floor(ms / step) * step);
}

// The event id of a stored record, as the agent's codec `klog` writes it (`log_id`): where its first line stands, and what it holds.
import type { StoreGeneration } from "./rows.ts";

export function recordId({ id, epoch }: StoreGeneration, offset: number, checksum: number): string {
  return `${id}-${epoch}-${offset}-${checksum.toString(16).padStart(8, "0")}`;
}

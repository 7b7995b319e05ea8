// `klog agent audit` for people: does seen = delivered + in flight + unread + lost hold, and what was lost where.
import {
  type AgentStatus,
  type GapStatus,
  imbalance,
  type PipelineStatus,
} from "../../collector/operation/agent-status.ts";
import { painted } from "../../output/paint.ts";
import type { Styles } from "../../output/theme.ts";
import { bytesText, counted, countText } from "./amounts.ts";
import { type TableCell, tableText } from "./text-table.ts";

export interface Audit {
  readonly text: string;
  /** Nothing is lost, and every byte is accounted for. */
  readonly isClean: boolean;
}

export function audit({ pipelines }: AgentStatus, styles: Styles): Audit {
  const number = (bytes: number): TableCell => ({ text: countText(bytes) });
  const rows = pipelines.map(({ name, balance }): TableCell[] => {
    const missing = imbalance(balance);
    return [
      { text: name },
      ...[balance.seen, balance.acked, balance.inFlight, balance.unread].map(number),
      { text: countText(balance.lost), paint: balance.lost > 0 ? styles.error : undefined },
      missing === 0
        ? { text: "adds up", paint: styles.started }
        : { text: `${countText(missing)} bytes unaccounted for`, paint: styles.error },
    ];
  });
  const columns = [
    { title: "PIPELINE" },
    ...["SEEN", "DELIVERED", "IN FLIGHT", "UNREAD", "LOST"].map((title) => ({ title, right: true })),
    { title: "" },
  ];
  const lines = [...tableText(columns, rows, styles.dim), ...pipelines.flatMap((pipeline) => faults(pipeline, styles))];
  return { text: `${lines.join("\n")}\n`, isClean: pipelines.every(isClean) };
}

function isClean({ balance, chains }: PipelineStatus): boolean {
  return balance.lost === 0 && imbalance(balance) === 0 && chains.every((chain) => imbalance(chain.balance) === 0);
}

function faults({ name, chains, gaps, gapCount }: PipelineStatus, styles: Styles): string[] {
  const unbalanced = chains.filter(({ balance }) => imbalance(balance) !== 0);
  const older = gapCount - gaps.length;
  return [
    ...unbalanced.map(({ path, balance }) =>
      painted(styles.error, `${name}: ${path}: ${countText(imbalance(balance))} bytes unaccounted for`),
    ),
    ...(gapCount === 0
      ? []
      : ["", `${name}: ${counted(gapCount, "gap")}${older > 0 ? `, the newest ${countText(gaps.length)}` : ""}`]),
    ...gaps.map(gapLine),
  ];
}

function gapLine({ at, path, from, to, bytes, reason }: GapStatus): string {
  return `  ${new Date(at).toISOString()}  ${path}  bytes ${countText(from)}-${countText(to)} (${bytesText(bytes)}): ${reason}`;
}

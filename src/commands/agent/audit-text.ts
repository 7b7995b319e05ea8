// `klog agent audit` for people: does seen = delivered + in flight + unread + lost hold, and what was lost where, over all agents
// that this state directory has had.
import {
  type AgentStatus,
  type GapStatus,
  imbalance,
  type LedgerStatus,
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

/** `since`, ms since the epoch: older gaps are not shown and do not count, though their bytes stand in the sums. */
export function audit({ pipelines, former }: AgentStatus, styles: Styles, since = Number.NEGATIVE_INFINITY): Audit {
  const isLate = ({ at }: GapStatus) => at >= since;
  const rows = [
    ...pipelines.map((pipeline) => row(pipeline, pipeline.name, styles)),
    ...former.map((pipeline) => row(pipeline, `${pipeline.name} (former)`, styles)),
  ];
  const columns = [
    { title: "PIPELINE" },
    { title: "SINCE" },
    ...["SEEN", "DELIVERED", "IN FLIGHT", "UNREAD", "LOST"].map((title) => ({ title, right: true })),
    { title: "" },
  ];
  const lines = [
    ...tableText(columns, rows, styles.dim),
    ...pipelines.flatMap((pipeline) => unbalanced(pipeline, styles)),
    ...[...pipelines, ...former].flatMap((pipeline) => gapLines(pipeline, isLate)),
  ];
  const isWell = (pipeline: LedgerStatus) => isWhole(pipeline, isLate);
  const hasAllBytes = pipelines.every(({ chains }) => chains.every(({ balance }) => imbalance(balance) === 0));
  return { text: `${lines.join("\n")}\n`, isClean: hasAllBytes && pipelines.every(isWell) && former.every(isWell) };
}

function row({ total: { since, balance } }: LedgerStatus, name: string, styles: Styles): TableCell[] {
  const number = (bytes: number): TableCell => ({ text: countText(bytes) });
  const missing = imbalance(balance);
  return [
    { text: name },
    { text: timeText(since) },
    ...[balance.seen, balance.acked, balance.inFlight, balance.unread].map(number),
    { text: countText(balance.lost), paint: balance.lost > 0 ? styles.error : undefined },
    missing === 0
      ? { text: "adds up", paint: styles.started }
      : { text: `${countText(missing)} bytes unaccounted for`, paint: styles.error },
  ];
}

/** Gaps that are not kept any more are older than those that are. */
function isWhole({ total: { balance }, gaps, gapCount }: LedgerStatus, isLate: (gap: GapStatus) => boolean): boolean {
  const oldest = gaps[0];
  const mayHaveOlder = gapCount > gaps.length && (oldest === undefined || isLate(oldest));
  const isExplained = balance.lost === 0 || gapCount > 0;
  return imbalance(balance) === 0 && isExplained && !mayHaveOlder && !gaps.some(isLate);
}

function unbalanced({ name, chains }: PipelineStatus, styles: Styles): string[] {
  return chains
    .filter(({ balance }) => imbalance(balance) !== 0)
    .map(({ path, balance }) =>
      painted(styles.error, `${name}: ${path}: ${countText(imbalance(balance))} bytes unaccounted for`),
    );
}

function gapLines({ name, gaps, gapCount }: LedgerStatus, isLate: (gap: GapStatus) => boolean): string[] {
  const shown = gaps.filter(isLate);
  if (shown.length === 0) return [];
  const title = `${name}: ${counted(gapCount, "gap")}${gapCount > shown.length ? `, the newest ${countText(shown.length)}` : ""}`;
  return ["", title, ...shown.map(gapLine)];
}

function gapLine({ at, path, from, to, bytes, reason }: GapStatus): string {
  const what =
    reason === "unseen"
      ? `behind byte ${countText(from)} of a file that is gone: others may have come and gone unseen, nobody knows how many`
      : `bytes ${countText(from)}-${countText(to)} (${bytesText(bytes)}): ${reason}`;
  return `  ${new Date(at).toISOString()}  ${path}  ${what}`;
}

/** To the second. */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

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

export function audit({ pipelines, former }: AgentStatus, styles: Styles): Audit {
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
    ...[...pipelines, ...former].flatMap(gapLines),
  ];
  return { text: `${lines.join("\n")}\n`, isClean: pipelines.every(isClean) && former.every(isWhole) };
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

function isWhole({ total: { balance }, gapCount }: LedgerStatus): boolean {
  return gapCount === 0 && balance.lost === 0 && imbalance(balance) === 0;
}

function isClean(pipeline: PipelineStatus): boolean {
  return isWhole(pipeline) && pipeline.chains.every((chain) => imbalance(chain.balance) === 0);
}

function unbalanced({ name, chains }: PipelineStatus, styles: Styles): string[] {
  return chains
    .filter(({ balance }) => imbalance(balance) !== 0)
    .map(({ path, balance }) =>
      painted(styles.error, `${name}: ${path}: ${countText(imbalance(balance))} bytes unaccounted for`),
    );
}

function gapLines({ name, gaps, gapCount }: LedgerStatus): string[] {
  if (gapCount === 0) return [];
  const older = gapCount - gaps.length;
  const title = `${name}: ${counted(gapCount, "gap")}${older > 0 ? `, the newest ${countText(gaps.length)}` : ""}`;
  return ["", title, ...gaps.map(gapLine)];
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

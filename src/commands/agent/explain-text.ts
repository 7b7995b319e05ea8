// `klog agent explain` for people: for one log, who takes it, which files it has, where the cursor stands in each.
import type { ChainStatus, GenerationStatus } from "../../collector/operation/agent-status.ts";
import { painted } from "../../output/paint.ts";
import type { Styles } from "../../output/theme.ts";
import { ageText, bytesText, countText } from "./amounts.ts";
import { chainName } from "./chain-name.ts";
import { type TableCell, tableText } from "./text-table.ts";

export interface ExplainedChain {
  readonly pipeline: string;
  readonly sinks: readonly string[];
  readonly chain: ChainStatus;
}

export function chainText({ pipeline, sinks, chain }: ExplainedChain, now: number, styles: Styles): string[] {
  const { balance, origin, problems, unreadSince, timeToLoss } = chain;
  const linked = chain.realPath === chain.path ? "" : `, which is ${chain.realPath}`;
  const id = origin.containerId === "" ? "" : `, container ${origin.containerId.slice(0, 12)}`;
  return [
    `${painted(styles.key, chainName(chain))}: ${chain.path}${linked}`,
    `  collected by pipeline ${pipeline}, to ${sinks.join(", ")}; format ${chain.format}${id}`,
    `  ${bytesText(balance.seen)} seen: delivered ${bytesText(balance.acked)}, in flight ${bytesText(balance.inFlight)}, ` +
      `unread ${bytesText(balance.unread)}, lost ${bytesText(balance.lost)}`,
    ...(unreadSince === undefined ? [] : [`  the oldest unread byte has waited ${ageText(now - unreadSince)}`]),
    ...(timeToLoss === undefined
      ? []
      : [painted(styles.warning, `  unread bytes are deleted in about ${ageText(timeToLoss)}`)]),
    ...problems.map((problem) => painted(styles.error, `  ${problem}`)),
    ...generationLines(chain.generations, styles),
  ];
}

function generationLines(generations: readonly GenerationStatus[], styles: Styles): string[] {
  const number = (count: number): TableCell => ({ text: countText(count) });
  const rows = generations.map((generation): TableCell[] => [
    { text: `  ${generation.name}` },
    { text: generation.state, paint: generation.state === "LOST" ? styles.error : undefined },
    ...[generation.size, generation.readPosition, generation.ackPosition].map(number),
    { text: generation.epoch === 0 ? generation.id : `${generation.id}-${generation.epoch}` },
    {
      text: [generation.deleted ? "deleted, held open" : "", generation.compressed ? "read inside the .gz" : ""]
        .filter(Boolean)
        .join(", "),
    },
  ]);
  const numbers = ["SIZE", "READ", "DELIVERED"].map((title) => ({ title, right: true }));
  const columns = [{ title: "  FILE" }, { title: "STATE" }, ...numbers, { title: "ID" }, { title: "" }];
  return tableText(columns, rows, styles.dim);
}

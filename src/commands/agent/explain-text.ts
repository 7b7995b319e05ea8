// `klog agent explain` for people: for one log, who takes it, which files it has, where the cursor stands in each.
import type { ChainStatus, GenerationStatus } from "../../collector/operation/agent-status.ts";
import { painted } from "../../output/paint.ts";
import type { Styles } from "../../output/theme.ts";
import { ageText, bytesText, counted, countText } from "./amounts.ts";
import { chainName } from "./chain-name.ts";
import { type TableCell, tableText } from "./text-table.ts";

export interface ExplainedChain {
  readonly pipeline: string;
  readonly sinks: readonly string[];
  /** Events that the pipeline's filters dropped, of all its logs. */
  readonly filtered: number;
  readonly chain: ChainStatus;
}

export function chainText({ pipeline, sinks, filtered, chain }: ExplainedChain, now: number, styles: Styles): string[] {
  const { balance, origin, problems, unreadSince, timeToLoss } = chain;
  const id = origin.containerId === "" ? "" : `, container ${origin.containerId.slice(0, 12)}`;
  return [
    chainTitle(chain, styles),
    `  collected by pipeline ${pipeline}, to ${sinks.join(", ")}; format ${chain.format}${id}`,
    `  since the start ${bytesText(balance.seen)} seen: delivered ${bytesText(balance.acked)}, in flight ` +
      `${bytesText(balance.inFlight)}, unread ${bytesText(balance.unread)}, lost ${bytesText(balance.lost)}`,
    ...(filtered === 0 ? [] : [`  the pipeline's filters have dropped ${counted(filtered, "event")} of its logs`]),
    ...(unreadSince === undefined ? [] : [`  the oldest unread byte has waited ${ageText(now - unreadSince)}`]),
    ...(timeToLoss === undefined
      ? []
      : [painted(styles.warning, `  unread bytes are deleted in about ${ageText(timeToLoss)}`)]),
    ...problems.map((problem) => painted(styles.error, `  ${problem}`)),
    ...generationLines(chain.generations, styles),
  ];
}

/** `shop/web-1/app: /var/log/…`; a file of the host has its path for a name. */
export function chainTitle(chain: Pick<ChainStatus, "origin" | "path" | "realPath">, styles: Styles): string {
  const name = chainName(chain);
  const path = name === chain.path ? "" : `: ${chain.path}`;
  const linked = chain.realPath === chain.path ? "" : `, which is ${chain.realPath}`;
  return `${painted(styles.key, name)}${path}${linked}`;
}

function generationLines(generations: readonly GenerationStatus[], styles: Styles): string[] {
  const number = (count: number): TableCell => ({ text: countText(count) });
  const rows = generations.map((generation): TableCell[] => [
    { text: `  ${generation.name}` },
    { text: generation.state, paint: generation.state === "LOST" ? styles.error : undefined },
    ...[generation.size, generation.readPosition, generation.ackPosition].map(number),
    { text: generation.epoch === 0 ? generation.id : `${generation.id}-${generation.epoch}` },
    {
      text: [
        generation.start > 0 ? `read from byte ${countText(generation.start)} on (first_read)` : "",
        generation.deleted ? "deleted, held open" : "",
        generation.compressed ? "read inside the .gz" : "",
      ]
        .filter(Boolean)
        .join(", "),
    },
  ]);
  const numbers = ["SIZE", "READ", "DELIVERED"].map((title) => ({ title, right: true }));
  const columns = [{ title: "  FILE" }, { title: "STATE" }, ...numbers, { title: "ID" }, { title: "" }];
  return tableText(columns, rows, styles.dim);
}

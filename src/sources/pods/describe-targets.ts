// --dry-run: the containers that would be read, as a table.
import type { Pod } from "../../clients/kubernetes/resources.ts";
import { type SelectedContainer, stateOf } from "./containers.ts";

export interface PodTarget {
  readonly context: string;
  readonly pod: Pod;
  readonly containers: readonly SelectedContainer[];
}

const HEADER = ["CONTEXT", "NAMESPACE", "POD", "CONTAINER", "KIND", "STATE", "NODE"] as const;

/** A row a container, ordered by context, namespace and pod; empty when there is none. */
export function describeTargets(targets: readonly PodTarget[]): string {
  const key = ({ context, pod }: PodTarget) => [context, pod.metadata.namespace ?? "", pod.metadata.name];
  const sorted = targets
    .map((target) => ({ target, key: key(target) }))
    .sort((a, b) => compareLists(a.key, b.key))
    .map(({ target }) => target);
  const rows = sorted.flatMap(({ context, pod, containers }) =>
    containers.map((container) => [
      context,
      pod.metadata.namespace ?? "",
      pod.metadata.name,
      container.name,
      container.kind,
      stateText(container),
      pod.spec?.nodeName ?? "-",
    ]),
  );
  if (rows.length === 0) return "";
  const table = [HEADER, ...rows];
  const widths = HEADER.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${table.map(line).join("\n")}\n`;
}

function stateText({ status }: SelectedContainer): string {
  const state = stateOf(status);
  const reason = status?.state?.waiting?.reason ?? status?.state?.terminated?.reason;
  return reason === undefined || reason === "" ? state : `${state} (${reason})`;
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((text, i) => text !== b[i]);
  return at === -1 ? 0 : (a[at] ?? "") < (b[at] ?? "") ? -1 : 1;
}

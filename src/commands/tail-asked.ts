// What a `klog tail` command line asked for, in words: for saying why there is nothing.
import type { KubernetesClient } from "../clients/kubernetes/client.ts";
import { toRfc3339Nano } from "../record/timestamp.ts";
import { type Selection, scopesOf } from "../sources/pods/selection.ts";
import type { TailOptions } from "./tail-options.ts";

export function placesOf(selection: Selection, clients: readonly KubernetesClient[]): string[] {
  return clients.flatMap((client) =>
    scopesOf(selection, client).map(({ namespace }) =>
      namespace === undefined
        ? `all namespaces (context ${client.context})`
        : `namespace "${namespace}" (context ${client.context})`,
    ),
  );
}

export function serverFilters({ labelSelector, fieldSelector, nodes }: TailOptions): string[] {
  return [
    ...(labelSelector === undefined ? [] : [`-l ${labelSelector}`]),
    ...(fieldSelector === undefined ? [] : [`--field-selector ${fieldSelector}`]),
    ...nodes.map((node) => `--node ${node}`),
  ];
}

export function lineFilters({ lines }: TailOptions): string[] {
  return [
    ...(lines.query === undefined ? [] : [`-q ${lines.query}`]),
    ...lines.include.map((p) => `-i ${p}`),
    ...lines.exclude.map((p) => `-e ${p}`),
    ...(lines.level === undefined ? [] : [`--level ${lines.level}`]),
  ];
}

export function windowFlags({ window }: TailOptions): string[] {
  const { since, until } = window;
  return [
    ...(since === undefined
      ? []
      : ["seconds" in since ? `--since ${since.seconds}s` : `--since ${toRfc3339Nano(since.time)}`]),
    ...(until === undefined ? [] : ["--until"]),
    ...(window.tail === 0 ? ["--tail 0"] : []),
    ...(window.previous ? ["--previous"] : []),
  ];
}

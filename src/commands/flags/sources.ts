// Flags of `klog tail` for lines that do not come from live pods alone.
import type { Flag } from "../flag.ts";

export const SOURCE_FLAGS = [
  {
    name: "source",
    kind: "patterns",
    value: "SOURCE",
    default: "pods",
    suggestions: ["store", "pods", "store:", "files:"],
    group: "Choosing sources",
    help: "store[:DIR], pods[:CONTEXT], files:GLOB or a name of the config file",
    details:
      "Repeatable: all are merged into one stream, each line once. Selectors then go by what the lines' records say " +
      "(docs/selecting.md), and no cluster is needed where no source is one.",
    completes: "sources",
    commandLineOnly: true,
  },
  {
    name: "history",
    kind: "text",
    value: "STORE",
    suggestions: ["store", "store:", "off"],
    default: "store, where this machine has one",
    group: "Window",
    help: "where lines come from that kubelets no longer have: store[:DIR] or off",
    details: "Fills what --since asks for beyond the kubelet's files, and gaps; such lines are marked [store].",
    // KLOG_HISTORY=off turns off what `klog search` remembers.
    noVariable: true,
  },
] as const satisfies readonly Flag[];

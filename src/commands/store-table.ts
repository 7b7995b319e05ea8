// `klog store …` as help and completion know it.
import type { CommandEntry } from "./command-table.ts";

export const STORE_TABLE = [
  {
    name: "store",
    help: "look after the embedded store",
    usage: "klog store ls|verify|prune|export [flags]",
    about:
      "The store is a directory that `klog agent run` writes and `klog search` reads (docs/store.md). Everything but prune may be " +
      "done while an agent writes to it.",
    examples: [
      ["klog store ls", "what is in it, segment by segment"],
      ["klog store verify", "read all of it, and name what is damaged"],
      ["klog store prune --max-age 7d --dry-run", "what would go"],
      ["klog store export --from yesterday yesterday.jsonl.zst", "a part of it, for others"],
    ],
    takesFlags: false,
  },
  {
    name: "store ls",
    help: "list the segments of a store",
    usage: "klog store ls [DIR] [flags]",
    about: "Their time range, records, sizes, and how many log files they have lines of. Reads the indexes only.",
    examples: [
      ["klog store ls", "the store of this machine's agent"],
      ["klog store ls /srv/klog/store -o json", "another one, for programs"],
    ],
    takesFlags: true,
  },
  {
    name: "store verify",
    help: "read all of a store, and name what is damaged",
    usage: "klog store verify [DIR] [flags]",
    about:
      "Checksums, lengths, times, levels and ids of every block. Ends with 0 where all is whole, else with 3; klog search reads what " +
      "is whole either way.",
    examples: [["klog store verify", "the store of this machine's agent"]],
    takesFlags: true,
  },
  {
    name: "store prune",
    help: "remove a store's oldest segments",
    usage: "klog store prune [DIR] --max-age|--max-bytes|--before … [flags]",
    about:
      "Whole segments, from the oldest on, and never the newest. Only where no agent writes: a running one does it by itself, as its " +
      "configuration says.",
    examples: [
      ["klog store prune --max-age 7d --dry-run", "what would go"],
      ["klog store prune /srv/copy --max-bytes 1GiB", "make a copy smaller"],
    ],
    takesFlags: true,
  },
  {
    name: "store export",
    help: "copy a store, or a part of it, for others",
    usage: "klog store export OUT [--from TIME] [--to TIME] [flags]",
    about:
      "OUT ends in .jsonl, .jsonl.gz or .jsonl.zst: one JSON object a record, as the agent's file sink writes them. Else it is a new " +
      "directory: a store of its own, to be searched with --source store:OUT. Records come in the order of storing.",
    examples: [
      ["klog store export --from yesterday --to yesterday day.jsonl.zst", "one day as JSON"],
      ["klog store export --from 2h /tmp/incident", "the last two hours as a store"],
    ],
    takesFlags: true,
  },
] as const satisfies readonly CommandEntry[];

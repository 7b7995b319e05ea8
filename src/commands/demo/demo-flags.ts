// The flags of `klog demo`. They live on the command line only.
import type { Flag } from "../flag.ts";
import { HELP_FLAG } from "../flags/help.ts";

export const DEMO_FLAGS = [
  {
    name: "stay",
    kind: "boolean",
    group: "Operation",
    help: "no tour: keep the shop and its agent running until Ctrl-C, to try klog on them",
    commandLineOnly: true,
  },
  {
    name: "keep",
    kind: "boolean",
    group: "Operation",
    help: "leave the demo's files where they are",
    commandLineOnly: true,
  },
  {
    name: "live",
    kind: "duration",
    value: "DURATION",
    default: "6s",
    group: "Operation",
    help: "how long the tour looks at the live stream",
    commandLineOnly: true,
  },
  HELP_FLAG,
] as const satisfies readonly Flag[];

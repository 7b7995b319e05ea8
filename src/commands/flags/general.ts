// Flags about klog itself.
import type { Flag } from "../flag.ts";
import { HELP_FLAG } from "./help.ts";

export const GENERAL_FLAGS = [
  {
    name: "config",
    kind: "text",
    value: "FILE",
    default: "~/.config/klog/config.yaml",
    group: "General",
    help: "config file: flag names as keys",
    details:
      "Also KLOG_CONFIG. Flags win over KLOG_* variables, those over the file. Without a file of its own klog reads " +
      "stern's ($STERNCONFIG, ~/.config/stern/config.yaml).",
    completes: "files",
    commandLineOnly: true,
    peers: "stern",
  },
  {
    name: "profile",
    kind: "text",
    value: "NAME",
    default: "the file's profile:, else none",
    group: "General",
    help: "profile of the config file: flags that go together under a name",
    details: "KLOG_PROFILE does the same; --profile= uses none. `klog config view` shows what holds with it.",
    completes: "profiles",
  },
  {
    name: "verbosity",
    kind: "integer",
    value: "N",
    minimum: 0,
    default: "0",
    suggestions: ["1", "6"],
    group: "General",
    help: "talk about what klog does on stderr; 6 shows requests",
    peers: "stern; kubectl -v",
  },
  {
    name: "show-hidden-options",
    kind: "boolean",
    group: "General",
    help: "print help with the connection flags and those of other tools",
    commandLineOnly: true,
    peers: "stern",
  },
  { ...HELP_FLAG, peers: "stern, kubectl" },
] as const satisfies readonly Flag[];

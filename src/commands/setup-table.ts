// `klog config …`, `klog sources` and `klog doctor` as help and completion know them.
import type { CommandEntry } from "./command-table.ts";

export const SETUP_TABLE = [
  {
    name: "config",
    help: "show, write, edit and check klog's config file",
    usage: "klog config path|view|edit|init|check|queries [flags]",
    about:
      "Flags that always hold, profiles of flags, sources and queries by name. docs/configuration.md describes the file.",
    examples: [
      ["klog config init", "write a file in which everything is explained"],
      ["klog config view --profile prod", "what holds with this profile, and where it comes from"],
      ["klog config edit", "change it, checked before it is saved"],
    ],
    takesFlags: false,
  },
  {
    name: "config path",
    help: "show where klog looks for its config file, and which it reads",
    usage: "klog config path [flags]",
    about: "Also where saved queries and the history of searches are kept.",
    examples: [["klog config path", "all places, and which is used"]],
    takesFlags: true,
  },
  {
    name: "config view",
    help: "show what holds, and where each value comes from",
    usage: "klog config view [flags]",
    about:
      "The file, the profile and KLOG_* variables put over each other, as YAML with the place of each value behind it. Secrets are " +
      "not shown.",
    examples: [
      ["klog config view", "what holds now"],
      ["klog config view --profile prod -o json", "with a profile, for programs"],
    ],
    takesFlags: true,
  },
  {
    name: "config edit",
    help: "edit the config file, and check it before it is saved",
    usage: "klog config edit [flags]",
    about:
      "Opens a copy in $VISUAL or $EDITOR (else vi). What klog cannot read is named with its line, and is saved only if you say so.",
    examples: [["EDITOR=nano klog config edit", "in an editor of your choice"]],
    takesFlags: true,
  },
  {
    name: "config init",
    help: "write a config file in which everything is explained",
    usage: "klog config init [flags]",
    about:
      "Asks nothing and overwrites nothing. It knows the contexts of your kubeconfig and the store of this machine's agent; what a " +
      "stern user's file says goes on to hold.",
    examples: [
      ["klog config init", "~/.config/klog/config.yaml"],
      ["klog config init --config ./klog.yaml", "another file"],
    ],
    takesFlags: true,
  },
  {
    name: "config check",
    help: "name every mistake of a config file with its line",
    usage: "klog config check [FILE] [flags]",
    about: "Ends with 0 without any, with 3 where klog would only pass something over, else with 2.",
    examples: [["klog config check klog.yaml", "before it is rolled out"]],
    takesFlags: true,
  },
  {
    name: "config queries",
    help: "show or forget saved queries",
    usage: "klog config queries [NAME] [flags]",
    about: "Those of the config file, and those that `klog search --save-query NAME` has saved.",
    examples: [
      ["klog config queries", "all of them"],
      ["klog config queries errors", "the text of one"],
      ["klog config queries --history", "what was searched for lately"],
      ["klog config queries --delete errors", "forget one that was saved"],
    ],
    takesFlags: true,
  },
  {
    name: "sources",
    help: "show what there is to search, and how fresh it is",
    usage: "klog sources [SOURCE...] [flags]",
    about:
      "Without a SOURCE all that the config file and this machine offer: each with what it holds, its oldest and newest line, or " +
      "why it cannot be reached. Ends with 3 if one cannot, with 1 if there is none.",
    examples: [
      ["klog sources", "all of them"],
      ["klog sources store pods:prod", "these two"],
      ["klog sources -o json", "for programs"],
    ],
    takesFlags: true,
  },
  {
    name: "doctor",
    help: "check all that klog needs, and say what to do",
    usage: "klog doctor [flags]",
    about:
      "The config file, the kubeconfig, the server and your rights on it, the clock, the agent and its store, the terminal. Ends with " +
      "0, or with 3 if something fails.",
    examples: [
      ["klog doctor", "everything"],
      ["klog doctor --context prod -n shop", "the rights in one place"],
      ["klog doctor -o json", "for programs"],
    ],
    takesFlags: true,
  },
] as const satisfies readonly CommandEntry[];

// The commands there are. The top-level help and completion read only this, so it imports nothing but more of the same.
import { SETUP_TABLE } from "./setup-table.ts";
import { STORE_TABLE } from "./store-table.ts";

export interface CommandEntry {
  readonly name: string;
  readonly help: string;
  readonly usage: string;
  /** Shown above the flags. */
  readonly about: string;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** True where a flag table applies; command-flags.ts says which. */
  readonly takesFlags: boolean;
}

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

export function isShell(word: string | undefined): word is Shell {
  return SHELLS.some((shell) => shell === word);
}

export const COMMANDS = [
  {
    name: "tail",
    help: "follow the logs of many pods as one stream",
    usage: "klog tail [SELECTOR...] [flags]",
    about:
      "A SELECTOR is a regular expression for pod names, or type/name (deploy/web, svc/api, cronjob/report, node/n1), " +
      "with namespace: and context@ in front where needed. Several are joined by OR, different flags by AND.",
    examples: [
      ["klog tail web", "pods whose name contains web"],
      ["klog tail deploy/web -c app --since 1h", "one workload, one container, the last hour"],
      ["klog tail shop:api pay:deploy/pay -i 'timeout|refused'", "two namespaces, matching lines"],
      ["klog tail -A -l tier=front --level warn+", "every namespace by label, warnings and worse"],
      ["klog tail web --previous --tail -1", "what was said before the last restart"],
      ["klog tail web --no-follow -o json > web.json", "what is there, as JSON"],
      ["klog tail . --source store", "what this machine's agent collects, as it comes"],
    ],
    takesFlags: true,
  },
  {
    name: "search",
    help: "find lines in the store, live pods and log files",
    usage: "klog search [QUERY] [flags]",
    about:
      "A QUERY is words, fields and pipes: docs/query.md tells the language. Without a source by --source it searches this machine's " +
      "store and the cluster, as far as they are there, merged into one timeline.",
    examples: [
      ["klog search 'timeout level:>=error'", "lines with that word, errors and worse"],
      ["klog search 'ns:shop \"connection refused\" -pod:test*' --since 2h", "a phrase, one namespace, not some pods"],
      ["klog search 'status:>=500 | top 5 by pod'", "a table"],
      ["klog search 4bf92f3577b34da6 -C 2", "an id, with the lines around each hit"],
      ["klog search 'level:error' --hist --since today", "when it happened"],
      ["klog search refused --source 'files:/var/log/*.log' --order oldest", "log files"],
      ["klog search 'level:>=warn' -f", "from now on"],
    ],
    takesFlags: true,
  },
  {
    name: "agent",
    help: "collect the logs of this node and keep them",
    usage: "klog agent run|check-config|status|audit|explain [flags]",
    about:
      "The agent reads the log files of a node's containers and hosts through rotation and restarts, and delivers every line to " +
      "its sinks: the embedded store, a file, standard output. docs/agent.md tells how it works and how to deploy it.",
    examples: [
      ["klog agent run", "every container of this node into the embedded store"],
      ["klog agent status", "how it is, and which logs lag"],
      ["klog agent explain web-7d9f", "why a log is or is not collected, and up to where"],
      ["klog help agent run", "its flags"],
    ],
    takesFlags: false,
  },
  {
    name: "agent run",
    help: "run the collector",
    usage: "klog agent run [flags]",
    about:
      "Without any flag it collects /var/log/pods and Docker's json-files into /var/lib/klog/store. SIGTERM drains and ends it, " +
      "SIGHUP and a changed configuration file apply what is different.",
    examples: [
      ["klog agent run", "every container of this node into the embedded store"],
      ["klog agent run --config /etc/klog/agent.yaml", "as the configuration says"],
      ["klog agent run --files '/srv/**/*.log' --sink file:/tmp/all.ndjson", "files of the host into one file"],
      ["klog agent run --pods-dir DIR --state-dir DIR --sink stdout --once", "what is there now, and end"],
      ["klog agent run --limit-cpu 0.4 --limit-memory 200MiB", "kept within limits"],
    ],
    takesFlags: true,
  },
  {
    name: "agent check-config",
    help: "check the agent's configuration and show what it means",
    usage: "klog agent check-config [FILE|DIR] [flags]",
    about:
      "Names every mistake with its line, and ends with 2 if there is one. With -o json it prints the configuration with all defaults.",
    examples: [
      ["klog agent check-config agent.yaml", "before it is rolled out"],
      ["klog agent check-config -o json", "what holds without a configuration"],
    ],
    takesFlags: true,
  },
  {
    name: "agent status",
    help: "show how the agent of this node is",
    usage: "klog agent status [flags]",
    about:
      "Reads the status file in the agent's state directory. Ends with 0 when the agent runs and is well, else with 3.",
    examples: [
      ["klog agent status", "state, sinks, the logs that lag or fail"],
      ["klog agent status -o json", "all of it, for programs"],
    ],
    takesFlags: true,
  },
  {
    name: "agent audit",
    help: "check that no byte was lost",
    usage: "klog agent audit [flags]",
    about:
      "Every byte of a log is delivered, in flight, unread or lost: the sum must be what was seen. Ends with 3 if it is not, or " +
      "if something was lost; then it says what, where and why.",
    examples: [["klog agent audit", "the balance of each pipeline, and the gaps"]],
    takesFlags: true,
  },
  {
    name: "agent explain",
    help: "show why a log is or is not collected, and up to where",
    usage: "klog agent explain NAME... [flags]",
    about:
      "A NAME is a container, a pod, namespace/pod, pod/container, the beginning of a container's id, a file or a directory. What no " +
      "pipeline takes is looked up on disk, with the reason of each pipeline.",
    examples: [
      ["klog agent explain shop/web-7d9f", "the pod's containers, their files and cursors"],
      ["klog agent explain /srv/app/app.log", "a file of the host"],
    ],
    takesFlags: true,
  },
  ...STORE_TABLE,
  ...SETUP_TABLE,
  {
    name: "demo",
    help: "show klog at work on a made-up shop, without a cluster",
    usage: "klog demo [flags]",
    about:
      "A few services write container logs into a temporary folder, with rotation, restarts and an incident; a real agent collects them " +
      "into a real store, and klog's commands are run on it. Nothing is left behind.",
    examples: [
      ["klog demo", "a tour"],
      ["klog demo --stay", "the shop and its agent, to try klog on them"],
    ],
    takesFlags: true,
  },
  {
    name: "completion",
    help: "print the completion script of a shell",
    usage: "klog completion bash|zsh|fish|powershell",
    about:
      "Completion asks the cluster for names while you type, for 300ms (KLOG_COMPLETION_TIMEOUT), and remembers them for " +
      "slow moments.",
    examples: [
      ["source <(klog completion bash)", "in ~/.bashrc"],
      ["source <(klog completion zsh)", "in ~/.zshrc, after compinit"],
      ["klog completion fish > ~/.config/fish/completions/klog.fish", "once"],
      ["klog completion powershell | Out-String | Invoke-Expression", "in $PROFILE"],
    ],
    takesFlags: false,
  },
  {
    name: "help",
    help: "help of a command",
    usage: "klog help [COMMAND]",
    about: "The same as klog COMMAND --help.",
    examples: [["klog help tail", "every flag of klog tail"]],
    takesFlags: false,
  },
] as const satisfies readonly CommandEntry[];

export type CommandName = (typeof COMMANDS)[number]["name"];

export function isCommand(word: string | undefined): word is CommandName {
  return COMMANDS.some(({ name }) => name === word);
}

export function commandEntry(name: CommandName): CommandEntry {
  return COMMANDS.find((command) => command.name === name)!;
}

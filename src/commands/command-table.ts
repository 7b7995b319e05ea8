// The commands there are. The top-level help and completion read only this, so it imports nothing.

export interface CommandEntry {
  readonly name: string;
  readonly help: string;
  readonly usage: string;
  /** Shown above the flags. */
  readonly about: string;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** True where the flag table of flags.ts applies. */
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

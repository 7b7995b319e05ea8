// The config file that `klog config init` writes: every part explained, nothing switched on that klog would not do anyway.

export interface StarterFacts {
  /** Contexts of the kubeconfig, the current one first. */
  readonly contexts: readonly string[];
  /** The store of this machine's agent, if it is there. */
  readonly store: string | undefined;
  /** A stern user's file, whose settings go on to hold. */
  readonly stern: { readonly path: string; readonly text: string } | undefined;
}

/** Ends with a newline. */
export function starterFile({ contexts, store, stern }: StarterFacts): string {
  const context = contexts[0] ?? "prod";
  const others = contexts.length > 1 ? `  # known: ${contexts.slice(0, 8).join(", ")}` : "";
  return `# klog's config file. \`klog config check\` checks it, \`klog config view\` shows what holds and why.
# A key is the name of a flag, without dashes in front (\`klog help tail\`, \`klog help search\`, docs/flags.md).
# What wins is the command line, then KLOG_* variables, then a command's section, then the profile, then the keys out here.
${sternPart(stern)}
# timestamps: short
# timezone: Europe/Berlin
# exclude-namespace: [kube-system]
# level: info+

# Flags of one command only.
# tail:
#   tail: 100
# search:
#   since: 6h

# Flags that go together, under a name: klog tail --profile prod, KLOG_PROFILE=prod, or \`profile: prod\` for always.
# A token is named by its place, never written down here.
# profile: prod
# profiles:
#   prod:
#     context: ${context}${others}
#     token: {file: ~/.config/klog/prod-token}   # or {env: NAME}, {kubernetes: {namespace: NS, name: NAME, key: KEY}}
#   prod-quiet:
#     extends: prod
#     level: warn+

# Places that klog search reads, by name: klog search --source nginx. Without --source it reads all of them, and
# ${store === undefined ? "the store of this machine's agent and the cluster of the kubeconfig, where they are there." : `${store}, the store of this machine's agent, and the cluster of the kubeconfig.`}
# sources:
#   nginx: {files: "/var/log/nginx/*.log"}
#   archive: {store: /srv/klog-archive}
#   live: {pods: {context: ${context}, namespace: shop, selector: app=web}}

# Queries by name: klog search --saved errors.
# queries:
#   errors: 'level:>=error -path:/healthz'
`;
}

function sternPart(stern: StarterFacts["stern"]): string {
  if (stern === undefined) return "";
  return `\n# From ${stern.path}, which klog reads no more now that it has a file of its own.\n${stern.text.trimEnd()}\n`;
}

// The flag that every command has.

export const HELP_FLAG = {
  name: "help",
  letter: "h",
  kind: "boolean",
  group: "General",
  help: "-h prints short help, --help all of it",
  commandLineOnly: true,
} as const;

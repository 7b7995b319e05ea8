import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AGENT_COMMANDS, AGENT_FLAGS, type AgentFlag, agentFlagsOf } from "../../src/commands/agent-flags.ts";
import { COMPLETION_SCRIPTS } from "../../src/commands/completion-scripts.ts";
import { environmentName, FLAG_GROUPS, type Flag } from "../../src/commands/flag.ts";
import { FLAGS } from "../../src/commands/flags.ts";
import { flagsDocument } from "../../src/commands/flags-document.ts";
import { SEARCH_FLAGS } from "../../src/commands/search-flags.ts";

const tail: readonly Flag[] = FLAGS;
const agent: readonly AgentFlag[] = AGENT_FLAGS;
const search: readonly Flag[] = SEARCH_FLAGS;
const all = [...tail, ...search, ...agent];

describe.each([
  ["klog tail", tail],
  ["klog search", search],
  ["klog agent", agent],
] as const)("the flag table of %s", (_, flags) => {
  test("has each name, alias and letter once", () => {
    const names = flags.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(names).toHaveLength(new Set(names).size);
    const letters = flags.flatMap(({ letter }) => letter ?? []);
    expect(letters).toHaveLength(new Set(letters).size);
  });

  test("no name is another switch's --no- form", () => {
    const switches = new Set(flags.filter(({ kind }) => kind === "boolean").map(({ name }) => `no-${name}`));
    expect(flags.filter(({ name }) => switches.has(name))).toEqual([]);
  });

  test("a flag that takes a value says how the value is called", () => {
    expect(flags.filter(({ kind, value }) => (kind === "boolean") !== (value === undefined))).toEqual([]);
  });

  test("help lines are short and end without a full stop", () => {
    expect(flags.filter(({ help }) => help.length > 76 || help.endsWith(".")).map(({ name }) => name)).toEqual([]);
  });

  test("environment names do not collide with klog's own variables", () => {
    const own = [
      "KLOG_CONFIG",
      "KLOG_DEBUG",
      "KLOG_WORD_BREAKS",
      "KLOG_COMPLETION_TIMEOUT",
      "KLOG_HISTORY",
      "KLOG_STORE",
    ];
    const names = flags.filter((flag) => !flag.commandLineOnly && !flag.noVariable).map(environmentName);
    expect(names.filter((name) => own.includes(name))).toEqual([]);
  });
});

describe("the flag tables together", () => {
  test("every group has a flag", () => {
    expect(FLAG_GROUPS.filter((group) => !all.some((flag) => flag.group === group))).toEqual([]);
  });

  test("one letter has one meaning in every command", () => {
    const meanings = new Map(tail.map(({ letter, name }) => [letter, name]));
    for (const { letter, name } of [...search, ...agent])
      if (letter !== undefined) expect(meanings.get(letter)).toBe(name);
  });

  test("a flag of search that the config file may set has the kind that it has for tail", () => {
    const kinds = new Map(tail.map(({ name, kind }) => [name, kind]));
    const shared = search.filter(({ name, commandLineOnly }) => kinds.has(name) && !commandLineOnly);
    expect(shared.filter(({ name, kind }) => kinds.get(name) !== kind)).toEqual([]);
    expect(shared.length).toBeGreaterThan(20);
  });

  test("the agent's flags are of subcommands that exist, and each subcommand has help", () => {
    for (const { of } of agent) expect(of.filter((name) => !AGENT_COMMANDS.includes(name))).toEqual([]);
    for (const name of AGENT_COMMANDS) expect(agentFlagsOf(name).map((flag) => flag.name)).toContain("help");
  });

  test.each([
    ["A", "all-namespaces"],
    ["E", "exclude-container"],
    ["p", "previous"],
    ["B", "before-context"],
    ["C", "context-lines"],
    ["n", "namespace"],
    ["l", "selector"],
    ["c", "container"],
    ["f", "follow"],
    ["s", "since"],
    ["t", "timestamps"],
    ["i", "include"],
    ["e", "exclude"],
    ["H", "highlight"],
    ["o", "output"],
    ["T", "template-file"],
    ["d", "diff-container"],
    ["h", "help"],
  ])("-%s is --%s", (letter, name) => {
    expect(tail.find((flag) => flag.letter === letter)?.name).toBe(name);
  });
});

describe("what is generated from it", () => {
  const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

  test("docs/flags.md is current (npm run generate)", () => {
    expect(file("docs/flags.md")).toBe(flagsDocument());
  });

  test.each(Object.values(COMPLETION_SCRIPTS))("completions/$file is current (npm run generate)", (script) => {
    expect(file(`completions/${script.file}`)).toBe(script.text);
  });
});

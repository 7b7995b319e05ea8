import { describe, expect, test } from "vitest";
import { COMMANDS, commandEntry } from "../../src/commands/command-table.ts";
import { FLAGS } from "../../src/commands/flags.ts";
import { commandHelp, overview, usage } from "../../src/commands/help.ts";

const tail = (form: "short" | "long" | "hidden", columns = 100) =>
  commandHelp(commandEntry("tail"), FLAGS, form, columns);

describe("help", () => {
  test("the overview names every command and the exit codes", () => {
    const text = overview("1.2.3");
    expect(text).toContain("klog 1.2.3");
    for (const { name, help } of COMMANDS.filter((command) => !command.name.includes(" ")))
      expect(text).toMatch(new RegExp(`^  ${name} +${help}$`, "m"));
    expect(text).toMatch(/^ {2}130 +interrupted$/m);
  });

  test("long help shows every flag that is not hidden, in its group", () => {
    const text = tail("long");
    for (const { name, ...flag } of FLAGS) {
      const shown = new RegExp(`--(\\[no-\\])?${name}[ =[\\n]`).test(text);
      expect([name, shown]).toEqual([name, !("hidden" in flag)]);
    }
    expect(text.indexOf("Choosing sources:")).toBeLessThan(text.indexOf("--namespace"));
    expect(text.indexOf("--namespace")).toBeLessThan(text.indexOf("Window:"));
  });

  test("the hidden form shows the connection flags too", () => {
    expect(tail("hidden")).toContain("--certificate-authority FILE");
  });

  test("short help has one entry a flag, without details", () => {
    expect(tail("short")).toContain("--since TIME");
    expect(tail("short")).not.toContain("counted on the node's clock");
    expect(tail("short").length).toBeLessThan(tail("long").length);
  });

  test("says what without a value means, and how a switch is turned off", () => {
    expect(tail("short")).toMatch(/--\[no-\]follow .*\n? .*default: true/);
    expect(tail("short")).toMatch(/-t, --timestamps\[=STYLE\]/);
    expect(tail("long")).toContain("--max-log-requests is max-log-requests and KLOG_MAX_LOG_REQUESTS");
  });

  test("no line is wider than the terminal", () => {
    for (const columns of [80, 100]) {
      const flagLines = tail("long", columns)
        .split("\n")
        .filter((line) => line.startsWith(" ".repeat(34)) || /^ {2}(-.,| {4})? ?--/.test(line));
      expect(flagLines.length).toBeGreaterThan(80);
      expect(flagLines.filter((line) => line.length > columns)).toEqual([]);
    }
  });

  test("every command has usage with examples", () => {
    for (const { name } of COMMANDS) {
      const text = usage(commandEntry(name));
      expect(text.startsWith(`Usage: klog ${name}`)).toBe(true);
      expect(text).toMatch(/^Examples:\n {2}\S/m);
    }
  });
});

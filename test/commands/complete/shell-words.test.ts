import { describe, expect, test } from "vitest";
import type { Shell } from "../../../src/commands/command-table.ts";
import type { Candidate } from "../../../src/commands/complete/request.ts";
import { answerText, typedLine } from "../../../src/commands/complete/shell-words.ts";

const BREAKS = " \t\n\"'@><=;|&(:";

describe("what bash hands over", () => {
  test.each([
    ["klog ", [""]],
    ["klog", []],
    ["klog tail we", ["tail", "we"]],
    ["klog  tail   we ", ["tail", "we", ""]],
    ["klog tail prod\\ eu", ["tail", "prod eu"]],
    ['klog tail "prod eu" x', ["tail", "prod eu", "x"]],
    ["klog tail 'a\\b", ["tail", "a\\b"]],
    ['klog tail "a\\"b\\c', ["tail", 'a"b\\c']],
    ["klog tail a'b c'd", ["tail", "ab cd"]],
    ["klog tail $(touch x) `y`", ["tail", "$(touch", "x)", "`y`"]],
    ["klog tail ''", ["tail", ""]],
    ["klog tail x\\", ["tail", "x"]],
  ])("%j are the words %j", (line, words) => {
    expect(typedLine("bash", [line], BREAKS).words).toEqual(words);
  });

  test.each([
    ["klog tail --context=pr", "--context="],
    ["klog tail shop:deploy/w", "shop:"],
    ["klog tail eu@shop:w", "eu@shop:"],
    ["klog tail a\\:b", ""],
    ['klog tail --context="prod e', "--context="],
    ["klog tail --context='a:b", "--context="],
    ["klog tail x: y", ""],
  ])("of %j readline keeps %j", (line, kept) => {
    expect(typedLine("bash", [line], BREAKS).kept).toBe(kept);
  });

  test("what breaks words is what the shell says", () => {
    expect(typedLine("bash", ["klog tail shop:w"], " =").kept).toBe("");
  });
});

describe("what the other shells hand over", () => {
  test("zsh has removed the quotes", () => {
    expect(typedLine("zsh", ["tail", "it's"], "").words).toEqual(["tail", "it's"]);
    expect(typedLine("zsh", [], "").words).toEqual([""]);
  });

  test("fish leaves those of the last word", () => {
    expect(typedLine("fish", ["tail", "a\\b", "prod\\ e"], "").words).toEqual(["tail", "a\\b", "prod e"]);
    expect(typedLine("fish", ["tail", "'prod e"], "").words).toEqual(["tail", "prod e"]);
    expect(typedLine("fish", ["tail", ""], "").words).toEqual(["tail", ""]);
  });

  test.each([
    ["''", ""],
    ["'it''s'", "it's"],
    ['"say `"hi`" $x"', 'say "hi" $x'],
    ["a` b", "a b"],
    ["plain", "plain"],
  ])("PowerShell's %s is %j", (given, word) => {
    expect(typedLine("powershell", ["tail", given], "").words).toEqual(["tail", word]);
  });
});

function answer(shell: Shell, line: string, ...candidates: Candidate[]): string[] {
  const typed = typedLine(shell, shell === "bash" ? [line] : line.split(" ").slice(1), BREAKS);
  return answerText(shell, { files: false, candidates }, typed).split("\n").slice(1, -1);
}

describe("what goes back", () => {
  const plain = { value: "web", description: "current" };
  const odd = { value: "--context=a b$(x);'q':=" };
  const open = { value: "deploy/", open: true };

  test("bash gets escaped words, a space behind those that are done", () => {
    expect(answer("bash", "klog tail w", plain, open)).toEqual(["web ", "deploy/"]);
    expect(answer("bash", "klog tail --context=a", odd)).toEqual(["a\\ b\\$\\(x\\)\\;\\'q\\':= "]);
    expect(answer("bash", "klog tail ", { value: "münchen" }, { value: "~x" })).toEqual(["münchen ", "\\~x "]);
  });

  test("inside quotes bash gets the rest as it stands there", () => {
    expect(answer("bash", 'klog tail "a', { value: 'a b"c$d' })).toEqual(['a b\\"c\\$d']);
    expect(answer("bash", "klog tail 'a", { value: "a b$c" }, { value: "a'b" })).toEqual(["a b$c"]);
  });

  test("zsh gets open or done, value and description", () => {
    expect(answer("zsh", "klog tail w", plain, open)).toEqual(["done\tweb\tcurrent", "open\tdeploy/\t"]);
  });

  test("fish gets value and description", () => {
    expect(answer("fish", "klog tail w", plain, open)).toEqual(["web\tcurrent", "deploy/"]);
  });

  test("PowerShell gets the text to insert, quoted where needed, beside the name", () => {
    expect(answer("powershell", "klog tail w", plain, { value: "it's b" })).toEqual([
      "web\tweb\tcurrent",
      "'it''s b'\tit's b\t",
    ]);
  });

  test("names with control characters are left out, descriptions are cleaned", () => {
    const bad = [{ value: "a\nb" }, { value: "a\u001b[2Jb" }, { value: "a\u202eb" }];
    expect(answer("fish", "klog tail ", ...bad, { value: "c", description: "x\ty\nz" })).toEqual(["c\tx y z"]);
  });

  test("the first line says who completes: the words here, or the shell its files", () => {
    const typed = typedLine("zsh", ["tail"], "");
    expect(answerText("zsh", { files: true, candidates: [] }, typed)).toBe("files\n");
    expect(answerText("zsh", { files: false, candidates: [] }, typed)).toBe("words\n");
  });
});

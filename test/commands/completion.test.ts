import { expect, test } from "vitest";
import { completionScript } from "../../src/commands/completion.ts";

test.each([
  ["bash", /^complete -o nospace -F _klog klog$/m],
  ["zsh", /^#compdef klog\n/],
  ["fish", /^complete -c klog /m],
  ["powershell", /^Register-ArgumentCompleter -Native -CommandName klog /m],
])("prints the script of %s", (shell, line) => {
  expect(completionScript([shell])).toMatch(line);
});

test.each(["bash", "zsh", "fish", "powershell"])("the script of %s evaluates nothing", (shell) => {
  const code = completionScript([shell]).replace(/^#.*$/gm, "");
  expect(code).not.toMatch(/\beval\b|Invoke-Expression|\biex\b|\bsource\b/);
});

test.each([
  [[], "klog completion needs the name of a shell", "write `klog completion bash|zsh|fish|powershell`"],
  [["bahs"], 'there is no completion for "bahs"', "did you mean bash?"],
  [
    ["bash", "zsh"],
    "klog completion takes one shell, not also zsh",
    "write `klog completion bash|zsh|fish|powershell`",
  ],
])("%j is a slip", (words, message, hint) => {
  expect(() => completionScript(words)).toThrow(expect.objectContaining({ code: "USAGE", message, hint }));
});

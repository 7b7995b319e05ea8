import { describe, expect, test } from "vitest";
import { scanWords } from "../../src/commands/argv.ts";
import { FLAGS } from "../../src/commands/flags.ts";

function scan(...words: string[]) {
  const { uses, positionals, unknown, open, detached } = scanWords(words, FLAGS);
  return {
    flags: uses.map(({ flag, value }) => `${flag.name}=${value}`),
    positionals,
    ...(unknown.length > 0 ? { unknown } : {}),
    ...(open === undefined ? {} : { open: open.spelled }),
    ...(detached === undefined ? {} : { detached }),
  };
}

describe("the words of a command line", () => {
  test.each([
    [["-n", "shop"], ["namespace=shop"]],
    [["-nshop"], ["namespace=shop"]],
    [["-n=shop"], ["namespace=shop"]],
    [["--namespace=shop"], ["namespace=shop"]],
    [["--namespace", "shop"], ["namespace=shop"]],
    [["-Af"], ["all-namespaces=true", "follow=true"]],
    [["-Anshop"], ["all-namespaces=true", "namespace=shop"]],
    [["--no-follow"], ["follow=false"]],
    [["--no-follow=false"], ["follow=true"]],
    [["--init-containers=false"], ["init-containers=false"]],
    [["--no-init-containers"], ["init-containers=false"]],
    [["--tail", "-1"], ["tail=-1"]],
    [["--tail=-1"], ["tail=-1"]],
    [["-t"], ["timestamps=default"]],
    [["-t=short"], ["timestamps=short"]],
    [["-tA"], ["timestamps=default", "all-namespaces=true"]],
    [["--timestamps=%H:%M=%S"], ["timestamps=%H:%M=%S"]],
    [["-i", "-t"], ["include=-t"]],
    [["--all_namespaces"], ["all-namespaces=true"]],
    [
      ["--from", "1h", "--to=5m"],
      ["since-time=1h", "until=5m"],
    ],
    [["--pod-running-timeout", "20s"], ["wait-timeout=20s"]],
    [["--context="], ["context="]],
  ])("%j is %j", (words, flags) => {
    expect(scan(...words)).toEqual({ flags, positionals: [] });
  });

  test("a bare -t does not swallow the selector behind it", () => {
    expect(scan("-t", "web", "--prefix", "api")).toEqual({
      flags: ["timestamps=default", "prefix=full"],
      positionals: ["web", "api"],
    });
  });

  test("a word behind a bare -t that could be its value is pointed out", () => {
    expect(scan("-t", "short")).toMatchObject({ detached: { spelled: "-t", word: "short" } });
    expect(scan("web", "--prefix", "none")).toMatchObject({ detached: { spelled: "--prefix", word: "none" } });
    expect(scan("-t=short", "short").detached).toBeUndefined();
  });

  test("flags and selectors may be mixed, and behind -- nothing is a flag", () => {
    expect(scan("web", "-n", "shop", "deploy/api", "--", "-t", "--x")).toEqual({
      flags: ["namespace=shop"],
      positionals: ["web", "deploy/api", "-t", "--x"],
    });
  });

  test("a single dash is a positional: standard input", () => {
    expect(scan("-").positionals).toEqual(["-"]);
  });

  test("unknown flags are named as they were written", () => {
    expect(scan("--namspace=x", "-Ay").unknown).toEqual(["--namspace", "-y"]);
    expect(scan("--no-namespace").unknown).toEqual(["--no-namespace"]);
  });

  test("a flag at the end without its value is told", () => {
    expect(scan("web", "-n").open).toBe("-n");
    expect(scan("web", "-An").open).toBe("-n");
  });
});

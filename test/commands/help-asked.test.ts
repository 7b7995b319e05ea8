import { describe, expect, test } from "vitest";
import { helpAsked } from "../../src/commands/help-asked.ts";

describe("asking for help", () => {
  test.each([
    [["-h"], "short"],
    [["web", "--help"], "long"],
    [["web", "-Ah"], "short"],
    [["-h", "--show-hidden-options"], "hidden"],
    [["web"], undefined],
    [["--", "--help"], undefined],
    [["-i", "--help"], undefined],
  ])("tail %j asks for %s help", (words, form) => {
    expect(helpAsked(["tail", ...words])).toEqual(form === undefined ? undefined : { topic: "tail", form });
  });

  test.each([
    [["agent", "--help"], { topic: "agent", form: "long" }],
    [["agent", "run", "-h"], { topic: "agent run", form: "short" }],
    [["agent", "run", "--sink", "stdout", "--help"], { topic: "agent run", form: "long" }],
    [["agent", "run", "--sink", "--help"], undefined],
    [["agent", "rnu", "--help"], { topic: "agent", form: "long" }],
  ])("%j", (words, asked) => {
    expect(helpAsked(words)).toEqual(asked);
  });
});

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
  ])("%j asks for %s help", (words, form) => {
    expect(helpAsked(words)).toBe(form);
  });
});

import { expect, test } from "vitest";
import { errorText } from "../../src/query/error-text.ts";
import { QueryError } from "../../src/query/query-error.ts";

function shown(query: string, position: number, width?: number): string[] {
  const error = new QueryError(query, { position, problem: "wrong", expected: "x", hint: "do y" });
  return errorText(error, width).split("\n");
}

test("the caret stands under the place, with the message above and the hint below", () => {
  expect(shown("a | b", 4)).toEqual(["query, character 5: wrong; expected x", "  a | b", "      ^", "  do y"]);
});

test("wide characters take two columns, marks none, tabs and escapes one", () => {
  expect(shown("支付 (x", 3).slice(1, 3)).toEqual(["  支付 (x", "       ^"]);
  expect(shown("e\u0301🚀(", 4).slice(1, 3)).toEqual(["  e\u0301🚀(", "     ^"]);
  expect(shown("a\t\n\u001b[31m(", 8).slice(1, 3)).toEqual(["  a  ·[31m(", "          ^"]);
});

test("characters are counted, not halves of them", () => {
  expect(shown("🚀 (", 3)[0]).toBe("query, character 3: wrong; expected x");
});

test.each([0, 10, 250, 499, 500])("a long query is cut around position %i", (position) => {
  const query = Array.from({ length: 500 }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
  const [, line, caret] = shown(query, position, 60);
  expect(line!.length).toBeLessThanOrEqual(60);
  expect(caret!.length).toBeLessThanOrEqual(60);
  expect(line![caret!.length - 1] ?? "").toBe(query[position] ?? "");
});

test("a long query of wide characters is cut by columns", () => {
  const [, line, caret] = shown("支".repeat(300), 150, 40);
  expect([...line!].reduce((width, c) => width + (c === "支" ? 2 : 1), 0)).toBeLessThanOrEqual(40);
  expect((caret!.length - 4) % 2).toBe(0);
});

import { expect, test } from "vitest";
import { type Entry, LineWindow } from "../../../src/sources/merge/line-window.ts";
import { line, textOf } from "./scripted-source.ts";

const T = 1_790_000_000_000;

test("lines that an event took in leave nothing behind", () => {
  const window = new LineWindow({ sourceNames: ["a", "b"], order: "oldest", dedupe: true, remember: true });
  const out: Entry[] = [];
  const further = [1, 2, 3].map((i) => line(T + 10 * i, ` at ${i}`));
  window.push(line(T, "boom", { rest: further }), 0, 0);
  [line(T, "boom"), ...further].forEach((one, serial) => {
    window.push(one, 1, serial);
  });
  window.release(undefined, out, 9);
  expect(out.map((entry) => textOf(entry.line))).toEqual(["boom"]);
  // What leaks shows nowhere else.
  expect(window["moments"].size).toBe(0);
});

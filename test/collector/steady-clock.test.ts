import { expect, test } from "vitest";
import { steadyClock } from "../../src/collector/steady-clock.ts";

test("time goes on from where it was when the wall clock is set back, and with it when it is set forward", () => {
  let wall = 1000;
  const steady = steadyClock(() => wall);
  const times = [1000, 1010, 400, 410, 2000, 100, 101].map((time) => {
    wall = time;
    return steady();
  });
  expect(times).toEqual([1000, 1010, 1010, 1020, 2610, 2610, 2611]);
});

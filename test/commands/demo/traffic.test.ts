import { describe, expect, test } from "vitest";
import { CHECKOUT, PAYMENT } from "../../../src/commands/demo/shop.ts";
import { Traffic } from "../../../src/commands/demo/traffic.ts";

const FROM = Date.UTC(2026, 10, 21, 10);
const INCIDENT = { from: FROM + 60_000, to: FROM + 120_000 };

function traffic(): Traffic {
  return new Traffic({ seed: 1, from: FROM, incident: INCIDENT, perSecond: 10 });
}

describe("the demo's traffic", () => {
  test("comes in the order of time, and in pieces it is what it is as a whole", () => {
    const whole = traffic().until(FROM + 180_000);
    const pieces = traffic();
    const joined = Array.from({ length: 1800 }, (_, i) => pieces.until(FROM + (i + 1) * 100)).flat();
    expect(joined.length).toBe(whole.length);
    expect(joined.map(({ at }) => at)).toEqual(whole.map(({ at }) => at));
    expect(whole.every(({ at }, i) => i === 0 || at >= whole[i - 1]!.at)).toBe(true);
  });

  test("fails payments in the incident, with a trace id that the checkout has too", () => {
    const entries = traffic().until(FROM + 200_000);
    const failed = entries.filter(({ container, stream }) => container === PAYMENT && stream === "stderr");
    expect(failed.length).toBeGreaterThan(10);
    expect(failed.every(({ lines }) => lines[1] === "java.net.SocketTimeoutException: Read timed out")).toBe(true);
    const trace = /trace=(\w+)/.exec(failed[0]!.lines[0]!)![1]!;
    const same = entries.filter(({ container, lines }) => container === CHECKOUT && lines[0]!.includes(trace));
    expect(same.length).toBe(2);
  });

  test("has lines that are what their format says", () => {
    for (const { container, lines } of traffic().until(FROM + 180_000)) {
      if (container === CHECKOUT) expect(() => JSON.parse(lines[0]!)).not.toThrow();
    }
  });
});

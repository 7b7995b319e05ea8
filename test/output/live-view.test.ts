import { expect, test } from "vitest";
import { LiveView } from "../../src/output/live-view.ts";

/** A view on a screen of its own: `lines` is what it shows now. */
function makeView(rows = 10) {
  const screen = { lines: ["before"] as string[], draws: 0 };
  let now = 0;
  let drawMs = 0;
  let shown: string[] = [];
  const timers: { at: number; callback: () => void }[] = [];
  const view = new LiveView({
    write: (text) => {
      const up = /^\x1b\[(\d+)A\r\x1b\[J/.exec(text);
      if (up !== null) screen.lines.splice(screen.lines.length - Number(up[1]));
      screen.lines.push(
        ...text
          .slice(up?.[0].length ?? 0)
          .split("\n")
          .slice(0, -1),
      );
    },
    size: () => ({ columns: 80, rows }),
    timer: (ms, callback) => {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => timers.splice(timers.indexOf(timer), 1);
    },
    monotonic: () => now,
    draw: () => {
      screen.draws++;
      now += drawMs;
      return shown;
    },
  });
  return {
    view,
    screen,
    show: (...lines: string[]) => {
      shown = lines;
      view.changed();
    },
    drawingTakes: (ms: number) => {
      drawMs = ms;
    },
    pass: (ms: number) => {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.callback();
      }
    },
  };
}

test("what changed is drawn over what was there, four times a second at most", () => {
  const { view, screen, show, pass } = makeView();
  show("a", "b");
  expect(screen.lines).toEqual(["before", "a", "b"]);
  show("c");
  show("d");
  expect(screen.draws).toBe(1);
  pass(249);
  expect(screen.draws).toBe(1);
  pass(1);
  expect(screen.lines).toEqual(["before", "d"]);
  expect(screen.draws).toBe(2);
  pass(1000);
  expect(screen.draws).toBe(2);
  show("e", "f");
  expect(screen.lines).toEqual(["before", "e", "f"]);
  view.end();
  expect(screen.lines).toEqual(["before"]);
});

test("nothing is drawn after the end", () => {
  const { view, screen, show, pass } = makeView();
  show("a");
  show("b");
  view.end();
  show("c");
  pass(1000);
  expect(screen.lines).toEqual(["before"]);
});

test("a drawing never scrolls the terminal", () => {
  const { screen, show } = makeView(4);
  show("1", "2", "3", "4", "5");
  expect(screen.lines).toEqual(["before", "1", "2", "3"]);
});

test("drawings that take long come less often", () => {
  const { screen, show, pass, drawingTakes } = makeView();
  drawingTakes(200);
  show("a");
  show("b");
  pass(999);
  expect(screen.draws).toBe(1);
  pass(1);
  expect(screen.draws).toBe(2);
});

import { describe, expect, test } from "vitest";
import { type ColorSituation, colorLevel } from "../../src/output/color-level.ts";
import { WorkloadColors } from "../../src/output/colors.ts";
import { createStyles, customSlots, type ThemeName } from "../../src/output/theme.ts";
import type { Origin } from "../../src/record/log-line.ts";
import { makeOrigin } from "./make-line.ts";

function makeColors(slots = 3, shades = 2): WorkloadColors {
  const pair = (name: string) => ({ pod: { open: name, close: "" }, container: { open: `${name}c`, close: "" } });
  return new WorkloadColors({
    slots: Array.from({ length: slots }, (_, s) => Array.from({ length: shades }, (_, i) => pair(`${s}.${i}`))),
    diffContainer: false,
  });
}

function podOf(workload: string, podUid = `${workload}-1`): Origin {
  return makeOrigin({ workload, podUid, pod: podUid });
}

describe("colours of workloads", () => {
  test("no two live workloads are alike while slots last", () => {
    const colors = makeColors();
    expect(["a", "b", "c", "a"].map((w) => colors.of(podOf(w)).pod.open)).toEqual(["0.0", "1.0", "2.0", "0.0"]);
  });

  test("workloads of one name in two namespaces or clusters are two", () => {
    const colors = makeColors();
    const names = [{}, { namespace: "other" }, { cluster: "other" }].map((c) => colors.of(makeOrigin(c)).pod.open);
    expect(new Set(names).size).toBe(3);
  });

  test("pods of one workload differ in shade, containers of a pod do not", () => {
    const colors = makeColors();
    const [one, two] = [podOf("a", "a-1"), podOf("a", "a-2")];
    expect(colors.of(one).pod.open).toBe("0.0");
    expect(colors.of(two).pod.open).toBe("0.1");
    expect(colors.of({ ...one, container: "sidecar" }).pod.open).toBe("0.0");
    expect(colors.of(podOf("a", "a-3")).pod.open).toBe("0.0");
  });

  test("a slot is free when the last pod of its workload is gone, and goes to whoever waits longest", () => {
    const colors = makeColors();
    for (const workload of ["a", "b", "c"]) colors.of(podOf(workload));
    colors.release(podOf("c"));
    colors.release(podOf("b"));
    expect(colors.of(podOf("d")).pod.open).toBe("2.0");
    expect(colors.of(podOf("e")).pod.open).toBe("1.0");
  });

  test("a workload keeps its slot while it has other pods, and finds it again after a break", () => {
    const colors = makeColors();
    colors.of(podOf("a", "a-1"));
    colors.of(podOf("a", "a-2"));
    colors.release(podOf("a", "a-1"));
    expect(colors.of(podOf("b")).pod.open).toBe("1.0");
    colors.release(podOf("a", "a-2"));
    colors.release(podOf("b"));
    expect(colors.of(podOf("b", "b-2")).pod.open).toBe("1.0");
    expect(colors.of(podOf("a", "a-3")).pod.open).toBe("0.0");
  });

  test("with more workloads than slots the least crowded one is shared", () => {
    const colors = makeColors(2);
    for (const workload of ["a", "b"]) colors.of(podOf(workload));
    expect(["c", "d", "e"].map((w) => colors.of(podOf(w)).pod.open[0])).toEqual(["0", "1", "0"]);
  });

  test("--pod-colors and --container-colors are used as stern uses them", () => {
    const slots = customSlots(["91", "38;2;255;97;136"], ["31", "32;1"]);
    const colors = new WorkloadColors({ slots, diffContainer: false });
    colors.of(podOf("a"));
    expect(colors.of(podOf("b"))).toEqual({
      pod: { open: "\x1b[38;2;255;97;136m", close: "\x1b[0m" },
      container: { open: "\x1b[32;1m", close: "\x1b[0m" },
    });
  });

  test("--diff-container colours containers by their own name", () => {
    const slots = customSlots(["1", "2", "3", "4", "5", "6"], []);
    const colors = new WorkloadColors({ slots, diffContainer: true });
    const paint = (container: string) => colors.of(makeOrigin({ container })).container.open;
    expect(paint("container1")).toBe(paint("container1"));
    expect(new Set(["app", "proxy", "init", "db", "cache"].map(paint)).size).toBeGreaterThan(1);
  });
});

describe("themes", () => {
  const themes: ThemeName[] = ["dark", "light", "colour-blind"];
  const levels = [1, 2, 3] as const;

  test.each(themes.flatMap((theme) => levels.map((level) => [theme, level] as const)))(
    "%s with colour level %i gives every slot a colour of its own",
    (theme, level) => {
      const { slots } = createStyles(theme, level);
      const colours = slots.map((shades) => new Set(shades.map((shade) => shade.pod.open)));
      expect(slots.length).toBeGreaterThanOrEqual(4);
      for (const [i, one] of colours.entries()) {
        for (const other of colours.slice(i + 1)) expect([...one].filter((colour) => other.has(colour))).toEqual([]);
      }
    },
  );

  test("none leaves names alone and keeps what has a meaning", () => {
    const styles = createStyles("none", 3);
    expect(styles.slots).toEqual([]);
    expect(styles.error.open).not.toBe("");
  });

  test("without colours there is not one code", () => {
    expect(JSON.stringify(createStyles("dark", 0))).not.toContain("u001b");
  });
});

describe("how many colours", () => {
  const level = (changes: Partial<ColorSituation>) =>
    colorLevel({ choice: "auto", env: {}, isTerminal: true, detected: 2, ...changes });

  test("auto: what the terminal has, none in a pipe", () => {
    expect(level({})).toBe(2);
    expect(level({ isTerminal: false })).toBe(0);
  });

  test("NO_COLOR means none, unless it is empty or FORCE_COLOR is there too", () => {
    expect(level({ env: { NO_COLOR: "1" } })).toBe(0);
    expect(level({ env: { NO_COLOR: "" } })).toBe(2);
    expect(level({ env: { NO_COLOR: "1", FORCE_COLOR: "3" } })).toBe(3);
  });

  test("FORCE_COLOR colours a pipe too, FORCE_COLOR=0 nothing", () => {
    expect(level({ isTerminal: false, detected: 0, env: { FORCE_COLOR: "" } })).toBe(1);
    expect(level({ env: { FORCE_COLOR: "0" } })).toBe(0);
  });

  test("--color goes before the environment", () => {
    expect(level({ choice: "never", env: { FORCE_COLOR: "3" } })).toBe(0);
    expect(
      level({ choice: "always", isTerminal: false, detected: 0, env: { NO_COLOR: "1", COLORTERM: "truecolor" } }),
    ).toBe(3);
    expect(level({ choice: "always", isTerminal: false, detected: 0, env: { TERM: "xterm-256color" } })).toBe(2);
  });
});

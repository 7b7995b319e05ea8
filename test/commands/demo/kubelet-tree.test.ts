import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KubeletTree } from "../../../src/commands/demo/kubelet-tree.ts";
import { CHECKOUT, type DemoEntry, REPORT } from "../../../src/commands/demo/shop.ts";

const AT = Date.UTC(2026, 10, 21, 10);
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "klog-tree-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function entry(changes: Partial<DemoEntry>): DemoEntry {
  return { container: CHECKOUT, at: AT, stream: "stdout", lines: ["hello"], ...changes };
}

function filesOf(container: typeof CHECKOUT): Map<string, string> {
  const folder = join(root, `${container.namespace}_${container.pod}_${container.uid}`, container.container);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

describe("the demo's tree of logs", () => {
  test("holds CRI lines whose stamps never repeat", () => {
    const tree = new KubeletTree(root, 1 << 20);
    tree.write([entry({ lines: ["a", "b"] }), entry({ stream: "stderr", lines: ["c"] })]);
    tree.close();
    expect([...filesOf(CHECKOUT)]).toEqual([
      [
        "0.log",
        "2026-11-21T10:00:00.000000000Z stdout F a\n2026-11-21T10:00:00.000001000Z stdout F b\n2026-11-21T10:00:00.000002000Z stderr F c\n",
      ],
    ]);
  });

  test("splits a line of more than 16 KiB into parts", () => {
    const tree = new KubeletTree(root, 1 << 20);
    tree.write([entry({ lines: ["x".repeat(40_000)] })]);
    tree.close();
    const lines = filesOf(CHECKOUT).get("0.log")!.trimEnd().split("\n");
    expect(lines.map((line) => [line.slice(38, 39), line.length - 40])).toEqual([
      ["P", 16_384],
      ["P", 16_384],
      ["F", 7232],
    ]);
  });

  test("rotates by rename and loses no line", () => {
    const tree = new KubeletTree(root, 2000);
    for (let i = 0; i < 100; i++) tree.write([entry({ at: AT + i, lines: [`line ${i}`] })]);
    tree.close();
    const files = filesOf(CHECKOUT);
    expect(files.size).toBe(tree.rotations + 1);
    const all = [...files].sort(([a], [b]) => (a === "0.log" ? 1 : b === "0.log" ? -1 : a < b ? -1 : 1));
    const numbers = all.flatMap(([, text]) => text.trimEnd().split("\n")).map((line) => Number(line.split(" ").at(-1)));
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(all.slice(0, -1).every(([name]) => /^0\.log\.\d{8}-\d{6}$/.test(name))).toBe(true);
  });

  test("starts the next instance's file when a container dies", () => {
    const tree = new KubeletTree(root, 1 << 20);
    tree.write([
      entry({ container: REPORT, lines: ["last words"], dies: true }),
      entry({ container: REPORT, at: AT + 1, lines: ["again"] }),
    ]);
    tree.close();
    const files = filesOf(REPORT);
    expect([...files.keys()].sort()).toEqual(["0.log", "1.log"]);
    expect(files.get("1.log")).toContain("again");
  });
});

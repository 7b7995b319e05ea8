import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutToWidth, displayWidth } from "../../src/output/display-width.ts";
import { rowFormat, type TableFormat, type TableOutputOptions, tableText } from "../../src/output/table-output.ts";
import { createStyles } from "../../src/output/theme.ts";
import type { Row, Table } from "../../src/query/pipes/table.ts";

const options: TableOutputOptions = {
  format: "text",
  zone: "UTC",
  isTerminal: false,
  width: 80,
  styles: createStyles("dark", 0),
};

const AT = { sec: 1_795_255_200, nsec: 0 };

const table: Table = {
  columns: [
    { name: "pod", kind: "text" },
    { name: "level", kind: "level" },
    { name: "time", kind: "time" },
    { name: "count", kind: "number" },
    { name: "share", kind: "number", isShare: true },
  ],
  rows: [
    ["web-1", "error", AT, 12, 0.75],
    [undefined, undefined, undefined, undefined, 0.0001],
    ["日本語", "info", { ...AT, nsec: 5 }, 1234.56789, 0.2499],
  ],
  notes: [],
};

function print(changes: Partial<TableOutputOptions> = {}, of: Table = table): string {
  return [...tableText(of, { ...options, ...changes })].join("");
}

function textTable(...rows: string[][]): Table {
  return { columns: rows[0]!.map((_, i) => ({ name: `c${i}`, kind: "text" })), rows, notes: [] };
}

describe("text", () => {
  test("is aligned, numbers to the right, wide letters as wide as they are", () => {
    expect(print().split("\n")).toEqual([
      "pod     level   time                   count   share",
      "web-1   error   2026-11-21 10:00:00       12  75.0 %",
      "(none)  (none)  -                          -  <0.1 %",
      "日本語  info    2026-11-21 10:00:00  1234.57  25.0 %",
      "",
    ]);
  });

  test("is cut on a terminal only, the longest text first, numbers never", () => {
    const long = textTable(["a".repeat(60), "b".repeat(20), "short"]);
    expect(print({ isTerminal: true, width: 40 }, long).split("\n")[1]).toBe(
      `${"a".repeat(14)}…  ${"b".repeat(15)}…  short`,
    );
    expect(print({}, long)).toContain("a".repeat(60));
  });

  test("fits the terminal whatever stands in it", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 50 }),
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.constant("語".repeat(30)),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 40, max: 90 }),
        (rows, width) => {
          const lines = print({ isTerminal: true, width }, textTable(...rows)).split("\n");
          expect(lines.length).toBe(rows.length + 2);
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("has a row on one line and no control bytes", () => {
    const nasty = textTable(["a\nb\tc", "\x1b[2Jx\x07", "\u202eabc"]);
    expect(print({}, nasty).split("\n")[1]).toBe("a b c  x   abc");
  });

  test("shows offsets where a column's times have several", () => {
    const winter: Table = {
      columns: [{ name: "time", kind: "time" }],
      rows: [[{ sec: 1_792_886_400, nsec: 0 }], [{ sec: 1_792_890_000, nsec: 0 }]],
      notes: [],
    };
    expect(print({ zone: "Europe/Berlin" }, winter).split("\n").slice(1, 3)).toEqual([
      "2026-10-25 02:00:00+02:00",
      "2026-10-25 02:00:00+01:00",
    ]);
  });

  test("puts a level in its colour and an example below its row", () => {
    const patterns: Table = {
      columns: [
        { name: "level", kind: "level" },
        { name: "pattern", kind: "text" },
        { name: "example", kind: "text", isBelow: true },
      ],
      rows: [["error", "took <dur>", "took 5ms"]],
      notes: [],
    };
    const styles = createStyles("dark", 1);
    expect(print({ styles }, patterns).split("\n").slice(1)).toEqual([
      `${styles.levels.error.open}error${styles.levels.error.close}  took <dur>`,
      `    ${styles.dim.open}took 5ms${styles.dim.close}`,
      "",
    ]);
  });
});

test("a long text stands in its row where there is room, else below it", () => {
  const patterns: Table = {
    columns: [
      { name: "count", kind: "number" },
      { name: "levels", kind: "text" },
      { name: "pattern", kind: "text", isLong: true },
      { name: "example", kind: "text", isBelow: true },
    ],
    rows: [[7, "error 5, info 2", `a${" b".repeat(25)}`, "example"]],
    notes: [],
  };
  const lines = (width: number) => print({ isTerminal: true, width }, patterns).split("\n");
  expect(lines(100)).toEqual([
    "count  levels           pattern",
    `    7  error 5, info 2  a${" b".repeat(25)}`,
    "    example",
    "",
  ]);
  expect(lines(60)).toEqual(["count  levels", "    7  error 5, info 2", `  a${" b".repeat(25)}`, "    example", ""]);
});

test("exact times have milliseconds, and a growing table is as wide as its zone asks", () => {
  const columns = [
    { name: "ts", kind: "time", isExact: true },
    { name: "pod", kind: "text" },
  ] as const;
  const { head, row } = rowFormat(columns, options);
  expect(head + row([{ ...AT, nsec: 5_999_999 }, "web"])).toBe(
    "ts                        pod\n2026-11-21 10:00:00.005Z  web\n",
  );
});

describe("for programs", () => {
  test("csv is RFC 4180, what is missing is empty", () => {
    expect(print({ format: "csv" })).toBe(
      "pod,level,time,count,share\r\nweb-1,error,2026-11-21T10:00:00Z,12,0.75\r\n,,,,0.0001\r\n日本語,info,2026-11-21T10:00:00.000000005Z,1234.56789,0.2499\r\n",
    );
    expect(print({ format: "csv" }, textTable(['say "a,b"', "x\ny"]))).toBe('c0,c1\r\n"say ""a,b""","x\ny"\r\n');
  });

  test("json is an array, jsonl a line a row, what is missing null", () => {
    const rows = [
      { pod: "web-1", level: "error", time: "2026-11-21T10:00:00Z", count: 12, share: 0.75 },
      { pod: null, level: null, time: null, count: null, share: 0.0001 },
      { pod: "日本語", level: "info", time: "2026-11-21T10:00:00.000000005Z", count: 1234.56789, share: 0.2499 },
    ];
    expect(JSON.parse(print({ format: "json" }))).toEqual(rows);
    expect(JSON.parse(print({ format: "json" }, { ...table, rows: [] }))).toEqual([]);
    const lines = print({ format: "jsonl" }).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  });

  test("logfmt leaves out what is missing", () => {
    expect(print({ format: "logfmt" }).split("\n").slice(0, 2)).toEqual([
      "pod=web-1 level=error time=2026-11-21T10:00:00Z count=12 share=0.75",
      "share=0.0001",
    ]);
  });

  test("raw is separated by tabs, a line a row", () => {
    expect(print({ format: "raw" }, textTable(["a\tb", "c\nd"]))).toBe("c0\tc1\na b\tc d\n");
  });

  test("csv gives back what was in it", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "ü"), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 4 }), (rows) => {
        const text = print({ format: "csv" }, textTable(...rows));
        expect(parseCsv(text).slice(1)).toEqual(rows);
      }),
      { numRuns: 200 },
    );
  });

  test("no format lets control bytes through to a terminal", () => {
    const nasty = textTable(["\x1b]0;title\x07\x1b[31mred\x9b2J", "a\x1b[2J\nb\u202e"]);
    for (const format of ["text", "csv", "json", "jsonl", "logfmt", "raw"] as const satisfies TableFormat[]) {
      expect(print({ format, isTerminal: true }, nasty)).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]/);
    }
  });

  test("rows can be written one by one", () => {
    const rows: Row[] = [
      ["a", 1],
      ["bbb", 22],
    ];
    const columns = [
      { name: "pod", kind: "text" },
      { name: "n", kind: "number" },
    ] as const;
    const written = (format: TableFormat) => {
      const writer = rowFormat(columns, { ...options, format });
      return writer.head + rows.map((row) => writer.row(row)).join("") + writer.tail;
    };
    expect(JSON.parse(written("json"))).toEqual([
      { pod: "a", n: 1 },
      { pod: "bbb", n: 22 },
    ]);
    expect(written("text")).toBe("pod  n\na    1\nbbb  22\n");
    expect(written("raw")).toBe("pod\tn\na\t1\nbbb\t22\n");
  });
});

describe("widths", () => {
  test.each([
    ["abc", 3],
    ["日本", 4],
    ["e\u0301", 1],
    ["👩‍👩‍👧", 2],
    ["❤️", 2],
    ["한글", 4],
    ["", 0],
    ["ａ", 2],
  ])("%s is %i wide", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test("a cut text fits and says that it was cut", () => {
    expect(cutToWidth("日本語", 5)).toBe("日本…");
    expect(cutToWidth("日本語", 4)).toBe("日…");
    expect(cutToWidth("abc", 3)).toBe("abc");
    expect(cutToWidth("abcd", 0)).toBe("");
  });
});

/** RFC 4180, for the test. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r]*))(,|\r\n)/gy;
  for (let found = cell.exec(text); found !== null; found = cell.exec(text)) {
    row.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

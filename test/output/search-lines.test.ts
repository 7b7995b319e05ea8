// What lines of `klog search` have beside those of `klog tail`: sources, stream, id, a stored level, fields that came beside.
import { expect, test } from "vitest";
import { WorkloadColors } from "../../src/output/colors.ts";
import { createFormatter, type FormatOptions } from "../../src/output/formatter.ts";
import { OutputBuffer } from "../../src/output/output-buffer.ts";
import { createStyles } from "../../src/output/theme.ts";
import type { LineDetails, LogLine } from "../../src/record/log-line.ts";
import { lineOf, originOf } from "../commands/search/search-rig.ts";

const DETAILS: LineDetails = {
  stream: "stderr",
  level: "warn",
  id: "a-1",
  lines: 1,
  attrs: { user: { id: 7 } },
  sources: ["store", "pods"],
};

function print(line: LogLine, changes: Partial<FormatOptions>): string {
  const out = new OutputBuffer();
  createFormatter({
    format: "default",
    template: undefined,
    timestamps: "off",
    timezone: "UTC",
    now: () => 0,
    prefix: "auto",
    showNamespace: false,
    showCluster: false,
    showSources: true,
    columns: [],
    styles: createStyles("none", 0),
    colors: new WorkloadColors({ slots: [], diffContainer: false }),
    isColoured: false,
    highlight: [],
    fields: [],
    hideFields: [],
    ansi: "auto",
    isTerminal: false,
    isAligned: false,
    onProblem: () => undefined,
    ...changes,
  }).line(line, out);
  return out.peek().toString();
}

const line: LogLine = { ...lineOf({ at: 0, text: "level=info msg=hi" }, "store"), details: DETAILS };

test("text formats tag a line with its sources, padded where columns are", () => {
  expect(print(line, {})).toBe("[store,pods] web-1 app level=info msg=hi\n");
  const alone = { ...line, details: { ...DETAILS, sources: ["pods"] } };
  expect(print(alone, { showSources: false, columns: ["source", "message"] })).toBe("[pods] level=info msg=hi\n");
});

test("pretty shows the stored level, the sources, and the fields that came beside the line", () => {
  expect(print(line, { format: "pretty" })).toBe("10:00:00.000 WARN  [store,pods] web-1 app hi user.id=7\n");
});

test("csv and logfmt have the sources as a column and the fields beside as fields", () => {
  expect(print(line, { format: "csv", columns: ["source", "user.id"] })).toBe('source,user.id\r\n"store,pods",7\r\n');
  expect(print(line, { format: "logfmt" })).toBe(
    "ts=2026-11-21T10:00:00.000000000Z level=warn source=store,pods pod=web-1 container=app msg=hi user.id=7\n",
  );
});

test("json has the list of sources, jsonl stream, id and all attributes too", () => {
  expect(JSON.parse(print(line, { format: "json" }))).toMatchObject({ source: ["store", "pods"] });
  expect(JSON.parse(print(line, { format: "jsonl" }))).toMatchObject({
    source: ["store", "pods"],
    stream: "stderr",
    log_id: "a-1",
    level: "warn",
    attrs: { msg: "hi", user: { id: 7 } },
  });
});

test("a line without details is printed as klog tail prints it", () => {
  const { details: _, ...bare } = line;
  expect(print(bare, { format: "jsonl" })).toContain('"source":"store"');
  expect(print(bare, { format: "json" })).not.toContain("source");
});

test("a host's file stands where the pod would", () => {
  const origin = originOf({ pod: "", container: "", path: "/var/log/app.log" });
  expect(print({ ...line, origin }, { showSources: false })).toBe("app.log level=info msg=hi\n");
});

test("an output that goes on with another has no second header, and none prints nothing", () => {
  expect(print(line, { format: "csv", columns: ["pod"], isContinued: true })).toBe("web-1\r\n");
  expect(print(line, { format: "none" })).toBe("");
});

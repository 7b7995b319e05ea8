// How many lines a CPU-second each output format makes, beside a bare copy of the same bytes. Run: node bench/format.ts
import { WorkloadColors } from "../src/output/colors.ts";
import { createFormatter, type FormatOptions, type OutputFormat } from "../src/output/formatter.ts";
import { OutputBuffer } from "../src/output/output-buffer.ts";
import { compileTemplate } from "../src/output/template/template.ts";
import { createStyles } from "../src/output/theme.ts";
import type { LogLine, Origin } from "../src/record/log-line.ts";

const LINES = 20_000;
const LENGTH = 140;
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 0.4);

const styles = createStyles("dark", 0);
const origins = Array.from(
  { length: 20 },
  (_, i): Origin => ({
    source: "pod",
    cluster: "prod",
    node: `node-${i % 3}`,
    namespace: "shop",
    pod: `web-7d9f8c6b5d-x${i}x9k`,
    podUid: `uid-${i}`,
    container: "app",
    containerKind: "container",
    containerId: `containerd://${i}`,
    restart: 0,
    labels: { app: "web", tier: "front" },
    annotations: {},
    workload: "deployment/web",
  }),
);

function makeLines(text: (i: number) => string): LogLine[] {
  const texts = Array.from({ length: LINES }, (_, i) => text(i).padEnd(LENGTH, "x").slice(0, LENGTH));
  const buffer = Buffer.from(texts.join("\n"));
  return texts.map((_, i) => ({
    kind: "line",
    origin: origins[i % origins.length]!,
    sec: 1_700_000_000 + Math.floor(i / 100),
    nsec: (i % 100) * 10_000_000 + 12_345,
    buffer,
    start: i * (LENGTH + 1),
    end: i * (LENGTH + 1) + LENGTH,
    cut: 0,
    arrival: 0,
    rest: undefined,
    late: false,
  }));
}

const plain = makeLines(
  (i) => `2026-11-21 10:47:32.084 INFO  request ${i} handled in 12 ms from 10.0.0.${i % 250} path=/api/orders `,
);
const json = makeLines(
  (i) => `{"level":"info","ts":1700000000.123,"msg":"request handled","id":${i},"path":"/api/orders","pad":"`,
).map((line) => {
  const text = line.buffer.toString("utf8", line.start, line.end - 2);
  const buffer = Buffer.from(`${text}"}`);
  return { ...line, buffer, start: 0, end: buffer.length };
});

function measure(name: string, lines: readonly LogLine[], write: (line: LogLine, out: OutputBuffer) => void): number {
  const out = new OutputBuffer();
  const pass = () => {
    for (const line of lines) {
      write(line, out);
      if (out.length >= 64 * 1024) out.clear();
    }
  };
  pass();
  const begin = process.cpuUsage();
  let count = 0;
  let micros: number;
  do {
    pass();
    count += lines.length;
    const used = process.cpuUsage(begin);
    micros = used.user + used.system;
  } while (micros < SECONDS * 1e6);
  const perLine = micros / count;
  const rate = ((count / micros) * 1000).toFixed(0).padStart(6);
  process.stdout.write(`${name.padEnd(34)} ${rate} k lines/CPU-s  ${perLine.toFixed(3)} µs a line\n`);
  return perLine;
}

const options: FormatOptions = {
  format: "default",
  template: undefined,
  timestamps: "off",
  timezone: "UTC",
  now: () => 0,
  prefix: "auto",
  showNamespace: true,
  showCluster: false,
  columns: [],
  styles,
  colors: new WorkloadColors({ slots: styles.slots, diffContainer: false }),
  isColoured: false,
  highlight: [],
  fields: [],
  hideFields: [],
  ansi: "auto",
  isTerminal: false,
  isAligned: false,
  onProblem: () => {},
};

const target = Buffer.alloc(1024);
const bare = measure(
  "Buffer.copy, nothing else",
  plain,
  (line) => void line.buffer.copy(target, 0, line.start, line.end),
);

function bench(name: string, lines: readonly LogLine[], changes: Partial<FormatOptions>): number {
  const formatter = createFormatter({ ...options, ...changes });
  return measure(name, lines, (line, out) => formatter.line(line, out));
}

const text = bench("default", plain, {});
bench("raw", plain, { format: "raw" });
bench("default -t", plain, { timestamps: "default" });
const coloured = createStyles("dark", 3);
const colors = new WorkloadColors({ slots: coloured.slots, diffContainer: false });
bench("default, terminal, true colour", plain, { styles: coloured, colors, isColoured: true, isTerminal: true });
const formats: OutputFormat[] = ["json", "jsonl", "extjson", "logfmt", "csv", "pretty"];
for (const format of formats) {
  bench(`${format} of text`, plain, { format });
  bench(`${format} of JSON`, json, { format });
}
const template = (source: string) => compileTemplate(source, { isColoured: false });
bench("template {{.PodName}} {{.Message}}", plain, { template: template("{{.PodName}} {{.Message}}\n") });
bench("template with tryParseJSON", json, {
  template: template('{{with $d := tryParseJSON .Message}}{{$d.level}} {{$d.msg}}{{end}}{{"\\n"}}'),
});
process.stdout.write(`default over the bare copy: ${(text - bare).toFixed(3)} µs a line (aim: at most 0.12)\n`);

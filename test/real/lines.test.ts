// What happens to lines on their way: filters, context, levels, fields, traces that stay together, bytes that stay as they are.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "./support/lab.ts";
import { STAY, scriptPod, writes } from "./support/pods.ts";

let lab: Lab;

const WORDS = ["one", "two", "three", "four", "five ERROR here", "six", "seven", "eight", "nine", "ten"];

const JSON_LINES = [
  { level: "info", msg: "started", port: 8080 },
  { level: "warn", msg: "slow", ms: 900, request: { path: "/a", id: 7 } },
  { level: "error", msg: "failed", request: { path: "/b", id: 8 } },
  { severity: "DEBUG", message: "detail" },
].map((line) => JSON.stringify(line));

const LOGFMT_LINES = [
  'time=2026-01-02T03:04:05Z level=info msg="all is well" user=ann',
  'time=2026-01-02T03:04:06Z level=error msg="broken pipe" user=bob',
];

const PLAIN_LEVELS = [
  "E0102 03:04:05.000000       1 server.go:12] klog says error",
  "[WARN] bracketed warning",
  "no level at all",
];

/** One trace of each language, as its runtime prints it; `{}` stands for who threw it. */
const TRACES: Readonly<Record<string, readonly string[]>> = {
  java: [
    "2026-01-02 03:04:05,006 ERROR [main] c.e.Shop - order of {} failed",
    "java.lang.IllegalStateException: no stock for {}",
    "\tat com.example.Shop.take(Shop.java:41)",
    "\tat com.example.Shop.main(Shop.java:12)",
    "Caused by: java.io.IOException: shelf of {} is empty",
    "\tat com.example.Shelf.read(Shelf.java:7)",
    "\t... 2 more",
  ],
  python: [
    "Traceback (most recent call last):",
    '  File "/app/{}.py", line 10, in <module>',
    "    main()",
    '  File "/app/{}.py", line 6, in main',
    "    return 1 / 0",
    "           ~~^~~",
    "ZeroDivisionError: division by zero in {}",
  ],
  go: [
    "panic: runtime error: index out of range [5] with length 3 in {}",
    "",
    "goroutine 1 [running]:",
    "main.take(...)",
    "\t/app/{}.go:9",
    "main.main()",
    "\t/app/{}.go:4 +0x1d",
  ],
  node: [
    "TypeError: Cannot read properties of undefined (reading '{}')",
    "    at take (/app/{}.js:3:17)",
    "    at Object.<anonymous> (/app/{}.js:7:1)",
    "    at Module._compile (node:internal/modules/cjs/loader:1234:14)",
  ],
};

function tracesOf(pod: string): string[] {
  return Object.entries(TRACES).flatMap(([language, trace]) => [
    `INFO ${pod} ${language} begins`,
    ...trace.map((line) => line.replaceAll("{}", pod)),
    `INFO ${pod} ${language} is over`,
  ]);
}

beforeAll(async () => {
  lab = await Lab.open("lines");
  // Slow enough for the two to write between each other's lines.
  const rounds = (pod: string) => {
    const round = writes(tracesOf(pod).join("\n"), 0.02);
    return `sleep 1; ${round}${round}${round}`;
  };
  await lab.apply(
    scriptPod("left", { run: rounds("left") }),
    scriptPod("right", { run: rounds("right") }),
    scriptPod("words", { run: writes(WORDS.join("\n"), 0.02) }),
    scriptPod("json", { run: writes(JSON_LINES.join("\n"), 0.02) }),
    scriptPod("logfmt", { run: writes(LOGFMT_LINES.join("\n"), 0.02) }),
    scriptPod("levels", { run: writes(PLAIN_LEVELS.join("\n"), 0.02) }),
  );
  await lab.applyMix("strange");
  await lab.finished("left", "right", "words", "json", "logfmt", "levels", "strange");
});

afterEach(() => lab.stopAll());

afterAll(() => lab?.close());

/** All lines of a finished pod as they are shown, without a prefix. */
async function shown(pod: string, ...args: string[]): Promise<string[]> {
  const process = await lab.tail([`pod/${pod}`, "--tail", "-1", "--prefix=none", ...args]);
  expect(process.stderr).not.toMatch(/warning/);
  return process.lines;
}

describe("filters", () => {
  test("-i takes lines that match any of its patterns, -e leaves lines out, also of those", async () => {
    expect(await shown("words", "-i", "^t", "-i", "ERROR")).toEqual(["two", "three", "five ERROR here", "ten"]);
    expect(await shown("words", "-e", "e")).toEqual(["two", "four", "six"]);
    expect(await shown("words", "-i", "^t", "-e", "en|wo")).toEqual(["three"]);
  });

  test("read patterns as Go does: (?i), \\b, classes by name", async () => {
    expect(await shown("words", "-i", "(?i)error")).toEqual(["five ERROR here"]);
    expect(await shown("words", "-i", "[[:upper:]]{5}")).toEqual(["five ERROR here"]);
    expect(await shown("words", "-i", "\\bhere\\b")).toEqual(["five ERROR here"]);
  });

  test("that leave nothing end with 1 and say what was left out", async () => {
    const process = await lab.tail(["pod/words", "--tail", "-1", "-i", "no such word"]);
    expect(process).toMatchObject({ code: 1, stdout: "" });
    expect(process.stderr).toMatch(/10 lines received, all left out by -i no such word/);
  });

  test("-H marks without filtering, and only where there are colours", async () => {
    const plain = await shown("words", "-H", "ERROR");
    expect(plain).toEqual(WORDS);
    const coloured = await shown("words", "-H", "ERROR", "--color", "always");
    expect(coloured).toHaveLength(WORDS.length);
    expect(coloured[4]).toMatch(/\u001b\[[\d;]*mERROR\u001b\[/);
  });

  test("with -B, --after-context and -C bring neighbours of the same container", async () => {
    expect(await shown("words", "-i", "ERROR", "-B", "1")).toEqual(["four", "five ERROR here"]);
    expect(await shown("words", "-i", "ERROR", "--after-context", "2")).toEqual(["five ERROR here", "six", "seven"]);
    expect(await shown("words", "-i", "ERROR", "-C", "1")).toEqual(["four", "five ERROR here", "six"]);
  });

  test("--level reads JSON, logfmt, klog and bracketed words", async () => {
    expect(await shown("json", "--level", "warn+")).toEqual(JSON_LINES.slice(1, 3));
    expect(await shown("json", "--level", "debug,info")).toEqual([JSON_LINES[0], JSON_LINES[3]]);
    expect(await shown("logfmt", "--level", "error")).toEqual([LOGFMT_LINES[1]]);
    expect(await shown("levels", "--level", "warn+")).toEqual(PLAIN_LEVELS.slice(0, 2));
  });

  test("with a pattern that is wrong are one error that names flag and place", async () => {
    for (const [flag, name] of [
      ["-i", "include"],
      ["-e", "exclude"],
      ["-H", "highlight"],
    ] as const) {
      const process = await lab.tail(["pod/words", flag, "a(b"]);
      expect(process).toMatchObject({ code: 2, stdout: "" });
      expect(process.stderr).toContain('"a(b"');
      expect(process.stderr).toContain("position 2");
      expect(process.stderr).toMatch(new RegExp(`${flag}\\b|--${name}`));
    }
  });
});

describe("fields", () => {
  test("of JSON lines are chosen with --fields and left out with --hide-fields", async () => {
    const chosen = (await shown("json", "--fields", "msg,request.id")).map((line) => JSON.parse(line) as unknown);
    expect(chosen.slice(0, 3)).toEqual([
      { msg: "started" },
      { msg: "slow", request: { id: 7 } },
      { msg: "failed", request: { id: 8 } },
    ]);
    const hidden = (await shown("json", "--hide-fields", "level,request")).map((line) => JSON.parse(line) as unknown);
    expect(hidden).toEqual([
      { msg: "started", port: 8080 },
      { msg: "slow", ms: 900 },
      { msg: "failed" },
      { severity: "DEBUG", message: "detail" },
    ]);
  });

  test("of logfmt lines, too", async () => {
    expect(await shown("logfmt", "--fields", "msg,user")).toEqual([
      'msg="all is well" user=ann',
      'msg="broken pipe" user=bob',
    ]);
    expect(await shown("logfmt", "--hide-fields", "time")).toEqual([
      'level=info msg="all is well" user=ann',
      'level=error msg="broken pipe" user=bob',
    ]);
  });

  test("do not touch lines that have none", async () => {
    expect(await shown("words", "--fields", "msg")).toEqual(WORDS);
  });
});

describe("stack traces of two pods that write between each other's lines", () => {
  const both = ["left|right", "--tail", "-1", "--prefix=none"];

  /** Where each round of a pod's traces stands without a foreign line in it. */
  function wholeTraces(lines: readonly string[], pod: string): number {
    const all = lines.join("\n");
    return Object.values(TRACES)
      .map((trace) => trace.map((line) => line.replaceAll("{}", pod)).join("\n"))
      .reduce((sum, trace) => sum + all.split(`${trace}\n`).length - 1, 0);
  }

  test("are torn apart without multiline, or this would prove nothing", async () => {
    const process = await lab.tail([...both, "--multiline", "off"]);
    expect(wholeTraces(process.lines, "left")).toBeLessThan(12);
  });

  test("stay together in the backlog, every line of them", async () => {
    const process = await lab.tail(both);
    expect(wholeTraces(process.lines, "left")).toBe(12);
    expect(wholeTraces(process.lines, "right")).toBe(12);
    const all = [...tracesOf("left"), ...tracesOf("right")];
    expect([...process.lines].sort()).toEqual([...all, ...all, ...all].sort());
  });

  test("stay together while they are followed", async () => {
    const process = lab.follow(["live-left|live-right", "--prefix=none", "--tail", "-1", "--only-log-lines"]);
    const script = (pod: string) => `sleep 1; ${writes(tracesOf(pod).join("\n"), 0.03)}echo done ${pod}; ${STAY}`;
    await lab.apply(
      scriptPod("live-left", { run: script("live-left") }),
      scriptPod("live-right", { run: script("live-right") }),
    );
    await process.line(/^done live-left$/);
    await process.line(/^done live-right$/);
    expect(wholeTraces(process.lines, "live-left")).toBe(4);
    expect(wholeTraces(process.lines, "live-right")).toBe(4);
  });

  test.each([
    ["java", "Shelf\\.java:7"],
    ["python", "return 1 / 0"],
    ["go", "goroutine 1 \\[running\\]"],
    ["node", "Module\\._compile"],
  ])("come whole where only an inner line of %s matches -i", async (language, inner) => {
    const lines = await shown("left", "-i", inner);
    const trace = TRACES[language]!.map((line) => line.replaceAll("{}", "left"));
    // Python's logging writes its message in front of the trace, so that line may belong to it.
    const around = /^INFO left python begins$/;
    expect(lines.filter((line) => !around.test(line))).toEqual([...trace, ...trace, ...trace]);
  });

  test("are one record for a program", async () => {
    const lines = await shown("left", "-o", "jsonl", "-i", "Shelf\\.java");
    const records = lines.map((line) => JSON.parse(line) as { message: string; lines: number });
    expect(records).toHaveLength(3);
    expect(records[0]!.message).toBe(TRACES["java"]!.join("\n").replaceAll("{}", "left"));
    expect(records[0]!.lines).toBe(TRACES["java"]!.length);
  });

  test("are joined by a pattern for the first line, where one is given", async () => {
    const lines = await shown("left", "--multiline", "^INFO .* begins$", "-i", "ZeroDivision");
    const [begin, ...rest] = tracesOf("left").slice(9, 18);
    expect(begin).toBe("INFO left python begins");
    expect(lines).toEqual([begin, ...rest, begin, ...rest, begin, ...rest]);
  });
});

describe("bytes", () => {
  const STRANGE = Buffer.concat([
    Buffer.from(`${"x".repeat(50_000)}\nafter\n`),
    Buffer.from("bad utf8 \xff\xfe end\n", "latin1"),
    Buffer.from("esc \u001b[31mred\u001b[0m \u001b]0;title\u0007 end\n"),
    Buffer.from("cr\n"), // containerd keeps no CR at the end of a line
    Buffer.from("utf8 ż 日本語 👩‍🚀 e\u0301 end\n"),
    Buffer.from("\n\ttab  and  blanks  \n"),
  ]);

  test("leave as they came with -o raw in a pipe", async () => {
    const process = await lab.tail(["pod/strange", "--tail", "-1", "-o", "raw"]);
    expect(process.bytes.equals(STRANGE)).toBe(true);
  });

  test("stand behind their prefix as they came in the usual format", async () => {
    const process = await lab.tail(["pod/strange", "--tail", "-1"]);
    const text = process.bytes.toString("latin1");
    expect(text.replaceAll(/^strange main /gm, "")).toBe(STRANGE.toString("latin1"));
  });

  test("lose their control sequences with --ansi strip", async () => {
    const lines = await shown("strange", "--ansi", "strip");
    expect(lines[3]).toBe("esc red  end");
    expect(lines.join("")).not.toContain("\u001b");
  });

  test("are valid JSON whatever they are", async () => {
    for (const format of ["json", "jsonl", "extjson"]) {
      const lines = await shown("strange", "-o", format, "--multiline", "off");
      const messages = lines.map((line) => (JSON.parse(line) as { message: string }).message);
      expect(messages).toHaveLength(8);
      expect(messages[0]).toBe("x".repeat(50_000));
      expect(messages[2]).toBe("bad utf8 \ufffd\ufffd end");
      expect(messages[3]).toBe("esc \u001b[31mred\u001b[0m \u001b]0;title\u0007 end");
    }
  });
});

describe("--stdin", () => {
  const run = (args: string[], input: string | Buffer) => lab.klog(["tail", ...args], { input });

  test("filters standard input as it filters pods", async () => {
    const input = `${[...JSON_LINES, ...LOGFMT_LINES, ...PLAIN_LEVELS].join("\n")}\n`;
    const process = await run(["--stdin", "--level", "error"], input);
    expect(process.lines).toEqual([JSON_LINES[2], LOGFMT_LINES[1], PLAIN_LEVELS[0]]);
    expect(process).toMatchObject({ code: 0, stderr: "" });
  });

  test("keeps traces together, and needs no kubeconfig", async () => {
    const process = await lab.klog(["tail", "-", "-i", "Shelf"], {
      input: `before\n${TRACES["java"]!.join("\n")}\nINFO after\n`,
      kubeconfig: "/nonexistent/kubeconfig",
    });
    expect(process.lines).toEqual([...TRACES["java"]!]);
  });

  test("keeps bytes and a last line without an end", async () => {
    const input = Buffer.from("bad \xff\xfe\nlast", "latin1");
    const process = await run(["--stdin", "-o", "raw"], input);
    expect(process.bytes.toString("latin1")).toBe("bad \xff\xfe\nlast\n");
  });

  test("ends with 1 where nothing matches", async () => {
    expect(await run(["--stdin", "-i", "nothing"], "something\n")).toMatchObject({ code: 1, stdout: "" });
  });

  test("cannot be read together with pods", async () => {
    const process = await run(["--stdin", "web"], "");
    expect(process.code).toBe(2);
    expect(process.stderr).toContain("standard input and pods (web) cannot be read together");
  });
});

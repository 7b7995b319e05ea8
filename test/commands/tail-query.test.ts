import { PassThrough, Readable, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { CommandIo } from "../../src/commands/command-io.ts";
import { startTail } from "../../src/commands/start-tail.ts";
import { run } from "../../src/commands/tail.ts";
import { freshHome } from "./search/search-rig.ts";

const LINES = ['level=info msg="it starts"', 'level=warn msg="slow" ms=1200', "plain", 'level=error msg="slow" ms=90'];

async function tail(words: string[], input: Readable = Readable.from([Buffer.from(`${LINES.join("\n")}\n`)])) {
  let out = "";
  let err = "";
  const sink = (take: (text: string) => void) =>
    new Writable({
      write(chunk, _encoding, done) {
        take(String(chunk));
        done();
      },
    });
  const io: CommandIo = {
    env: freshHome(),
    stdin: input,
    stdout: sink((text) => {
      out += text;
    }),
    stderr: sink((text) => {
      err += text;
    }),
    signal: new AbortController().signal,
    onHangUp: () => () => undefined,
    print: () => undefined,
    columns: 100,
  };
  const code = await startTail(["-", ...words], io, async () => run);
  return { code, lines: out.split("\n").slice(0, -1), err };
}

describe("klog tail -q", () => {
  test("shows the lines that the query finds", async () => {
    expect(await tail(["-q", "level:>=warn ms:>100"])).toMatchObject({ code: 0, lines: [LINES[1]] });
  });

  test("works beside the other filters, and with context lines", async () => {
    expect((await tail(["-q", "slow", "--level", "error"])).lines).toEqual([LINES[3]]);
    expect((await tail(["-q", "slow", "-e", "ms=90"])).lines).toEqual([LINES[1]]);
    expect((await tail(["-q", "ms:1200", "-B", "1"])).lines).toEqual([LINES[0], LINES[1]]);
  });

  test("marks what was found", async () => {
    const [line] = (await tail(["-q", "starts", "--color", "always"])).lines;
    expect(line).toMatch(/it (?:\u001b\[\d+m)+starts\u001b/);
  });

  test("ends with 1 when nothing is found", async () => {
    expect(await tail(["-q", "absent"])).toMatchObject({ code: 1, lines: [] });
  });

  test("refuses what is no filter, with a caret", async () => {
    await expect(tail(["-q", "level:>=loud"])).rejects.toThrow(/^--query: .*\n {2}level:>=loud\n +\^/);
    await expect(tail(["-q", "slow | count"])).rejects.toThrow("--query takes a filter without pipes");
  });
});

describe("klog tail --wait-for", () => {
  test("ends with 0 at the line that it waits for", async () => {
    expect(await tail(["--wait-for", "slow"])).toMatchObject({ code: 0, lines: LINES.slice(0, 2) });
    expect(await tail(["--wait-for", "slow", "-o", "none"])).toMatchObject({ code: 0, lines: [] });
  });

  test("ends with 1 when the input ends, or the time is over", async () => {
    const ended = await tail(["--wait-for", "absent"]);
    expect(ended).toMatchObject({ code: 1, lines: LINES });
    expect(ended.err).toContain("no line was found for --wait-for absent");
    const open = new PassThrough();
    open.write("one\n");
    const late = await tail(["--wait-for", "absent", "--timeout", "20ms"], open);
    expect(late).toMatchObject({ code: 1, lines: ["one"] });
    expect(late.err).toContain("no line was found in time for --wait-for absent");
  });

  test("--timeout alone is refused", async () => {
    await expect(tail(["--timeout", "1s"])).rejects.toThrow("--timeout belongs to --wait-for");
  });
});

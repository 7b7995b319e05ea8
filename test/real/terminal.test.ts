// klog on a real terminal (a pseudo-terminal, drawn by xterm): plain lines with colours, and nothing that a log can do to it.
import { type IPty, spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../services/cluster.ts";
import { klogEnvironment, PROGRAM } from "./support/klog.ts";
import { Lab } from "./support/lab.ts";
import { STAY, scriptPod } from "./support/pods.ts";

const COLUMNS = 100;
const ROWS = 40;

let lab: Lab;
const open = new Set<Screen>();

class Screen {
  /** All bytes that came. */
  raw = "";
  exitCode: number | undefined;
  title = "";
  bells = 0;
  private readonly terminal = new headless.Terminal({
    cols: COLUMNS,
    rows: ROWS,
    scrollback: 5000,
    allowProposedApi: true,
  });
  private readonly pty: IPty;
  private drawn: Promise<void> = Promise.resolve();

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.terminal.onTitleChange((title) => {
      this.title = title;
    });
    this.terminal.onBell(() => {
      this.bells++;
    });
    this.pty = spawn(process.execPath, [PROGRAM, "tail", "-n", lab.namespace, "--no-ui", ...args], {
      name: "xterm-256color",
      cols: COLUMNS,
      rows: ROWS,
      env: { ...klogEnvironment({ kubeconfig: lab.cluster.kubeconfig }), TERM: "xterm-256color", ...env },
    });
    this.pty.onData((data) => {
      this.raw += data;
      this.drawn = new Promise((resolve) => this.terminal.write(data, resolve));
    });
    this.pty.onExit(({ exitCode }) => {
      this.exitCode = exitCode;
    });
    open.add(this);
  }

  type(keys: string): void {
    this.pty.write(keys);
  }

  async text(): Promise<string> {
    await this.drawn;
    const { active } = this.terminal.buffer;
    let text = "";
    for (let y = 0; y < active.length; y++) {
      const line = active.getLine(y)!;
      text += (line.isWrapped || y === 0 ? "" : "\n") + line.translateToString(!active.getLine(y + 1)?.isWrapped);
    }
    return text;
  }

  async shows(pattern: RegExp): Promise<string> {
    return waitFor(`${pattern} on the terminal; it has had ${JSON.stringify(this.raw.slice(-600))}`, async () => {
      const text = await this.text();
      return pattern.test(text) ? text : undefined;
    });
  }

  async ends(): Promise<number> {
    return waitFor("the end of klog", async () => this.exitCode);
  }

  /** Whether the cursor is shown, no other screen is on, and text is written as a shell would find it. */
  async isSane(): Promise<boolean> {
    await this.drawn;
    const { modes, buffer } = this.terminal;
    return (
      buffer.active.type === "normal" &&
      modes.mouseTrackingMode === "none" &&
      !modes.bracketedPasteMode &&
      !modes.applicationCursorKeysMode &&
      !modes.originMode &&
      modes.wraparoundMode
    );
  }

  kill(): void {
    if (this.exitCode === undefined) this.pty.kill("SIGKILL");
  }
}

/** What a hostile or careless program could write to take a terminal over. */
const HOSTILE = [
  "title \\033]0;owned\\007 end",
  "clear \\033[2J\\033[H end",
  "alternate \\033[?1049h end",
  "mouse \\033[?1000h\\033[?1006h end",
  "paste \\033[?2004h end",
  "charset \\033(0 lqqk \\016 end",
  "clipboard \\033]52;c;b3duZWQ=\\007 end",
  "ask \\033[6n\\033[c end",
  "bell \\007 end",
  "up \\033[5A\\033[1G over end",
  "back one\\rtwo\\b\\b end",
  "unclosed \\033[1;31m red end",
  "c1 \\302\\2332J end",
  "dcs \\033Pq#0;2;0;0;0\\033\\\\ end",
  "reset \\033c end",
];

beforeAll(async () => {
  lab = await Lab.open("terminal");
  await lab.apply(
    scriptPod("hostile", { run: `${HOSTILE.map((line) => `printf '${line}\\n'`).join("; ")}; echo all done; ${STAY}` }),
    scriptPod("levels", { run: `echo '[ERROR] red alert'; echo '{"level":"info","msg":"fine"}'; ${STAY}` }),
  );
  await lab.applyMix("strange", "hello");
  await lab.finished("strange");
  await lab.runs("hostile", "levels", "hello");
});

afterEach(() => {
  for (const screen of open) screen.kill();
  open.clear();
});

afterAll(() => lab?.close());

describe("on a terminal", () => {
  test("lines are plain, with colours, and Ctrl-C ends klog quietly with 130", async () => {
    const screen = new Screen(["pod/hello"]);
    await screen.shows(/^hello main out \d+$/m);
    expect(screen.raw).toMatch(/\u001b\[[\d;]*mhello/);
    screen.type("\u0003");
    expect(await screen.ends()).toBe(130);
    const text = await screen.text();
    expect(text).not.toMatch(/warning|Error| at .*:\d+/);
    expect(await screen.isSane()).toBe(true);
  });

  test("NO_COLOR takes the colours away", async () => {
    const screen = new Screen(["pod/levels", "--no-follow"], { NO_COLOR: "1" });
    expect(await screen.ends()).toBe(0);
    expect(screen.raw).toContain("red alert");
    expect(screen.raw).not.toContain("\u001b[");
  });

  test("messages have the colour of their level", async () => {
    const screen = new Screen(["pod/levels", "--no-follow"]);
    expect(await screen.ends()).toBe(0);
    const colourOf = (text: string) => new RegExp(`((?:\\u001b\\[[\\d;]*m)*)${text}`).exec(screen.raw)?.[1];
    expect(colourOf("\\[ERROR\\]")).toMatch(/m$/);
    expect(colourOf("\\[ERROR\\]")).not.toBe(colourOf('\\{"level":"info"'));
  });

  test("names of several pods are aligned", async () => {
    const screen = new Screen(["hello|levels", "--tail", "2", "--no-follow"]);
    expect(await screen.ends()).toBe(0);
    const text = await screen.text();
    expect(text).toMatch(/^hello {2}main /m);
    expect(text).toMatch(/^levels main /m);
  });

  test.each(["default", "pretty", "json", "jsonl", "logfmt", "csv"])(
    "hostile bytes do nothing in the format %s",
    async (format) => {
      const screen = new Screen(["pod/hostile", "--tail", "-1", "--no-follow", "-o", format]);
      expect(await screen.ends()).toBe(0);
      const text = await screen.text();
      for (const word of ["title", "clear", "alternate", "mouse", "unclosed", "reset", "all done"]) {
        expect(text, word).toContain(word);
      }
      expect(screen).toMatchObject({ title: "", bells: 0 });
      expect(await screen.isSane()).toBe(true);
      // Only colours may have come, and each line ends without one.
      const sequences = screen.raw.match(/\u001b(?:\[[0-9;?]*.|.)/g) ?? [];
      expect(sequences.filter((sequence) => !/^\u001b\[[\d;]*m$/.test(sequence))).toEqual([]);
      expect(screen.raw).not.toMatch(/[\u0007\b\u000e\u0090-\u009f]/);
    },
  );

  test("colours of a line end with it", async () => {
    const screen = new Screen(["pod/hostile", "--tail", "-1", "--no-follow"]);
    expect(await screen.ends()).toBe(0);
    const line = screen.raw.split("\n").find((text) => text.includes("unclosed"))!;
    expect(line).toMatch(/\u001b\[(?:0|39|22)?[;\d]*m[^\u001b]*$/);
    expect(line.lastIndexOf("\u001b[1;31m")).toBeLessThan(line.lastIndexOf("\u001b["));
  });

  test("long lines, wide characters and broken UTF-8 leave the next line where it belongs", async () => {
    const screen = new Screen(["pod/strange", "--tail", "-1", "--no-follow"]);
    expect(await screen.ends()).toBe(0);
    const text = await screen.text();
    expect(text).toMatch(/^strange main after$/m);
    expect(text).toMatch(/^strange main bad utf8 \ufffd+ end$/m);
    expect(text).toMatch(/^strange main utf8 ż 日本語 /m);
    expect(text.match(/x/g)!.length).toBeGreaterThanOrEqual(50_000);
    expect(screen.title).toBe("");
  });

  test("a card stands between the lines of a container that ended", async () => {
    const screen = new Screen(["^passing$"]);
    await lab.apply(scriptPod("passing", { run: "echo I was here; sleep 0.5; exit 4" }));
    const text = await screen.shows(/^=== .*exit code 4/m);
    expect(text.indexOf("I was here")).toBeLessThan(text.indexOf("exit code 4"));
  });
});

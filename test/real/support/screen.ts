// A program on a real terminal: a pseudo-terminal whose bytes are drawn by xterm, as a person sees them.
import { type IPty, spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { waitFor } from "../../services/cluster.ts";

export interface ScreenOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
}

export class Screen {
  /** All bytes that came. */
  raw = "";
  exitCode: number | undefined;
  private readonly terminal: InstanceType<typeof headless.Terminal>;
  private readonly pty: IPty;
  private drawn: Promise<void> = Promise.resolve();
  private haltAt: RegExp | undefined;

  constructor([command, ...words]: readonly [string, ...string[]], { env, columns = 100, rows = 40 }: ScreenOptions) {
    this.terminal = new headless.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
    this.pty = spawn(command, [...words], {
      name: "xterm-256color",
      cols: columns,
      rows,
      env: { ...env, TERM: "xterm-256color" },
    });
    this.pty.onData((data) => {
      this.raw += data;
      if (this.haltAt?.test(this.raw)) this.pty.pause();
      this.drawn = new Promise((resolve) => this.terminal.write(data, resolve));
    });
    this.pty.onExit(({ exitCode }) => {
      this.exitCode = exitCode;
    });
  }

  type(keys: string): void {
    this.pty.write(keys);
  }

  /** Reads no further behind this, so that the program has to wait, until `readOn`. */
  haltsAt(pattern: RegExp): void {
    this.haltAt = pattern;
  }

  readOn(): void {
    this.haltAt = undefined;
    this.pty.resume();
  }

  /** Everything that stands on the terminal, what has scrolled away too. */
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
    return this.waitedFor(String(pattern), async () => {
      const text = await this.text();
      return pattern.test(text) ? text : undefined;
    });
  }

  /** Waits for what may be gone again by the time one looks. */
  async hasShown(pattern: RegExp): Promise<void> {
    await this.waitedFor(String(pattern), async () => (pattern.test(this.raw) ? true : undefined));
  }

  async ends(): Promise<number> {
    return this.waitedFor("the end", async () => this.exitCode);
  }

  private async waitedFor<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
    try {
      return await waitFor(what, probe, { timeoutMs: 30_000, everyMs: 50 });
    } catch (cause) {
      throw new Error(`the terminal did not come to ${what}; its last bytes: ${JSON.stringify(this.raw.slice(-600))}`, {
        cause,
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    if (this.exitCode === undefined) this.pty.kill(name);
  }
}

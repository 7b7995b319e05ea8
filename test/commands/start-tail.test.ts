import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CommandIo } from "../../src/commands/command-io.ts";
import { startTail } from "../../src/commands/start-tail.ts";
import type { TailOptions } from "../../src/commands/tail-options.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "klog-start-tail-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(words: string[], env: Record<string, string> = {}) {
  let said = "";
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      said += chunk;
      done();
    },
  });
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr };
  const io: CommandIo = {
    ...streams,
    env: { XDG_CONFIG_HOME: folder, STERNCONFIG: join(folder, "stern.yaml"), ...env },
    signal: new AbortController().signal,
    onHangUp: () => () => undefined,
    print: () => undefined,
    columns: 100,
  };
  let options: TailOptions | undefined;
  const code = await startTail(words, io, async () => async (given) => {
    options = given;
    return 7;
  });
  return { code, options, stderr: said };
}

describe("klog tail", () => {
  beforeAll(() => writeFileSync(join(folder, "stern.yaml"), "tail: 20\nprompt: true\ntemplate-file: ./a.tpl\n"));

  test("runs with the options of flags, environment and config file, and ends with the command's code", async () => {
    const template = join(folder, "b.tpl");
    writeFileSync(template, "{{.Message}}");
    const { code, options, stderr } = await start(["web", "-T", template], { KLOG_LEVEL: "warn+" });
    expect(code).toBe(7);
    expect(options).toMatchObject({
      selectorArgs: ["web"],
      window: { tail: 20 },
      lines: { level: "warn+" },
      output: { template: { name: template, text: "{{.Message}}" } },
    });
    expect(stderr).toBe(
      `klog: note: ${join(folder, "stern.yaml")}:2: klog has no prompt; this key of stern is ignored\n`,
    );
  });

  test("without a selection it prints usage on stderr, ends with 2 and loads nothing", async () => {
    const { code, options, stderr } = await start(["--no-follow"]);
    expect(code).toBe(2);
    expect(options).toBeUndefined();
    expect(stderr).toMatch(/klog: nothing is selected: [\s\S]*Usage: klog tail \[SELECTOR\.\.\.\] \[flags\]/);
  });

  test("--config names another file", async () => {
    const other = join(folder, "other.yaml");
    writeFileSync(other, "tail: 3\n");
    expect((await start(["web", "--config", other])).options?.window.tail).toBe(3);
  });

  test("a broken config file stops it", async () => {
    const broken = join(folder, "broken.yaml");
    writeFileSync(broken, "tail: [\n");
    await expect(start(["web", `--config=${broken}`])).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});

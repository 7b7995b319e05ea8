import { describe, expect, test } from "vitest";
import { parseAgentOptions } from "../../../src/commands/agent/agent-options.ts";

describe("the options of klog agent", () => {
  test("are what the flags say, and nothing where they say nothing", () => {
    const { config, once, logFormat } = parseAgentOptions("run", [
      ...["--pods-dir", "/p", "--files", "/a/{b,c}.log", "--files=/d", "--sink", "stdout", "--sink", "file:/x,y"],
      ...["--once", "--limit-cpu", "0.4", "--limit-memory", "200MiB", "--http", "off"],
    ]);
    expect(config).toEqual({
      config: undefined,
      podsDir: "/p",
      dockerDir: undefined,
      files: ["/a/{b,c}.log", "/d"],
      s6Dir: undefined,
      stateDir: undefined,
      sinks: ["stdout", "file:/x,y"],
      multiline: undefined,
      node: undefined,
      http: "off",
      limitCpu: 0.4,
      limitMemory: 200 * 1024 ** 2,
    });
    expect({ once, logFormat }).toEqual({ once: true, logFormat: "auto" });
  });

  test("explain takes names", () => {
    expect(parseAgentOptions("explain", ["web", "-o", "json", "/x.log"])).toMatchObject({
      names: ["web", "/x.log"],
      isJson: true,
    });
  });

  test("check-config takes its file without a flag too", () => {
    expect(parseAgentOptions("check-config", ["a.yaml"]).config.config).toBe("a.yaml");
    expect(parseAgentOptions("check-config", ["--config", "a.yaml"]).config.config).toBe("a.yaml");
  });

  test.each([
    ["run", ["--onec"], "there is no flag --onec", "did you mean --once?"],
    ["run", ["web"], 'klog agent run takes flags only, not also "web"', "`klog help agent run` lists them"],
    [
      "status",
      ["--sink", "null"],
      "klog agent status has no flag --sink",
      /belongs to klog agent run, klog agent check/,
    ],
    ["explain", [], "klog agent explain needs the name of a log", /name a container/],
    ["run", ["--limit-memory", "10MiB"], "--limit-memory: 10MiB is below the least value, 96MiB", /resident memory/],
    ["check-config", ["a.yaml", "b.yaml"], "klog agent check-config checks one configuration", /one file or directory/],
    ["check-config", ["a.yaml", "--config", "b"], "klog agent check-config checks one configuration", /one file/],
    ["run", ["--limit-cpu", "0"], /below the least value/, /CPU/],
    ["run", ["--sink"], "--sink needs a value: --sink SINK", /store:DIR/],
  ] as const)("%s %j is told with a way out", (command, words, message, hint) => {
    let error: { message: string; hint?: string } | undefined;
    try {
      parseAgentOptions(command, words);
    } catch (thrown) {
      error = thrown as typeof error;
    }
    expect(error?.message).toMatch(message);
    expect(error?.hint).toMatch(hint);
  });
});

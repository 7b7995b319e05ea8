import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LEVELS, type Level, levelOf, parseLevel, parseLevelFilter } from "../../src/record/level.ts";

function levelOfText(text: string): Level | undefined {
  // Neighbours in the buffer must not count.
  const padded = Buffer.from(`ERROR ${text} ERROR`);
  return levelOf(padded, 6, padded.length - 6);
}

describe("parseLevel", () => {
  test.each([
    ["WARNING", "warn"],
    ["Warn", "warn"],
    ["W", "warn"],
    ["ERR", "error"],
    ["E", "error"],
    ["severe", "error"],
    ["CRITICAL", "fatal"],
    ["EMERG", "fatal"],
    ["panic", "fatal"],
    ["dpanic", "fatal"],
    ["alert", "fatal"],
    ["Information", "info"],
    ["notice", "notice"],
    ["dbug", "debug"],
    ["verbose", "trace"],
    ["10", "trace"],
    ["20", "debug"],
    ["30", "info"],
    ["35", "info"],
    ["40", "warn"],
    ["50", "error"],
    ["60", "fatal"],
    [" info ", "info"],
  ])("%j is %s", (text, level) => {
    expect(parseLevel(text)).toBe(level);
  });

  test.each([
    ["3", "severity", "error"],
    ["6", "priority", "info"],
    ["0", "severity", "fatal"],
    ["20", "levelno", "info"],
    ["50", "levelno", "fatal"],
    ["17", "severity_number", "error"],
    ["9", "SeverityNumber", "info"],
    ["3", "level", undefined],
    ["25", "severity_number", undefined],
    ["200", "level", undefined],
  ])("%s in the field %s is %s", (text, key, level) => {
    expect(parseLevel(text, key)).toBe(level);
  });

  test.each(["", "hello", "5", "100", "warnings", "-1"])("%j is none", (text) => {
    expect(parseLevel(text)).toBeUndefined();
  });
});

describe("levelOf a structured line", () => {
  test.each([
    ['{"level":"info","msg":"x"}', "info"],
    ['{"msg":"level: error","level":"WARN"}', "warn"],
    ['{ "time": "t" , "severity" : "ERROR" }', "error"],
    ['{"level":30,"time":1,"msg":"pino"}', "info"],
    ['{"level":50}', "error"],
    ['{"severity":4,"message":"syslog"}', "warn"],
    ['{"a":{"level":"error"},"level":"debug"}', "debug"],
    ['{"a":[1,{"level":"error"}],"lvl":"debug"}', "debug"],
    ['{"log.level":"warn","ecs.version":"1.2"}', "warn"],
    ['{"log":{"logger":"x","level":"error"},"message":"m"}', "error"],
    ['{"log":"text","x":{"level":"error"}}', undefined],
    ['{"levelname":"CRITICAL","levelno":50}', "fatal"],
    ['{"Level":"Information","MessageTemplate":"m"}', "info"],
    ['{"@l":"Warning","@m":"serilog"}', "warn"],
    ['{"msg":"a \\"level\\":\\"error\\" b"}', undefined],
    ['{"level":null,"severity":"info"}', "info"],
    ['{"level":"info"', "info"],
    ['{"msg":"ERROR without a level"}', undefined],
    ['  {"level":"info"}', "info"],
    ["{}", undefined],
    ["{", undefined],
    ['{"level":', undefined],
    ["time=2026-11-21T10:00:00Z level=warning msg=x", "warn"],
    ['level=info msg="an ERROR was found"', "info"],
    ['msg="level=error inside" lvl=debug', "debug"],
    ['ts=1 caller=main.go:1 level="error" err=x', "error"],
    ["http://x/?level=error&a=b GET", undefined],
    ["severity=notice foo=bar", "notice"],
    ["msg=done loglevel=5 level=info", "info"],
    ["{level=info, user=x}", undefined],
    ["request done in 5ms level=warn status=500", "warn"],
    ["I0102 15:04:05.000000   1 main.go:1] x", "info"],
    ["W1121 10:47:32.084933   12 reflector.go:5] ERROR x", "warn"],
    ["E1121 10:47:32.084933 x", "error"],
    ["F1121 10:47:32.084933 x", "fatal"],
    ["I1121", undefined],
    ["<11>Nov 21 10:47:32 host app: x", "error"],
    ["<6>[    0.000000] Linux version", "info"],
    ["<191>1 x", "debug"],
    ["<192>1 x", undefined],
  ])("%s is %s", (text, level) => {
    expect(levelOfText(text)).toBe(level);
  });
});

describe("levelOf a plain line", () => {
  test.each([
    ["2026-11-21T10:00:00.000Z\tINFO\tcontroller\tmsg", "info"],
    ["2026-11-21T10:00:00.000Z\tinfo\tFLAG: --x", "info"],
    ["2026-11-21 10:00:00.000  WARN 1 --- [main] o.s.Foo : bar", "warn"],
    ["10:00:00.000 [main] DEBUG c.e.App - msg", "debug"],
    ["[2026-11-21 10:00:00,000] ERROR msg (kafka.server)", "error"],
    ["[ERROR] x", "error"],
    ["[WARN ] x", "warn"],
    ["[2026-11-21T10:00:00Z INFO  krate] x", "info"],
    ["[10:00:00 INF] serilog", "info"],
    ["10:00AM ERR zerolog error=x", "error"],
    ["WARNING:root:python", "warn"],
    ["2026-11-21 10:00:00 - app - CRITICAL - python", "fatal"],
    ["app:WARNING:x", "warn"],
    ["INFO:     127.0.0.1:80 - uvicorn", "info"],
    ["2026/11/21 10:00:00 [error] 31#31: nginx", "error"],
    ["[Sat Nov 21 10:00:00 2026] [core:error] [pid 1] apache", "error"],
    ["[2026-11-21 10:00:00.000][1][warning][main] envoy", "warn"],
    ["2026-11-21 [Note] mysql", "info"],
    ["2026-11-21 10:00:00 UTC [1] LOG:  postgres", "info"],
    ["2026-11-21 10:00:00 UTC [1] FATAL:  postgres", "fatal"],
    ["[2026-11-21 10:00:00,000: WARNING/MainProcess] celery", "warn"],
    ["[2026-11-21T10:00:00+00:00] app.CRITICAL: monolog", "fatal"],
    ["I, [2026-11-21T10:00:00 #1]  INFO -- : ruby", "info"],
    ["[I 10:00:00.000 LabApp] jupyter", "info"],
    ["[E] x", "error"],
    ["2026-11-21T10:00:00.000+0000 I NETWORK  [listener] mongo", "info"],
    ["2026-11-21 10:00:00.000000 W | etcdserver: x", "warn"],
    ["<info>  [1700000000.0] NetworkManager", "info"],
    ["info: Microsoft.Hosting.Lifetime[14]", "info"],
    ["fail: Microsoft.AspNetCore[1]", "error"],
    ["crit: x", "fatal"],
    ["error: pathspec", "error"],
    ["Warning: x is deprecated", "warn"],
    ["Error: connect ECONNREFUSED", "error"],
    ["panic: runtime error: index out of range", "fatal"],
    ["fatal error: all goroutines are asleep", "fatal"],
    ["PHP Warning:  Undefined variable", "warn"],
    ["PHP Fatal error:  Uncaught Exception", "fatal"],
    ["Nov 21 10:00:00 host sshd[1]: error: x", "error"],
    ["10:00:00 warning: x", "warn"],
    ["npm WARN deprecated", "warn"],
    ["npm ERR! code 1", "error"],
    ["\x1b[31mERROR\x1b[0m x", "error"],
    ["\x1b[32minfo\x1b[39m: winston", "info"],
    ["[\x1b[33mwarn\x1b[0m] x", "warn"],
    ["\x1b[90m2026-11-21\x1b[0m \x1b[32mINF\x1b[0m x", "info"],
    ["SEVERE: java.util.logging", "error"],
    ["  INFO indented", "info"],
    ["INFO", "info"],
  ])("%j is %s", (text, level) => {
    expect(levelOfText(text)).toBe(level);
  });

  test.each([
    "no errors found",
    "found 0 errors and 3 warnings",
    "error rate is 3 %",
    "an error occurred: x",
    "GET /api/ERROR HTTP/1.1",
    'GET "/?level=error"',
    "ERROR_CODE is set",
    "ERROR-42 is gone",
    "E_WARN and xERROR",
    "HTTP server on :80",
    "CONFIG loaded, SUCCESS",
    "[config] reading",
    "[http] request",
    "informational text",
    "I have a dream",
    "Errors: 0",
    `${"x".repeat(30)} ${"word ".repeat(12)} ERROR far away`,
    "",
    "   ",
    "\x1b[",
    "\x1b[31",
  ])("%j has none", (text) => {
    expect(levelOfText(text)).toBeUndefined();
  });

  test("never fails and never looks outside of the line", () => {
    const piece = fc.constantFrom(
      "{",
      '"',
      "level",
      '":',
      "=",
      "ERR",
      "OR",
      "[",
      "]",
      "\x1b[",
      "1m",
      " ",
      "<",
      "9",
      ">",
      "\\",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const alone = Buffer.from(text);
        expect(levelOfText(text)).toBe(levelOf(alone, 0, alone.length));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseLevelFilter", () => {
  const passing = (text: string): string => {
    const filter = parseLevelFilter(text);
    return [...LEVELS, undefined]
      .filter(filter)
      .map((level) => level ?? "none")
      .join(" ");
  };

  test.each([
    ["warn+", "warn error fatal"],
    [">=warn", "warn error fatal"],
    [">warn", "error fatal"],
    ["debug-", "trace debug"],
    ["<=debug", "trace debug"],
    ["<info", "trace debug"],
    ["error,info", "info error"],
    ["WARNING+", "warn error fatal"],
    ["=e", "error"],
    ["error, none", "error none"],
    ["trace, fatal+", "trace fatal"],
  ])("%s passes %s", (text, levels) => {
    expect(passing(text)).toBe(levels);
  });

  test.each([
    ["wran+", '"wran+" is not a level in the level filter "wran+"'],
    ["error,", "a level is missing"],
    ["", "a level is missing"],
    [">=warn+", '">=warn+" is not a level'],
    ["none+", '"none+" is not a level'],
    ["5", '"5" is not a level'],
  ])("%j names what is wrong and the choices", (text, words) => {
    expect(() => parseLevelFilter(text)).toThrow(words);
    expect(() => parseLevelFilter(text)).toThrow(
      expect.objectContaining({ code: "USAGE", hint: expect.stringContaining("trace, debug, info, notice, warn") }),
    );
  });
});

test.each(["<info>", "[I ", "1 I "])("what stands behind the line %j does not count", (line) => {
  const verdicts = [" next", "1next", "-next", ""].map((behind) => levelOf(Buffer.from(line + behind), 0, line.length));
  expect(new Set(verdicts).size).toBe(1);
});

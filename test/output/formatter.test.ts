import { describe, expect, test } from "vitest";
import { KlogError } from "../../src/errors.ts";
import type { HighlightPattern } from "../../src/output/highlight.ts";
import { compileTemplate } from "../../src/output/template/template.ts";
import type { LogLine } from "../../src/record/log-line.ts";
import { colouredOptions, format, formatBytes, makeFormatOptions } from "./make-formatter.ts";
import { AT, makeLine, makeOrigin } from "./make-line.ts";

function trace(): LogLine {
  return makeLine("boom: it broke", { rest: [makeLine("  at a.js:1"), makeLine("  at b.js:2")] });
}

function word(text: string): HighlightPattern {
  return {
    spans: (line) => [...line.matchAll(new RegExp(text, "g"))].map((m) => [m.index, m.index + m[0].length] as const),
  };
}

describe("stern's formats print stern's bytes", () => {
  test("default", () => {
    expect(format(makeFormatOptions(), makeLine("default message"))).toBe("pod1 container1 default message\n");
  });

  test("default with namespaces", () => {
    expect(format(makeFormatOptions({ showNamespace: true }), makeLine("m"))).toBe("ns1 pod1 container1 m\n");
  });

  test("default with time stamps", () => {
    expect(format(makeFormatOptions({ timestamps: "default" }), makeLine("m"))).toBe(
      "pod1 container1 2024-07-09T04:05:06.007080900Z m\n",
    );
    expect(format(makeFormatOptions({ timestamps: "short", timezone: "Asia/Tokyo" }), makeLine("m"))).toBe(
      "pod1 container1 07-09 13:05:06 m\n",
    );
  });

  test("raw", () => {
    expect(format(makeFormatOptions({ format: "raw" }), makeLine("raw message"))).toBe("raw message\n");
  });

  test("json, its keys in order, maps sorted, < > & escaped", () => {
    const origin = makeOrigin({ labels: { b: "2", a: "1" } });
    expect(format(makeFormatOptions({ format: "json" }), makeLine('<a> & "b"\u2028', { origin }))).toBe(
      '{"message":"\\u003ca\\u003e \\u0026 \\"b\\"\\u2028","nodeName":"node1","namespace":"ns1","podName":"pod1","containerName":"container1","labels":{"a":"1","b":"2"},"annotations":null}\n',
    );
  });

  test("json has the time stamp behind the message where it is asked for", () => {
    expect(format(makeFormatOptions({ format: "json", timestamps: "default" }), makeLine("m"))).toContain(
      '{"message":"m","timestamp":"2024-07-09T04:05:06.007080900Z","nodeName"',
    );
  });

  test("extjson keeps a JSON message as it is and quotes any other", () => {
    const options = makeFormatOptions({ format: "extjson" });
    expect(format(options, makeLine('{"msg": 1.50}'))).toBe(
      '{"pod": "pod1", "container": "container1", "message": {"msg": 1.50}}\n',
    );
    expect(format(options, makeLine("2024-01-01 <x>"))).toBe(
      '{"pod": "pod1", "container": "container1", "message": "2024-01-01 \\u003cx\\u003e"}\n',
    );
    expect(format(makeFormatOptions({ format: "extjson", showNamespace: true }), makeLine("12"))).toBe(
      '{"namespace": "ns1", "pod": "pod1", "container": "container1", "message": 12}\n',
    );
  });

  test("ppextjson puts a member on each line", () => {
    expect(format(makeFormatOptions({ format: "ppextjson", showNamespace: true }), makeLine('{"msg":"x"}'))).toBe(
      '{\n  "namespace": "ns1",\n  "pod": "pod1",\n  "container": "container1",\n  "message": {"msg":"x"}\n}\n',
    );
  });

  test("a template ends where it ends, and runs for each physical line", () => {
    const template = compileTemplate("{{.PodName}}|{{.Message}};", { isColoured: false });
    expect(format(makeFormatOptions({ template }), trace())).toBe(
      "pod1|boom: it broke;pod1|  at a.js:1;pod1|  at b.js:2;",
    );
  });

  test("a line that a template cannot take is printed raw, and the problem is told once", () => {
    const problems: string[] = [];
    const template = compileTemplate("{{(parseJSON .Message).a}}\n", { isColoured: false });
    const options = makeFormatOptions({ template, onProblem: (text) => problems.push(text) });
    expect(format(options, makeLine("text"), makeLine('{"a":1}'), makeLine("more"))).toBe("text\n1\nmore\n");
    expect(problems).toEqual([
      "the template failed on a line, which is printed as it is: error calling parseJSON: the message is not JSON",
    ]);
  });
});

describe("lines of one event", () => {
  test("text formats give each line its prefix", () => {
    expect(format(makeFormatOptions(), trace())).toBe(
      "pod1 container1 boom: it broke\npod1 container1   at a.js:1\npod1 container1   at b.js:2\n",
    );
  });

  test("JSON formats join them", () => {
    const joined = "boom: it broke\n  at a.js:1\n  at b.js:2";
    expect(JSON.parse(format(makeFormatOptions({ format: "json" }), trace())).message).toBe(joined);
    expect(JSON.parse(format(makeFormatOptions({ format: "jsonl" }), trace()))).toMatchObject({
      message: joined,
      lines: 3,
    });
  });
});

describe("bytes", () => {
  const notUtf8 = Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x00, 0x1b, 0x5b, 0x32, 0x4a]);

  test("go into a pipe as they came", () => {
    expect(formatBytes(makeFormatOptions({ format: "raw" }), makeLine(notUtf8))).toEqual(
      Buffer.concat([notUtf8, Buffer.from("\n")]),
    );
  });

  test("that are not UTF-8 are kept beside a highlighted match", () => {
    const styles = { ...makeFormatOptions().styles, highlight: { open: "<", close: ">" } };
    const options = makeFormatOptions({ format: "raw", styles, highlight: [word("b")] });
    expect(formatBytes(options, makeLine(Buffer.from([0x61, 0xff, 0x62, 0xc3])))).toEqual(
      Buffer.from([0x61, 0xff, 0x3c, 0x62, 0x3e, 0xc3, 0x0a]),
    );
  });

  test("that are not UTF-8 become U+FFFD in JSON", () => {
    expect(JSON.parse(format(makeFormatOptions({ format: "json" }), makeLine(Buffer.from([0x61, 0xff])))).message).toBe(
      "a\ufffd",
    );
  });

  test("that steer a terminal are left out there, colours stay", () => {
    expect(format(colouredOptions({ format: "raw" }), makeLine("a\x1b[2Jb\x1b[31mc\x07"))).toBe("ab\x1b[31mc\x1b[0m\n");
  });

  test("of colours go too where klog itself prints none", () => {
    expect(format(makeFormatOptions({ isTerminal: true }), makeLine("\x1b[31mred\x1b[0m"))).toBe(
      "pod1 container1 red\n",
    );
  });

  test("--ansi strip takes colours out in a pipe, keep leaves them on a terminal", () => {
    expect(format(makeFormatOptions({ format: "raw", ansi: "strip" }), makeLine("\x1b[31mred\x1b[m"))).toBe("red\n");
    expect(
      format(makeFormatOptions({ format: "raw", ansi: "keep", isTerminal: true }), makeLine("\x1b[31mred\x1b[m")),
    ).toBe("\x1b[31mred\x1b[m\n");
  });

  test("that were cut off are marked and counted", () => {
    expect(format(makeFormatOptions(), makeLine("long", { cut: 99 }))).toBe(
      "pod1 container1 long [klog: 99 bytes cut]\n",
    );
    expect(JSON.parse(format(makeFormatOptions({ format: "json" }), makeLine("long", { cut: 99 }))).cutBytes).toBe(99);
  });

  test("of DEL, C1 and bidi controls are escaped in JSON on a terminal, the value stays", () => {
    const text = format(makeFormatOptions({ format: "json", isTerminal: true }), makeLine("a\x7f\u009b\u202eb"));
    expect(text).toContain('"a\\u007f\\u009b\\u202eb"');
    expect(JSON.parse(text).message).toBe("a\x7f\u009b\u202eb");
  });
});

describe("prefixes and columns", () => {
  test("none, short and full", () => {
    expect(format(makeFormatOptions({ prefix: "none" }), makeLine("m"))).toBe("m\n");
    expect(format(makeFormatOptions({ prefix: "short" }), makeLine("m"))).toBe("pod1 m\n");
    expect(format(makeFormatOptions({ prefix: "full" }), makeLine("m"))).toBe("prod node1 ns1 pod1 container1 m\n");
    expect(format(makeFormatOptions({ prefix: "short", format: "raw" }), makeLine("m"))).toBe("pod1 m\n");
  });

  test("names that are empty take no place", () => {
    const origin = makeOrigin({ source: "stdin", pod: "", container: "" });
    expect(format(makeFormatOptions(), makeLine("m", { origin }))).toBe("m\n");
  });

  test("aligned ones grow to the widest name seen", () => {
    const long = makeOrigin({ pod: "a-longer-pod", podUid: "2" });
    const [one, two] = [makeLine("1"), makeLine("2", { origin: long })];
    expect(format(makeFormatOptions({ isAligned: true }), one, two, one)).toBe(
      "pod1 container1 1\na-longer-pod container1 2\npod1         container1 1\n",
    );
  });

  test("--columns replaces them, signs change them", () => {
    const line = makeLine('{"level":"warn","status":500,"a":{"b":1}}');
    const columns = (...names: string[]) => format(makeFormatOptions({ columns: names }), line);
    expect(columns("node", "status", "a.b", "message")).toBe(`node1 500 1 ${line.buffer.subarray(2, -2)}\n`);
    expect(columns("ns", "node")).toBe("ns1 node1 \n");
    expect(columns("+node", "-container")).toBe(`pod1 node1 ${line.buffer.subarray(2, -2)}\n`);
    expect(columns("timestamp", "pod")).toBe("2024-07-09T04:05:06.007080900Z pod1 \n");
  });

  test("--columns that mixes names with and without signs is refused", () => {
    expect(() => format(makeFormatOptions({ columns: ["pod", "+node"] }), makeLine("m"))).toThrow(KlogError);
  });

  test("on a terminal they are coloured, a late line is marked", () => {
    expect(format(colouredOptions(), makeLine("m", { late: true }))).toBe(
      "\x1b[96mpod1\x1b[39m \x1b[36mcontainer1\x1b[39m ~ m\n",
    );
    expect(format(makeFormatOptions(), makeLine("m", { late: true }))).toBe("pod1 container1 m\n");
  });

  test("on a terminal a message has its level's colour, unless it has colours of its own", () => {
    expect(format(colouredOptions({ prefix: "none" }), makeLine("ERROR it broke"))).toBe(
      "\x1b[31mERROR it broke\x1b[39m\n",
    );
    expect(format(colouredOptions({ prefix: "none" }), makeLine("ERROR \x1b[1mit\x1b[0m broke"))).toBe(
      "ERROR \x1b[1mit\x1b[0m broke\n",
    );
  });
});

describe("times", () => {
  test("delta counts from the line before, relative from now", () => {
    const later = makeLine("b", { sec: AT.sec + 2 });
    expect(format(makeFormatOptions({ prefix: "none", timestamps: "delta" }), makeLine("a"), later)).toBe(
      "+0.000000 a\n+2.000000 b\n",
    );
    const now = () => (AT.sec + 61) * 1000;
    expect(format(makeFormatOptions({ prefix: "none", timestamps: "relative", now }), makeLine("a"))).toBe(
      "1m ago a\n",
    );
  });

  test("a line without a time has none", () => {
    expect(format(makeFormatOptions({ timestamps: "default" }), makeLine("m", { sec: -1 }))).toBe(
      "pod1 container1 m\n",
    );
    expect(format(makeFormatOptions({ format: "jsonl" }), makeLine("m", { sec: -1 }))).not.toContain("@timestamp");
  });
});

describe("klog's own formats", () => {
  test("jsonl is the codec's record; a JSON line's fields go in to the digit", () => {
    const text = format(makeFormatOptions({ format: "jsonl" }), makeLine('{"level":"error","n":12345678901234567890}'));
    expect(text).toBe(
      '{"@timestamp":"2024-07-09T04:05:06.007080900Z","message":"{\\"level\\":\\"error\\",\\"n\\":12345678901234567890}","level":"error","k8s_cluster":"prod","k8s_node_name":"node1","k8s_pod_namespace":"ns1","k8s_pod":"pod1","k8s_pod_uid":"uid-1","k8s_container_name":"container1","container_id":"containerd://abc","restart":0,"source":"pod","attrs":{"level":"error","n":12345678901234567890}}\n',
    );
  });

  test("csv has one header, quotes after RFC 4180, and any field as a column", () => {
    const columns = ["pod", "status", "message"];
    const line = makeLine('{"status":"a,b"}');
    expect(format(makeFormatOptions({ format: "csv", columns }), line, makeLine("x"))).toBe(
      'pod,status,message\r\npod1,"a,b","{""status"":""a,b""}"\r\npod1,,x\r\n',
    );
    expect(format(makeFormatOptions({ format: "csv" }), trace())).toBe(
      'timestamp,namespace,pod,container,message\r\n2024-07-09T04:05:06.007080900Z,ns1,pod1,container1,"boom: it broke\n  at a.js:1\n  at b.js:2"\r\n',
    );
  });

  test("logfmt has the line's own message and fields as pairs", () => {
    const options = makeFormatOptions({ format: "logfmt" });
    expect(
      format(options, makeLine('{"level":"warn","msg":"slow call","http":{"status":200},"q":"a b","pod":"x"}')),
    ).toBe(
      'ts=2024-07-09T04:05:06.007080900Z level=warn pod=pod1 container=container1 msg="slow call" http.status=200 q="a b" line.pod=x\n',
    );
    expect(format(options, makeLine("just text"))).toBe(
      'ts=2024-07-09T04:05:06.007080900Z pod=pod1 container=container1 msg="just text"\n',
    );
  });

  test("pretty unfolds JSON: time, level, names, message, fields, and long texts below", () => {
    const options = makeFormatOptions({ format: "pretty" });
    const json =
      '{"level":"error","time":"2024-01-01T00:00:00Z","msg":"it broke","http":{"status":500},"stack":"E\\n at a"}';
    expect(format(options, makeLine(json))).toBe(
      "04:05:06.007 ERROR pod1 container1 it broke http.status=500\n    stack:\n        E\n         at a\n",
    );
    expect(format(options, trace())).toBe(
      "04:05:06.007       pod1 container1 boom: it broke\n      at a.js:1\n      at b.js:2\n",
    );
  });

  test("pretty lets no escape sequence out of a JSON string", () => {
    const line = makeLine('{"msg":"a\\u001b[2Jb","k":"\\u001b]0;x\\u0007","level":"info"}');
    const text = format(makeFormatOptions({ format: "pretty", isTerminal: true }), line);
    expect(text).toBe('04:05:06.007 INFO  pod1 container1 ab k="\\u001b]0;x\\u0007"\n');
  });
});

describe("--fields and --hide-fields", () => {
  const line = makeLine('{"a":1,"b":{"c":2.50,"d":3},"msg":"x"}');

  test("show a JSON line with fewer fields, what stays is as it was", () => {
    expect(format(makeFormatOptions({ format: "raw", fields: ["msg", "b.c"] }), line)).toBe(
      '{"b":{"c":2.50},"msg":"x"}\n',
    );
    expect(format(makeFormatOptions({ format: "raw", hideFields: ["b.d", "a"] }), line)).toBe(
      '{"b":{"c":2.50},"msg":"x"}\n',
    );
  });

  test("go for the fields of pretty and jsonl too", () => {
    expect(format(makeFormatOptions({ format: "pretty", prefix: "none", hideFields: ["b"] }), line)).toBe(
      "04:05:06.007       x a=1\n",
    );
    expect(JSON.parse(format(makeFormatOptions({ format: "jsonl", fields: ["a"] }), line)).attrs).toEqual({ a: 1 });
  });
});

describe("highlighting", () => {
  test("marks matches in the message, not in the names before it", () => {
    expect(format(colouredOptions({ highlight: [word("pod")] }), makeLine("the pod is up"))).toBe(
      "\x1b[96mpod1\x1b[39m \x1b[36mcontainer1\x1b[39m the \x1b[31m\x1b[1mpod\x1b[22m\x1b[39m is up\n",
    );
  });

  test("goes back to the level's colour behind a match", () => {
    expect(format(colouredOptions({ prefix: "none", highlight: [word("it")] }), makeLine("WARN it ends"))).toBe(
      "\x1b[33mWARN \x1b[31m\x1b[1mit\x1b[22m\x1b[39m\x1b[33m ends\x1b[39m\n",
    );
  });
});

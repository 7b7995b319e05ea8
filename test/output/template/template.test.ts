// Compares klog's templates with Go's: go-golden.json holds what Go 1.26's text/template printed with stern 1.34's functions,
// colours on, the time zone UTC, for a pod1/container1 in ns1 on node1 with labels app=shop, tier=web.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { KlogError } from "../../../src/errors.ts";
import { LogStruct } from "../../../src/output/template/log-data.ts";
import { compileTemplate } from "../../../src/output/template/template.ts";
import { TemplateRunError } from "../../../src/output/template/values.ts";
import { makeOrigin } from "../make-line.ts";

interface GoldenCase {
  readonly template: string;
  readonly message: string;
  readonly want?: string;
  readonly fails?: "parse" | "run";
}

const cases: GoldenCase[] = JSON.parse(readFileSync(new URL("./go-golden.json", import.meta.url), "utf8"));

function render(template: string, message: string, isColoured = true): string {
  const data = new LogStruct({
    message,
    timestamp: "",
    origin: makeOrigin(),
    paints: { pod: { open: "\x1b[91m", close: "\x1b[0m" }, container: { open: "\x1b[34m", close: "\x1b[0m" } },
    level: () => "error",
  });
  return compileTemplate(template, { isColoured }).render(data);
}

function outcome({ template, message }: GoldenCase): string {
  try {
    return render(template, message);
  } catch (error) {
    if (error instanceof TemplateRunError) return "fails at run";
    if (error instanceof KlogError && error.code === "TEMPLATE_INVALID") return "fails at parse";
    throw error;
  }
}

describe("a template prints what Go and stern print", () => {
  test.each(cases)("$template of $message", (golden) => {
    if (golden.want !== undefined) expect(outcome(golden)).toBe(golden.want);
    // klog finds some mistakes already when it reads the template, where Go finds them at the first line.
    else expect(outcome(golden)).toMatch(golden.fails === "parse" ? /^fails at parse$/ : /^fails at/);
  });
});

describe("a template that cannot be used", () => {
  const failure = (template: string): KlogError => {
    try {
      compileTemplate(template, { isColoured: false });
    } catch (error) {
      if (error instanceof KlogError) return error;
    }
    throw new Error("the template was taken");
  };

  test("is refused with line, column, the line itself and a caret", () => {
    const error = failure("first\n\t{{.PodName | shout}}\n");
    expect(error.code).toBe("TEMPLATE_INVALID");
    expect(error.message).toBe(
      "the template is not valid at line 2, column 15: the function shout is not defined\n  \t{{.PodName | shout}}\n  \t             ^",
    );
  });

  test("tells which template a reference misses", () => {
    expect(failure('{{template "row" .}}').message).toContain('no template is named "row"');
  });

  test("names the block that is never closed", () => {
    expect(failure("{{if .Message}}x").message).toContain("column 3: this if has no {{end}}");
  });
});

describe("klog's own additions to stern's templates", () => {
  test("the fields Cluster, PodUid, ContainerId, Restart, Workload and Level", () => {
    expect(render("{{.Cluster}} {{.PodUid}} {{.ContainerId}} {{.Restart}} {{.Workload}} {{.Level}}", "m")).toBe(
      "prod uid-1 containerd://abc 0 deployment/shop error",
    );
  });

  test("an unknown field tells which ones there are", () => {
    expect(() => render("{{.Pod}}", "m")).toThrow(/can't evaluate field Pod .*it has Message, Timestamp, NodeName/);
  });

  test("a time that parseJSON gave as a float counts as Unix seconds", () => {
    expect(render('{{with parseJSON .Message}}{{toTimestamp .ts "15:04:05.000"}}{{end}}', '{"ts":1700000000.25}')).toBe(
      "22:13:20.250",
    );
  });

  test("colour functions print plain text where colours are off", () => {
    expect(render('{{colorRed "a"}} {{levelColor "info"}} {{colorCustom "b" 1 31}}', "m", false)).toBe("a info b");
  });
});

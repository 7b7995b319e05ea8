import { describe, expect, test } from "vitest";
import { compileExclude, compileGlob } from "../../../src/collector/discovery/glob.ts";

function matches(pattern: string, path: string): boolean {
  return compileGlob(pattern).some((glob) => glob.match(path) !== undefined);
}

describe("a path pattern", () => {
  test.each([
    ["/var/log/*.log", "/var/log/app.log", true],
    ["/var/log/*.log", "/var/log/sub/app.log", false],
    ["/var/log/*.log", "/var/log/.hidden.log", false],
    ["/var/log/.*.log", "/var/log/.hidden.log", true],
    ["/var/log/app?.log", "/var/log/app1.log", true],
    ["/var/log/app?.log", "/var/log/app.log", false],
    ["/var/log/app[0-9].log", "/var/log/app7.log", true],
    ["/var/log/app[!0-9].log", "/var/log/app7.log", false],
    ["/var/log/app[^0-9].log", "/var/log/appx.log", true],
    ["/var/log/app[]x].log", "/var/log/app].log", true],
    ["/var/log/{a,b}.log", "/var/log/b.log", true],
    ["/var/log/{a,b}.log", "/var/log/c.log", false],
    ["/{srv,var/{log,tmp}}/x.log", "/var/tmp/x.log", true],
    ["/var/**/*.log", "/var/a.log", true],
    ["/var/**/*.log", "/var/a/b/c/a.log", true],
    ["/var/**/*.log", "/var/1/2/3/4/5/6/7/8/9/10/a.log", true],
    ["/var/**/*.log", "/var/1/2/3/4/5/6/7/8/9/10/11/a.log", false],
    ["/var/**/*.log", "/var/.git/a.log", false],
    ["/var/**", "/var/a/b", true],
    ["/var/log/a.b+c(1).log", "/var/log/a.b+c(1).log", true],
    ["/var/log/a.b+c(1).log", "/var/log/aXb+c(1).log", false],
    ["/var/log/\\*.log", "/var/log/*.log", true],
    ["/var/log/\\*.log", "/var/log/a.log", false],
    ["/var/log/日志*.log", "/var/log/日志1.log", true],
  ])("%s on %s: %s", (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  test("gives the parts of the path that it names", () => {
    const [glob] = compileGlob("/data/logs/{namespace}/{app}/{pod}/log/*.log");
    expect(glob?.match("/data/logs/shop/web/web-0/log/x.log")).toEqual({ namespace: "shop", app: "web", pod: "web-0" });
    expect(glob?.base).toBe("/data/logs");
  });

  test.each([
    ["var/log/*.log", "begin with /"],
    ["/var/log/", "directory"],
    ["/var/../etc/*", ".. component"],
    ["/var/log/[a.log", "[ is not closed"],
    ["/var/log/{a,b.log", "{ is not closed"],
    ["/var/log/[z-a].log", "range"],
    ["/a/{x}/{x}/b", "twice"],
    ["/a/{1x}/b", "field"],
    [`/a/${"{1,2}".repeat(9)}`, "more than 256"],
  ])("%s is refused: %s", (pattern, reason) => {
    expect(() => compileGlob(pattern)).toThrow(reason);
  });

  test("leaves out by name where it has no /, by path else", () => {
    expect(compileExclude("*.tmp")("/any/where/a.tmp")).toBe(true);
    expect(compileExclude("*.tmp")("/any.tmp/a.log")).toBe(false);
    expect(compileExclude("/var/log/private")("/var/log/private")).toBe(true);
    expect(compileExclude("/var/log/private")("/private")).toBe(false);
  });
});

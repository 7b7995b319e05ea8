import { expect, test } from "vitest";
import { klogSearch, ScriptedSource } from "./search-rig.ts";

async function mistake(...words: string[]): Promise<string> {
  const { code, err, out } = await klogSearch(words, { sources: [new ScriptedSource([{ at: 0, text: "x" }])] });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  return err;
}

test("a malformed query is shown with a caret under the place", async () => {
  expect(await mistake('level:error "open')).toMatch(/^klog: query, character 13: .*\n {2}level:error "open\n {14}\^/);
});

test("a level that is none, inside of a query", async () => {
  expect(await mistake("level:>=loud")).toMatch(/^klog: .*loud.*\n {2}level:>=loud\n +\^/);
});

test("the caret stands under the value that is wrong, not under its field", async () => {
  expect(await mistake("x level:>=loud")).toMatch(/character 11: .*\n {2}x level:>=loud\n {12}\^\n/);
  expect(await mistake("level:(warn, loud)")).toMatch(/\n {2}level:\(warn, loud\)\n {15}\^\n/);
  const time = await mistake("ts:>2026-13-01");
  expect(time).toMatch(/^klog: query, character 10: .*a month from 1 to 12 was expected\n/);
  expect(time).not.toContain("position");
});

test.each([
  [["order", "-timeout"], "-timeout has one dash", "NOT timeout"],
  [["order", "-time"], "-time is read as -t -i me", "NOT time"],
  [["-level:info"], "-level:info is read as -l evel:info", "NOT level:info"],
  [["-status:>=500"], "-s tatus:>=500", "NOT status:>=500"],
  [["-debug"], "-d -e bug", "NOT debug"],
  [["-warn"], "there is no -w", "NOT warn"],
  [["-GET"], "there is no -G", "-- -GET"],
  [["x", "-since", "1h"], "-since has one dash", "did you mean --since?"],
])("%j is told apart from flags", async (words, what, hint) => {
  const said = await mistake(...words);
  expect(said).toContain(what);
  expect(said).toContain(hint);
});

test.each([
  ["-info", "-i nfo"],
  ["-error", "-e rror"],
])("%s, which may be flags, is done and told", async (word, flags) => {
  const { err } = await klogSearch(["x", word], { sources: [new ScriptedSource([{ at: 0, text: "x" }])] });
  expect(err).toContain(`${word} is read as ${flags}; to leave out lines with ${word.slice(1)} write`);
});

test.each([["-s10m"], ["-n=shop"], ["-ojson"], ["-t=short"], ["-B3"], ["--", "-warn"], ["-i", "-warn"]])(
  "%j is no query",
  async (...words) => {
    const { err } = await klogSearch(["x", ...words], {
      sources: [new ScriptedSource([])],
    });
    expect(err).not.toContain("is read as");
  },
);

test.each([
  ["x | grep refused", "a further word filters"],
  ["x | json", "known without a pipe"],
  ["x | wc -l", "outside of the quotes"],
  ["x | timechart", "hist 5m by level"],
  ['{app="web"} |= "x"', "searched by its words alone"],
  ["x | sort -ms", "downwards is | sort ms desc"],
])("%s has a hint for those who come from elsewhere", async (query, hint) => {
  expect(await mistake(query)).toContain(hint);
});

test("a pipe that cannot follow another", async () => {
  expect(await mistake("* | count | count")).toMatch(/\n {2}\* \| count \| count\n {14}\^/);
});

test("a malformed time is shown with a caret under the place", async () => {
  expect(await mistake("x", "--since", "5 lightyears")).toMatch(
    /^klog: --since: .*\n {2}5 lightyears\n {2}\s*\^\n {2}examples: /,
  );
  expect(await mistake("x", "--until", "2026-13-01")).toMatch(/\n {2}2026-13-01\n {7}\^\n/);
});

test("a regular expression that is none, with the flag that it came from", async () => {
  expect(await mistake("--regexp", "(a")).toContain("--regexp");
  expect(await mistake("x", "-c", "(a")).toContain("--container: ");
  expect(await mistake("x", "-l", "app in")).toContain("label selector");
});

test("a cursor that is cut off, or of another search", async () => {
  expect(await mistake("x", "--cursor", "v1.abc")).toMatch(/the cursor cannot be used.*\n {2}\S/);
  expect(await mistake("x", "--cursor", "abc")).toContain("it does not begin with v1.");
});

test.each([
  [["--since", "1h", "--since-time", "2h"], "exclude each other"],
  [["--around", "now", "--since", "1h"], "exclude each other"],
  [["--around", "now", "--until", "1m"], "exclude each other"],
  [["--window", "5m"], "--window belongs to --around"],
  [["--since", "5m", "--until", "10m"], "before it begins"],
  [["--fixed", "--regexp", "x"], "--fixed and --regexp exclude each other"],
  [["--fixed"], "--fixed needs a text"],
  [["--save-query", "a"], "--save-query needs a query"],
  [["-f", "--order", "newest"], "-f and --order newest exclude each other"],
  [["--hist", "--patterns"], "exclude each other"],
  [["--hist", "1m"], "--hist"],
  [["x", "--hist", "10m"], "write --hist=10m"],
  [["--hist=x"], "not a duration"],
  [["--top", ","], "--top needs the name of a field"],
  [["--resume"], "--resume belongs to --export"],
  [["--export", "dir/"], "names no file"],
  [["--timeout", "5s"], "--timeout belongs to --wait-for"],
  [["--wait-for", "a | count"], "--wait-for takes a filter without pipes"],
  [["-o", "template"], "template needs --template"],
  [["-o", "jsn"], "did you mean json"],
  [["--patterns", "-C", "2"], "a table has no context lines"],
  [["* | count", "-C", "2"], "context lines"],
  [["* | sort pod", "-f"], "sort and tail cannot wait"],
  [["-"], "a single - is no query"],
  [["--utc", "--timezone", "CET"], "exclude each other"],
  [["--sinse", "1h"], "did you mean --since?"],
  [["--level", "loud"], "is not a level"],
  [["--template", "{{.X"], "template"],
] as const)("%j is refused", async (words, text) => {
  expect(await mistake(...words)).toContain(text);
});

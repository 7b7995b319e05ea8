import { describe, expect, test } from "vitest";
import { completeWords, fixedCandidates } from "../../../src/commands/complete/request.ts";

/** Words behind `klog`, the last one being typed. */
function fixed(...words: string[]): string[] {
  return fixedCandidates(completeWords(words).offers).map(({ value }) => value);
}

function asked(...words: string[]) {
  return completeWords(words).offers.flatMap(({ question, prefix, partial, suffix }) =>
    question === undefined ? [] : [{ ...question, prefix, partial, ...(suffix === undefined ? {} : { suffix }) }],
  );
}

describe("fixed words", () => {
  test("commands stand first", () => {
    expect(fixed("")).toEqual(expect.arrayContaining(["tail", "search", "agent", "config", "completion", "help"]));
    expect(fixed("com")).toEqual(["completion"]);
    expect(fixed("--v")).toEqual(["--version"]);
  });

  test("completion takes a shell, help a command, and neither more", () => {
    expect(fixed("completion", "")).toEqual(["bash", "zsh", "fish", "powershell"]);
    expect(fixed("help", "t")).toEqual(["tail"]);
    expect(fixed("completion", "bash", "")).toEqual([]);
    expect(fixed("unknown", "")).toEqual([]);
  });

  test("flags are offered by their long names, switches that are on also by their --no- form", () => {
    expect(fixed("tail", "web", "--fo")).toEqual(["--follow"]);
    expect(fixed("tail", "web", "--no-fo")).toEqual(["--no-follow"]);
    expect(fixed("tail", "--no")).toEqual([
      "--node",
      "--no-init-containers",
      "--no-ephemeral-containers",
      "--no-follow",
    ]);
    expect(fixed("tail", "--time")).toEqual(["--timestamps", "--timestamps=", "--timezone", "--timeout"]);
    expect(fixed("tail", "-").length).toBeGreaterThan(50);
  });

  test("a flag that is there is not offered again, unless it may be repeated", () => {
    expect(fixed("tail", "--tail", "5", "--tai")).toEqual([]);
    expect(fixed("tail", "-i", "x", "--inc")).toEqual(["--include"]);
  });

  test("rare flags come to those who have begun to type them", () => {
    expect(fixed("tail", "--")).not.toContain("--certificate-authority");
    expect(fixed("tail", "--cert")).toEqual(["--certificate-authority"]);
  });

  test.each([
    [
      ["-o", "j"],
      ["json", "jsonl"],
    ],
    [["--output=j"], ["--output=json", "--output=jsonl"]],
    [["-o=j"], ["-o=json", "-o=jsonl"]],
    [["-oj"], ["-ojson", "-ojsonl"]],
    [["-t=s"], ["-t=short"]],
    [["--prefix=n"], ["--prefix=none"]],
    [["--container-state", "running,w"], ["running,waiting"]],
    [
      ["--container-state=running,"],
      ["--container-state=running,waiting", "--container-state=running,terminated", "--container-state=running,all"],
    ],
    [["--container-state", "running", "--container-state", "r"], []],
    [["--since", "y"], ["yesterday"]],
    [["--follow="], ["--follow=true", "--follow=false"]],
    [["--field-selector", "status.phase=Ru"], ["status.phase=Running"]],
    [["--field-selector", "status.phase=Running,spec.r"], ["status.phase=Running,spec.restartPolicy="]],
    [["--unknown=x"], []],
    [["-Zx"], []],
  ])("tail %j becomes %j", (words, values) => {
    expect(fixed("tail", ...words)).toEqual(values);
  });

  test("the empty selector offers kinds, which stay open for a name", () => {
    const [offer] = completeWords(["tail", ""]).offers;
    expect(offer?.fixed?.[0]).toEqual({ value: "deploy/", description: "deployments", open: true });
  });

  test("behind -- a dash begins a selector", () => {
    expect(fixed("tail", "--", "-")).toEqual([]);
    expect(asked("tail", "--", "-x")).toMatchObject([{ what: "pods", partial: "-x" }, {}, {}]);
  });
});

describe("questions for a cluster", () => {
  test.each([
    [["-n", "sh"], { what: "namespaces", prefix: "", partial: "sh" }],
    [["-nshop,p"], { what: "namespaces", prefix: "-nshop,", partial: "p" }],
    [["--namespace=shop,p"], { what: "namespaces", prefix: "--namespace=shop,", partial: "p" }],
    [["--context", ""], { what: "contexts", prefix: "", partial: "" }],
    [["--cluster", ""], { what: "clusters" }],
    [["--user", ""], { what: "users" }],
    [["--node", "n"], { what: "nodes" }],
    [["--zone", ""], { what: "node-labels", of: "topology.kubernetes.io/zone" }],
    [["--os", ""], { what: "node-labels", of: "kubernetes.io/os" }],
    [["-c", "ap"], { what: "containers" }],
    [["-E", ""], { what: "containers" }],
    [["--exclude-pod", ""], { what: "pods" }],
    [["--timezone", "Eu"], { what: "timezones" }],
    [["-l", "ap"], { what: "label-keys", prefix: "", partial: "ap", suffix: "=" }],
    [["-l", "app=web,ti"], { what: "label-keys", prefix: "app=web,", partial: "ti", suffix: "=" }],
    [["-l", "app=web,tier!=c"], { what: "label-values", of: "tier", prefix: "app=web,tier!=", partial: "c" }],
    [["--selector=app=w"], { what: "label-values", of: "app", prefix: "--selector=app=", partial: "w" }],
    [["--field-selector", "spec.nodeName=n"], { what: "nodes", prefix: "spec.nodeName=", partial: "n" }],
    [["deploy/we"], { what: "names", of: "deploy", prefix: "deploy/", partial: "we" }],
    [["shop:deploy/we"], { what: "names", of: "deploy", namespace: "shop", prefix: "shop:deploy/", partial: "we" }],
    [["eu@shop:svc/"], { what: "names", of: "svc", context: "eu", namespace: "shop", prefix: "eu@shop:svc/" }],
    [["pod/web-1/ap"], { what: "containers", prefix: "pod/web-1/", partial: "ap" }],
    [["shop:we"], { what: "pods", namespace: "shop", prefix: "shop:", partial: "we" }],
  ])("tail %j asks for %j", (words, question) => {
    expect(asked("tail", ...words)[0]).toMatchObject(question);
  });

  test("once something is typed a selector may also become a namespace or a context", () => {
    expect(asked("tail", "")).toEqual([{ what: "pods", prefix: "", partial: "" }]);
    expect(asked("tail", "w")).toEqual([
      { what: "pods", prefix: "", partial: "w" },
      { what: "namespaces", prefix: "", partial: "w", suffix: ":" },
      { what: "contexts", prefix: "", partial: "w", suffix: "@" },
    ]);
    expect(asked("tail", "eu@w")).toEqual([
      { what: "pods", context: "eu", prefix: "eu@", partial: "w" },
      { what: "namespaces", context: "eu", prefix: "eu@", partial: "w", suffix: ":" },
    ]);
  });

  test("a context's name may hold colons and slashes", () => {
    expect(asked("tail", "arn:aws:eks:eu-1:12:cluster/we")).toContainEqual({
      what: "contexts",
      prefix: "",
      partial: "arn:aws:eks:eu-1:12:cluster/we",
      suffix: "@",
    });
    expect(asked("tail", "arn:aws:eks:eu-1:12:cluster/web@sh")[0]).toMatchObject({
      what: "pods",
      context: "arn:aws:eks:eu-1:12:cluster/web",
      partial: "sh",
    });
  });

  test("files are left to the shell", () => {
    expect(completeWords(["tail", "-T", "a"])).toMatchObject({ files: true, offers: [] });
    expect(completeWords(["tail", "--kubeconfig=/et"])).toMatchObject({ files: true });
    expect(completeWords(["tail", "-n", "a"]).files).toBe(false);
  });

  test("flags typed so far go with the question", () => {
    expect(
      completeWords(["tail", "-n", "shop", "-A", "we"]).typed.uses.map(({ flag, value }) => [flag.name, value]),
    ).toEqual([
      ["namespace", "shop"],
      ["all-namespaces", "true"],
    ]);
  });
});

describe("klog agent", () => {
  test("offers its subcommands, behind help too", () => {
    const names = ["run", "check-config", "status", "audit", "explain"];
    expect(fixed("agent", "")).toEqual(names);
    expect(fixed("help", "agent", "")).toEqual(names);
    expect(fixed("agent", "ex")).toEqual(["explain"]);
    expect(fixed("agent", "x", "")).toEqual([]);
  });

  test("offers the flags of each subcommand", () => {
    expect(fixed("agent", "run", "--on")).toEqual(["--once"]);
    expect(fixed("agent", "status", "--on")).toEqual([]);
    expect(fixed("agent", "status", "-o", "j")).toEqual(["json"]);
    expect(fixed("agent", "run", "--multiline=ja")).toEqual(["--multiline=java"]);
    expect(fixed("agent", "run", "")).toEqual([]);
    expect(fixed("agent", "run", "--sink", "null", "--si")).toEqual(["--sink"]);
  });

  test("leaves files to the shell, and completes the paths of sinks itself", () => {
    expect(completeWords(["agent", "run", "--config", ""]).files).toBe(true);
    expect(completeWords(["agent", "run", "--pods-dir=/var/"]).files).toBe(true);
    expect(completeWords(["agent", "explain", "/var/lo"]).files).toBe(true);
    expect(fixed("agent", "run", "--sink", "")).toEqual(["store:", "file:", "stdout", "null"]);
    expect(asked("agent", "run", "--sink", "file:/var/lo")).toEqual([
      { what: "paths", of: "/var/", prefix: "file:/var/", partial: "lo" },
    ]);
    expect(asked("agent", "run", "--sink=store:x")).toEqual([
      { what: "paths", of: ".", prefix: "--sink=store:", partial: "x" },
    ]);
  });

  test("explain asks for the logs that the agent knows", () => {
    expect(asked("agent", "explain", "we")).toEqual([{ what: "agent-logs", prefix: "", partial: "we" }]);
    expect(asked("agent", "explain", "--state-dir", "/s", "")).toEqual([
      { what: "agent-logs", of: "/s", prefix: "", partial: "" },
    ]);
  });
});

describe("the words of the commands that set klog up", () => {
  test("subcommands stand behind klog config, flags are their own", () => {
    expect(fixed("config", "")).toEqual(["path", "view", "edit", "init", "check", "queries"]);
    expect(fixed("help", "config", "e")).toEqual(["edit"]);
    expect(fixed("config", "init", "--f")).toEqual(["--force"]);
    expect(fixed("doctor", "--time")).toEqual(["--timeout"]);
    expect(completeWords(["config", "check", ""]).files).toBe(true);
  });

  test("a source is a kind, a place behind it, or a name", () => {
    expect(fixed("sources", "")).toEqual(["store", "store:", "pods", "pods:", "files:", "-"]);
    const [named] = completeWords(["search", "--source", "n"]).offers;
    expect(named).toMatchObject({ partial: "n", question: { what: "sources" } });
    const [path] = completeWords(["search", "--source=files:/var/l"]).offers;
    expect(path).toEqual({ prefix: "--source=files:/var/", partial: "l", question: { what: "paths", of: "/var/" } });
    const [context] = completeWords(["sources", "pods:d"]).offers;
    expect(context).toEqual({ prefix: "pods:", partial: "d", question: { what: "contexts" } });
  });

  test("profiles, saved queries and the query itself are asked for", () => {
    const question = (...words: string[]) => completeWords(words).offers[0]?.question;
    expect(question("tail", "--profile", "")).toEqual({ what: "profiles" });
    expect(question("search", "--saved", "")).toEqual({ what: "saved-queries" });
    expect(question("config", "queries", "")).toEqual({ what: "saved-queries" });
    expect(question("search", "level:w")).toEqual({ what: "query", of: "level:w" });
  });
});

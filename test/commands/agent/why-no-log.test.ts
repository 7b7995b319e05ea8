import { describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../../src/collector/declare/load-config.ts";
import { askedName } from "../../../src/commands/agent/asked-name.ts";
import { whyNoLog } from "../../../src/commands/agent/why-no-log.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";

const ID = "ab".repeat(32);

function why(path: string, input: string, roots = "{ pods: /pods, containers: off, docker: /docker }") {
  const fs = new ModelFileSystem();
  for (const file of [
    "/srv/app.log",
    "/srv/.hidden.log",
    "/srv/old/app.log",
    "/srv/a/b/c/app.log",
    "/etc/passwd",
    "/pods/shop_web_u/app/notes.log",
    "/var/log/pods/shop_web_u/app/0.log",
    `/docker/${ID}/${ID}-json.log`,
    "/docker/x/hosts",
    "/s6/shop/web/web-0/log/current",
  ])
    fs.append(file, "x");
  fs.symlink("/etc/passwd", "/srv/link.log");
  fs.symlink("/nowhere", "/srv/dead.log");
  fs.special("/srv/pipe.log");
  fs.append(
    `/docker/${ID}/config.v2.json`,
    JSON.stringify({
      Config: {
        Labels: {
          "io.kubernetes.docker.type": "podsandbox",
          "io.kubernetes.container.name": "POD",
          "io.kubernetes.pod.name": "web",
          "io.kubernetes.pod.namespace": "shop",
          "io.kubernetes.pod.uid": "u",
        },
      },
    }),
  );
  fs.append("/c.yaml", `roots: ${roots}\npipelines: [{ name: p, inputs: [${input}] }]`);
  const { config } = loadAgentConfig("/c.yaml", { fs, env: {}, hostname: "n1" });
  return whyNoLog(path, config, fs).join("\n");
}

const FILES = "{ type: files, paths: ['/srv/**/*.log'], max_depth: 2, exclude: [/srv/old] }";
const PODS = "{ type: container_stdout }";

describe("why a path is no log", () => {
  test.each([
    ["/nowhere/x.log", FILES, "there is no such file: /nowhere is not there"],
    ["/srv/x.log", FILES, "there is no such file"],
    ["/srv/dead.log", FILES, "it is a link that leads nowhere"],
    ["/srv/pipe.log", FILES, "it is no regular file but a pipe, a socket or a device: those are never read"],
    ["/docker", FILES, "it is a directory, and there is no log below it where the configuration looks"],
    ["/etc/passwd", FILES, "not by pipeline p: its path does not match /srv/**/*.log"],
    ["/srv/old/app.log", FILES, "not by pipeline p: its path is excluded by /srv/old"],
    [
      "/srv/.hidden.log",
      FILES,
      "not by pipeline p: a wildcard of /srv/**/*.log does not stand for the dot of a hidden name",
    ],
    ["/srv/a/b/c/app.log", FILES, "not by pipeline p: it lies deeper below /srv than max_depth, 2"],
    [
      "/srv/link.log",
      FILES,
      "not by pipeline p: a link leads out of /srv, to /etc/passwd; follow_links: true would allow it",
    ],
    ["/srv/app.log", FILES, "not by pipeline p: it matches /srv/**/*.log, and the agent will find it within 2 s"],
    ["/srv/app.log", PODS, "not by pipeline p: it does not lie in /pods or /docker"],
    [
      "/pods/shop_web_u/app/notes.log",
      PODS,
      "not by pipeline p: it is not named as the kubelet names logs, <namespace>_<pod>_<uid>/<container>/<n>.log",
    ],
    ["/docker/x/hosts", PODS, "not by pipeline p: it is not named as Docker names logs, <id>/<id>-json.log"],
    [
      `/docker/${ID}/${ID}-json.log`,
      PODS,
      "not by pipeline p: its container only holds a pod's network, and logs nothing",
    ],
    ["/srv/app.log", "{ type: s6, root: /s6 }", "not by pipeline p: it does not lie below /s6"],
    [
      "/s6/shop/web/web-0/log/current",
      "{ type: s6, root: /s6 }",
      "not by pipeline p: s6-log's directories are /s6/{namespace}/{app}/{pod}, with current beside lock or state",
    ],
  ])("%s: %s", (path, input, reason) => {
    expect(why(path, input)).toBe(reason);
  });

  test("a place that is switched off is named", () => {
    const roots = "{ pods: off, containers: off, docker: /docker }";
    expect(why("/var/log/pods/shop_web_u/app/0.log", PODS, roots)).toBe(
      "not by pipeline p: /var/log/pods is not looked at here",
    );
  });
});

describe("what a name may mean", () => {
  const fs = new ModelFileSystem();
  fs.append("/srv/app.log", "x");
  fs.append("/srv/app.log.1", "x");
  fs.append("/pods/a/0.log.20261121-150156.gz", "x");
  fs.symlink("/srv/app.log", "/srv/link.log");

  test.each([
    ["web-1", ["web-1"]],
    ["shop/web-1", ["shop/web-1"]],
    ["/srv/link.log", ["/srv/link.log", "/srv/app.log"]],
    ["/srv/app.log.1", ["/srv/app.log.1", "/srv/app.log"]],
    ["/pods/a/0.log.20261121-150156.gz", ["/pods/a/0.log.20261121-150156.gz", "/pods/a/0.log"]],
    ["/srv/gone.log", ["/srv/gone.log"]],
  ])("%s", (text, names) => {
    expect(askedName(text, fs).names).toEqual(names);
  });
});

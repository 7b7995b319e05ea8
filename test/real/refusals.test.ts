// What klog says, and with which status it ends, when it is not let in, not let at something, or finds nobody.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { KlogProcess } from "./support/klog.ts";
import { KubeconfigFolder } from "./support/kubeconfig.ts";
import { Lab } from "./support/lab.ts";
import { STAY, scriptPod } from "./support/pods.ts";

let lab: Lab;
/** A second namespace, in which the accounts of the first have no rights. */
let closed: Lab;
let configs: KubeconfigFolder;
/** Never to be seen in what klog prints. */
const secrets: string[] = [];

const RULES: Readonly<Record<string, readonly object[]>> = {
  reader: [rule(["get", "list", "watch"], "pods"), rule(["get"], "pods/log")],
  lister: [rule(["get", "list"], "pods"), rule(["get"], "pods/log")],
  blind: [rule(["get", "list", "watch"], "pods")],
};

function rule(verbs: readonly string[], resource: string): object {
  return { apiGroups: [""], resources: [resource], verbs };
}

beforeAll(async () => {
  lab = await Lab.open("refuse");
  closed = new Lab(lab.cluster, await lab.cluster.namespace("closed"));
  configs = await KubeconfigFolder.make(lab.cluster);
  const counter = `i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.2; done`;
  await lab.apply(
    scriptPod("open", { run: counter, labels: { app: "open" } }),
    ...Object.entries(RULES).flatMap(([name, rules]) => [
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name }, rules },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
        subjects: [{ kind: "ServiceAccount", name, namespace: lab.namespace }],
      },
    ]),
  );
  await closed.apply(scriptPod("secret", { run: `echo not for you; ${STAY}` }));
  await lab.runs("open");
  await closed.runs("secret");
});

afterEach(() => lab.stopAll());

afterAll(async () => {
  await configs?.remove();
  await closed?.close();
  await lab?.close();
});

async function tokenOf(account: string): Promise<string> {
  const token = (await lab.kubectl(["create", "token", account])).trim();
  secrets.push(token);
  return token;
}

/** A kubeconfig with the token of an account. */
async function as(account: string): Promise<{ kubeconfig: string }> {
  const token = await tokenOf(account);
  const context = { cluster: configs.cluster, user: { token }, namespace: lab.namespace };
  return { kubeconfig: await configs.config(account, { [`as-${account}`]: context }) };
}

async function withCluster(name: string, cluster: object): Promise<{ kubeconfig: string }> {
  const context = { cluster: { ...configs.cluster, ...cluster }, user: configs.admin, namespace: lab.namespace };
  return { kubeconfig: await configs.config(name, { [name]: context }) };
}

async function withUser(name: string, user: object): Promise<{ kubeconfig: string }> {
  const context = { cluster: configs.cluster, user, namespace: lab.namespace };
  return { kubeconfig: await configs.config(name, { [name]: context }) };
}

/** Clear words: no stack, no object dump, no secret, and no sentence twice. */
function expectClear(process: KlogProcess): void {
  const { stderr, stdout } = process;
  expect(stderr).not.toMatch(/^\s+at .*[(:]\d+/m);
  expect(stderr).not.toMatch(/unexpected error|\[object|undefined|node:internal/);
  for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
  expect(stdout + stderr).not.toMatch(/PRIVATE KEY|LS0tLS1CRUdJTiB/);
  const sentences = stderr
    .split("\n")
    .map((line) => line.replace(/^klog: (note|warning): /, "").replace(/; trying again.*/, ""))
    .filter((line) => line.length > 40);
  expect(new Set(sentences).size, stderr).toBe(sentences.length);
}

describe("an account with rights in one namespace only", () => {
  test("reads there, by pattern and by name", async () => {
    const options = await as("reader");
    for (const selector of ["open", "pod/open"]) {
      const process = await lab.tail([selector, "--tail", "2", "-o", "raw"], options);
      expect(process.lines).toHaveLength(2);
      expect(process.code).toBe(0);
      expectClear(process);
    }
  });

  test("reads there as its token comes from a file or from an exec plugin", async () => {
    const token = await tokenOf("reader");
    const tokenFile = await configs.file("token", token);
    const script = await configs.file(
      "plugin.sh",
      `#!/bin/sh\ncat <<'END'\n${JSON.stringify({
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        status: { token },
      })}\nEND\n`,
      0o700,
    );
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./plugin.sh", interactiveMode: "Never" };
    for (const options of [
      await withUser("by-file", { tokenFile }),
      await withUser("by-plugin", { exec }),
      await withUser("by-plugin-path", { exec: { ...exec, command: script } }),
    ]) {
      const process = await lab.tail(["open", "--tail", "1", "-o", "raw"], options);
      expect(process.lines).toEqual([expect.stringMatching(/^line \d+$/)]);
      expect(process.code).toBe(0);
      expectClear(process);
    }
  });

  test("is told which verb, resource and namespace it lacks elsewhere, and the rest goes on", async () => {
    const namespaces = `${lab.namespace},${closed.namespace}`;
    const process = await lab.klog(["tail", "--no-follow", "-n", namespaces, "--tail", "1"], await as("reader"));
    expect(process.lines).toEqual([expect.stringMatching(/ open main line \d+$/)]);
    expect(process.stderr).toContain(`you may not list pods in namespace "${closed.namespace}"`);
    expect(process.code).toBe(3);
    expectClear(process);
  });

  test("gets nothing but that message where it may read nothing", async () => {
    const process = await lab.klog(["tail", "--no-follow", "secret", "-n", closed.namespace], await as("reader"));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain(`you may not list pods in namespace "${closed.namespace}"`);
    expectClear(process);
  });

  test("may not use -A, and is told what to do instead", async () => {
    const process = await lab.klog(["tail", "--no-follow", "-A", "open"], await as("reader"));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("you may not list pods in all namespaces");
    expect(process.stderr).toContain("-n NAME");
    expectClear(process);
  });

  test("can be tried by an administrator with --as", async () => {
    const user = `system:serviceaccount:${lab.namespace}:reader`;
    const process = await lab.klog(["tail", "--no-follow", "-n", closed.namespace, "secret", "--as", user]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("you may not list pods");
    const admin = await lab.klog(["tail", "--no-follow", "-n", closed.namespace, "secret"]);
    expect(admin.lines).toEqual(["secret main not for you"]);
  });
});

describe("an account that may not do all of it", () => {
  test("without watch still follows, says so, and finds pods that come later", async () => {
    const process = lab.follow(["^(open|later)$", "--tail", "1"], await as("lister"));
    await process.line(/^open main line/);
    await process.until("a word about the watch", () => /watch/.test(process.stderr));
    await lab.apply(scriptPod("later", { run: `echo came later; ${STAY}` }));
    await process.line(/^later main came later$/);
    expect(process.stderr).toContain(`in namespace "${lab.namespace}"`);
    await process.interrupt();
    expectClear(process);
  });

  test("with pods but without pods/log is told so once for the container", async () => {
    const process = await lab.tail(["pod/open"], await as("blind"));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain(`you may not get pods/log in namespace "${lab.namespace}"`);
    expect(process.stderr.match(/pods\/log in namespace/g)).toHaveLength(1);
    expect(process.stderr).not.toContain("nothing has been written");
    expectClear(process);
  });

  test("may still see by --dry-run what would be read", async () => {
    const process = await lab.tail(["pod/open", "--dry-run"], await as("blind"));
    expect(process.code).toBe(0);
    expect(process.lines[1]).toMatch(/ open +main +container +running/);
  });
});

describe("credentials that are not accepted", () => {
  test("a wrong token is one message that names the server and not the token", async () => {
    const token = "not-a-token-but-a-secret";
    secrets.push(token);
    const process = await lab.tail(["open"], await withUser("wrong-token", { token }));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("did not accept the credentials");
    expect(process.stderr).toContain(configs.cluster.server);
    expectClear(process);
  });

  test("an exec plugin that fails is told with its command and its own words", async () => {
    const script = await configs.file("broken.sh", "#!/bin/sh\necho 'your session has expired' >&2\nexit 7\n", 0o700);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: script, interactiveMode: "Never" };
    const process = await lab.tail(["open"], await withUser("broken-plugin", { exec }));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("broken.sh");
    expect(process.stderr).toContain("your session has expired");
    expectClear(process);
  });

  test("an exec plugin that is not installed is told with its hint for installing it", async () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "no-such-plugin-of-klog",
      installHint: "get it from example.com",
      interactiveMode: "Never",
    };
    const process = await lab.tail(["open"], await withUser("absent-plugin", { exec }));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("no-such-plugin-of-klog");
    expect(process.stderr).toContain("get it from example.com");
    expectClear(process);
  });

  test("a token file that is not there is named", async () => {
    const process = await lab.tail(["open"], await withUser("no-file", { tokenFile: "/nonexistent/token" }));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("/nonexistent/token");
    expectClear(process);
  });
});

describe("a server that cannot be reached or trusted", () => {
  test("because nobody listens is one message with its address", async () => {
    const process = await lab.tail(["open"], await withCluster("nobody", { server: "https://127.0.0.1:1" }));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("https://127.0.0.1:1 refused the connection");
    expectClear(process);
  });

  test("because its name is unknown says that", async () => {
    const process = await lab.tail(["open"], await withCluster("nowhere", { server: "https://klog.invalid:6443" }));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toMatch(/host name of https:\/\/klog\.invalid:6443 cannot be resolved/);
    expectClear(process);
  });

  test("because another authority signed its certificate says what to correct", async () => {
    const certificate = { ...configs.cluster, "certificate-authority-data": undefined };
    const process = await lab.tail(["open"], await withCluster("no-authority", certificate));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("signed by an authority that the kubeconfig does not trust");
    expect(process.stderr).toContain("certificate-authority");
    expectClear(process);
  });

  test("because the certificate authority in the kubeconfig is no certificate names the kubeconfig", async () => {
    const rubbish = { "certificate-authority-data": Buffer.from("rubbish").toString("base64") };
    const process = await lab.tail(["open"], await withCluster("rubbish", rubbish));
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toMatch(/certificate/);
    expectClear(process);
  });

  test("is tried again while klog follows, and Ctrl-C ends that with 130", async () => {
    const process = lab.follow(["open"], await withCluster("still-nobody", { server: "https://127.0.0.1:1" }));
    await process.until("a warning", () => /refused the connection.*trying again/.test(process.stderr));
    expect(await process.interrupt()).toBe(130);
    expectClear(process);
  });
});

describe("a kubeconfig", () => {
  test("that is no YAML is an error with file and line", async () => {
    const kubeconfig = await configs.file("broken.yaml", "apiVersion: v1\nclusters: [unclosed\n");
    const process = await lab.tail(["open"], { kubeconfig });
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("broken.yaml");
    expect(process.stderr).toMatch(/line \d/);
    expectClear(process);
  });

  test("that is not there is named", async () => {
    const process = await lab.tail(["open", "--kubeconfig", "/nonexistent/config"]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("/nonexistent/config");
    expectClear(process);
  });

  test("without the context asked for lists those it has", async () => {
    for (const args of [["open", "--context", "prod"], ["prod@open"]]) {
      const process = await lab.tail(args, await as("reader"));
      expect(process).toMatchObject({ code: 2, stdout: "" });
      expect(process.stderr).toContain('context "prod"');
      expect(process.stderr).toContain("as-reader");
      expectClear(process);
    }
  });

  test("whose context names a user or cluster that is missing says which", async () => {
    const kubeconfig = await configs.file(
      "dangling.json",
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "dangling",
        contexts: [{ name: "dangling", context: { cluster: "gone", user: "nobody" } }],
        clusters: [],
        users: [],
      }),
    );
    const process = await lab.tail(["open"], { kubeconfig });
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toMatch(/dangling|gone/);
    expectClear(process);
  });
});

describe("a command line that is wrong", () => {
  test.each([
    [["--since", "soonish"], /--since: "soonish" is not a time/],
    [["--until", "25:99"], /--until: "25:99" is not a time/],
    [["--timezone", "Mars/Base"], /--timezone.*Mars\/Base/],
    [["--tail", "many"], /--tail.*many/],
    [["--tail", "0"], /--tail 0 without following would print nothing/],
    [["--head", "1", "--tail", "1"], /--head and --tail exclude each other/],
    [["-l", "a=b=c"], /label selector "a=b=c"/],
    [["--field-selector", "nonsense"], /--field-selector: cannot read "nonsense"/],
    [["-c", "a("], /--container: the regular expression "a\("/],
    [["--exclude-pod", "[z-a]"], /--exclude-pod: the regular expression/],
    [["--multiline", "a("], /--multiline.*"a\("|"a\(".*--multiline/],
    [["--level", "loud"], /"loud" is not a level/],
    [["--container-state", "gone"], /--container-state: "gone" is not one of running/],
    [["--limit-bytes", "some"], /--limit-bytes.*some/],
    [["--columns", "pod,+node"], /--columns mixes/],
    [["--tial", "3"], /no flag --tial\n.*did you mean --tail/],
    [["--output"], /--output needs a value/],
    [["--timestamps=%Q"], /--timestamps.*%Q/],
  ])("%j is one message with what and where, and status 2", async (args, message) => {
    const process = await lab.tail(["open", ...args]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toMatch(message);
    expectClear(process);
  });

  test("a field that the server cannot select by is told with the server's words", async () => {
    const process = await lab.tail(["open", "--field-selector", "spec.colour=red"]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain("spec.colour");
    expectClear(process);
  });
});

test("tokens and keys are not shown by --verbosity 6 either", async () => {
  const options = await as("reader");
  expect(secrets).not.toEqual([]);
  const process = await lab.tail(["open", "--tail", "1", "--verbosity", "6"], options);
  expect(process.stderr).toMatch(/\/api\/v1\/namespaces\/.*\/pods/);
  for (const secret of secrets) expect(process.stdout + process.stderr).not.toContain(secret);
  expect(process.stderr).not.toMatch(/Bearer |PRIVATE KEY|LS0tLS1CRUdJTiB/);
});

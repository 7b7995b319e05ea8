// Which containers a command line chooses, tried on one of each kind of workload.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../services/cluster.ts";
import type { KlogProcess } from "./support/klog.ts";
import { KubeconfigFolder } from "./support/kubeconfig.ts";
import { Lab } from "./support/lab.ts";
import { STAY, scriptPod } from "./support/pods.ts";

let lab: Lab;
/** A second namespace, with a pod `hello` of its own. */
let other: Lab;
let configs: KubeconfigFolder;
let group: string;

beforeAll(async () => {
  lab = await Lab.open("select");
  other = new Lab(lab.cluster, await lab.cluster.namespace("elsewhere"));
  configs = await KubeconfigFolder.make(lab.cluster);
  group = `${lab.namespace}.klog.test`;
  await lab.applyMix();
  await lab.apply(
    scriptPod("annotated", {
      run: { first: `echo first; ${STAY}`, second: `echo second; ${STAY}` },
      annotations: { "kubectl.kubernetes.io/default-container": "second" },
    }),
    customDefinition(),
  );
  await other.apply(scriptPod("hello", { run: `echo hello from elsewhere; ${STAY}`, labels: { app: "hello" } }));
  await lab.kubectl(["create", "job", "by-hand", "--from=cronjob/nightly"]);
  await lab.kubectl(["rollout", "status", "deployment/web", "--timeout=60s"]);
  await lab.kubectl(["rollout", "status", "statefulset/db", "--timeout=60s"]);
  await lab.kubectl(["rollout", "status", "daemonset/agent", "--timeout=60s"]);
  await lab.kubectl(["wait", "--for=condition=complete", "job/import", "job/by-hand", "--timeout=60s"]);
  await lab.runs("hello", "hostnet", "multi", "annotated");
  await lab.finished("finished", "strange");
  await other.runs("hello");
});

afterEach(() => lab.stopAll());

afterAll(async () => {
  await lab?.cluster.kubectl(["delete", "crd", `widgets.${group}`, "--ignore-not-found"]);
  await other?.close();
  await configs?.remove();
  await lab?.close();
});

function customDefinition(): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget", shortNames: ["wdg"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
}

/** `namespace/pod/container` of a --dry-run table, generated suffixes replaced by `*`. */
function rowsOf({ lines }: KlogProcess): string[] {
  const rows = lines.slice(1).map((line) => line.split(/ {2,}/));
  return rows.map(([, namespace, pod, container]) => `${namespace}/${plainName(pod!)}/${container}`).sort();
}

function plainName(pod: string): string {
  return pod.replace(/^(web)-[a-z0-9]+-[a-z0-9]{5}$/, "$1-*").replace(/^(agent|import|by-hand)-[a-z0-9]{5}$/, "$1-*");
}

/** What --dry-run says would be read in the lab's namespace, as `pod/container`. */
async function chosen(...args: string[]): Promise<string[]> {
  const process = await lab.klog(["tail", "-n", lab.namespace, "--dry-run", ...args]);
  expect(process.stderr).toBe("");
  expect(process.code).toBe(0);
  return rowsOf(process).map((row) => row.replace(`${lab.namespace}/`, ""));
}

const WEB = ["web-*/main", "web-*/main", "web-*/main"];

describe("an argument", () => {
  test("without a slash is a regular expression for pod names", async () => {
    expect(await chosen("^db-[01]$")).toEqual(["db-0/main", "db-1/main"]);
    expect(await chosen("ello|hostn")).toEqual(["hello/main", "hostnet/main"]);
  });

  test.each([
    ["pod/hello", ["hello/main"]],
    ["po/hello", ["hello/main"]],
    ["pods/hello", ["hello/main"]],
    ["deploy/web", WEB],
    ["deployment/web", WEB],
    ["deployments.apps/web", WEB],
    ["sts/db", ["db-0/main", "db-1/main"]],
    ["statefulset/db", ["db-0/main", "db-1/main"]],
    ["ds/agent", ["agent-*/main"]],
    ["daemonsets/agent", ["agent-*/main"]],
    ["job/import", ["import-*/main", "import-*/main"]],
    ["cronjob/nightly", ["by-hand-*/main"]],
    ["cj/nightly", ["by-hand-*/main"]],
    ["svc/web", WEB],
    ["service/db", ["db-0/main", "db-1/main"]],
    ["ing/web", WEB],
    ["ingress/web", WEB],
    ["pod/multi/worker", ["multi/worker"]],
  ])("%s chooses what belongs to it", async (argument, expected) => {
    expect(await chosen(argument)).toEqual(expected);
  });

  test("of a replica set chooses the pods of that one", async () => {
    const name = (await lab.kubectl(["get", "rs", "-l", "app=web", "-o", "name"])).trim().split("/")[1]!;
    expect(await chosen(`rs/${name}`)).toEqual(WEB);
  });

  test("of a node chooses what runs there, in every namespace unless one is named", async () => {
    const node = (await lab.kubectl(["get", "pod", "hello", "-o", "jsonpath={.spec.nodeName}"])).trim();
    const here = await chosen(`node/${node}`);
    expect(here).toEqual(expect.arrayContaining(["hello/main", "multi/sidecar", ...WEB]));
    const everywhere = rowsOf(await lab.klog(["tail", "--dry-run", `node/${node}`]));
    expect(everywhere).toEqual(
      expect.arrayContaining([`${lab.namespace}/hello/main`, `${other.namespace}/hello/main`]),
    );
  });

  test("of a custom kind chooses the pods that its object owns", async () => {
    await lab.cluster.kubectl(["wait", "--for=condition=established", `crd/widgets.${group}`, "--timeout=30s"]);
    await waitFor("the new kind", () =>
      lab.apply({ apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "gadget" } }).then(() => true),
    );
    const uid = await lab.kubectl(["get", `widgets.${group}`, "gadget", "-o", "jsonpath={.metadata.uid}"]);
    const owner = { apiVersion: `${group}/v1`, kind: "Widget", name: "gadget", uid };
    await lab.apply(scriptPod("made-by-gadget", { run: `echo made; ${STAY}`, owner }));
    expect(await chosen(`widget.${group}/gadget`)).toEqual(["made-by-gadget/main"]);
    expect(await chosen(`widgets/gadget`)).toEqual(["made-by-gadget/main"]);
    expect(await chosen(`wdg/gadget`)).toEqual(["made-by-gadget/main"]);
  });

  test("that stands beside others adds to them", async () => {
    expect(await chosen("deploy/web", "sts/db", "^hello$")).toEqual(["db-0/main", "db-1/main", "hello/main", ...WEB]);
  });

  test("with a namespace in front looks there, beside those that look elsewhere", async () => {
    const process = await lab.klog([
      ...["tail", "--dry-run", "-n", lab.namespace],
      ...["sts/db", `${other.namespace}:hello`],
    ]);
    expect(rowsOf(process)).toEqual(
      [`${other.namespace}/hello/main`, `${lab.namespace}/db-0/main`, `${lab.namespace}/db-1/main`].sort(),
    );
  });

  test("with only a namespace and a colon chooses all pods there", async () => {
    const process = await lab.klog(["tail", "--dry-run", `${other.namespace}:`]);
    expect(rowsOf(process)).toEqual([`${other.namespace}/hello/main`]);
  });

  test("with a context in front looks in that context", async () => {
    const { cluster, admin: user } = configs;
    const kubeconfig = await configs.config("two", {
      home: { cluster, user, namespace: lab.namespace },
      "arn:aws:eks:far/away": { cluster, user, namespace: other.namespace },
    });
    const process = await lab.klog(
      ["tail", "--dry-run", "sts/db", `arn:aws:eks:far/away@hello`, `home@${other.namespace}:hello`],
      { kubeconfig },
    );
    const rows = process.lines.slice(1).map((line) => line.split(/ {2,}/).slice(0, 3).join(" "));
    expect(rows.sort()).toEqual(
      [
        `arn:aws:eks:far/away ${other.namespace} hello`,
        `home ${other.namespace} hello`,
        `home ${lab.namespace} db-0`,
        `home ${lab.namespace} db-1`,
      ].sort(),
    );
  });
});

describe("a flag", () => {
  test("--context given twice reads both contexts as one stream that names them", async () => {
    const { cluster, admin: user } = configs;
    const kubeconfig = await configs.config("pair", {
      home: { cluster, user, namespace: lab.namespace },
      away: { cluster, user, namespace: other.namespace },
    });
    const args = ["tail", "--no-follow", "pod/hello", "--context", "home,away", "--tail", "1", "-o", "jsonl"];
    const process = await lab.klog(args, { kubeconfig });
    const places = process.lines.map((line) => {
      const record = JSON.parse(line) as Record<string, string>;
      return `${record["k8s_cluster"]} ${record["k8s_pod_namespace"]} ${record["k8s_pod"]}`;
    });
    expect(places.sort()).toEqual([`away ${other.namespace} hello`, `home ${lab.namespace} hello`]);
  });

  test("-l chooses by labels, and is joined by AND with an argument", async () => {
    expect(await chosen("-l", "app=db")).toEqual(["db-0/main", "db-1/main"]);
    expect(await chosen("-l", "app in (hello, hostnet),kind=mix")).toEqual(["hello/main", "hostnet/main"]);
    expect(await chosen("deploy/web", "-l", "app=web")).toEqual(WEB);
    const none = await lab.klog(["tail", "-n", lab.namespace, "--dry-run", "deploy/web", "-l", "app=db"]);
    expect(none).toMatchObject({ code: 1, stdout: "" });
  });

  test("--field-selector chooses by fields", async () => {
    expect(await chosen("--field-selector", "metadata.name=hello")).toEqual(["hello/main"]);
    expect(await chosen("--field-selector", "status.phase=Succeeded", "-l", "app!=nightly")).toEqual([
      "finished/main",
      "import-*/main",
      "import-*/main",
      "strange/main",
    ]);
  });

  test("--node chooses by the node", async () => {
    const node = (await lab.kubectl(["get", "pod", "hello", "-o", "jsonpath={.spec.nodeName}"])).trim();
    expect(await chosen("--node", node, "^hello$|^db-")).toEqual(["db-0/main", "db-1/main", "hello/main"]);
    const none = await lab.klog(["tail", "-n", lab.namespace, "--dry-run", "--node", "no-such-node"]);
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toContain("no-such-node");
  });

  test("-n takes several namespaces, repeated or by commas", async () => {
    const both = [`${lab.namespace}/hello/main`, `${other.namespace}/hello/main`].sort();
    const commas = await lab.klog(["tail", "--dry-run", "pod/hello", "-n", `${lab.namespace},${other.namespace}`]);
    expect(rowsOf(commas)).toEqual(both);
    const repeated = await lab.klog(["tail", "--dry-run", "hello", "-n", lab.namespace, "-n", other.namespace]);
    expect(rowsOf(repeated)).toEqual(both);
  });

  test("-A reads every namespace but those that --exclude-namespace names", async () => {
    const all = rowsOf(await lab.klog(["tail", "--dry-run", "-A", "pod/hello"]));
    expect(all).toEqual(expect.arrayContaining([`${lab.namespace}/hello/main`, `${other.namespace}/hello/main`]));
    const rest = await lab.klog([
      "tail",
      "--dry-run",
      "-A",
      "pod/hello",
      "--exclude-namespace",
      `^${other.namespace}$`,
    ]);
    expect(rowsOf(rest)).toContain(`${lab.namespace}/hello/main`);
    expect(rowsOf(rest)).not.toContain(`${other.namespace}/hello/main`);
  });

  test("-A puts the namespace in front of every line", async () => {
    const process = await lab.klog(["tail", "--no-follow", "-A", "pod/hello", "--tail", "1"]);
    expect(process.lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`^${lab.namespace} hello main (out|err) \\d+$`)),
        `${other.namespace} hello main hello from elsewhere`,
      ]),
    );
  });

  test("-c and -E choose containers by regular expressions", async () => {
    expect(await chosen("multi", "-c", "^w")).toEqual(["multi/web", "multi/worker"]);
    expect(await chosen("multi", "-c", "web", "-c", "side")).toEqual(["multi/sidecar", "multi/web"]);
    expect(await chosen("multi", "-E", "init|side")).toEqual(["multi/web", "multi/worker"]);
    expect(await chosen("multi", "-c", "w", "-E", "worker")).toEqual(["multi/web"]);
  });

  test("--exclude-pod leaves pods out", async () => {
    expect(await chosen("hello|hostnet|^db-", "--exclude-pod", "^h", "--exclude-pod", "-1$")).toEqual(["db-0/main"]);
  });

  test("--no-init-containers leaves out init containers, sidecars among them", async () => {
    expect(await chosen("pod/multi")).toEqual([
      "multi/init-a",
      "multi/init-b",
      "multi/sidecar",
      "multi/web",
      "multi/worker",
    ]);
    expect(await chosen("pod/multi", "--no-init-containers")).toEqual(["multi/web", "multi/worker"]);
    expect(await chosen("pod/multi", "--init-containers=false")).toEqual(["multi/web", "multi/worker"]);
  });

  test("--container-state chooses by what containers do now", async () => {
    expect(await chosen("pod/multi", "--container-state", "terminated")).toEqual(["multi/init-a", "multi/init-b"]);
    expect(await chosen("multi|waiting|^finished", "--container-state", "waiting,terminated")).toEqual([
      "finished/main",
      "multi/init-a",
      "multi/init-b",
      "waiting/main",
    ]);
  });

  test("--condition chooses by a pod's condition", async () => {
    expect(await chosen("hello|waiting|^finished", "--condition", "ready")).toEqual(["hello/main"]);
    expect(await chosen("hello|waiting|^finished", "--condition", "ready=false")).toEqual([
      "finished/main",
      "waiting/main",
    ]);
  });

  test("--default-container takes what the annotation names, else the first container", async () => {
    expect(await chosen("annotated", "multi", "--default-container")).toEqual(["annotated/second", "multi/web"]);
  });

  test("--dry-run prints a table with a header, and nothing is read", async () => {
    const { lines, code } = await lab.klog(["tail", "-n", lab.namespace, "pod/hello", "pod/waiting", "--dry-run"]);
    expect(lines[0]!.split(/ {2,}/)).toEqual(["CONTEXT", "NAMESPACE", "POD", "CONTAINER", "KIND", "STATE", "NODE"]);
    expect(lines[1]).toMatch(new RegExp(`${lab.namespace}\\s+hello\\s+main\\s+container\\s+running\\s+\\S+$`));
    expect(lines[2]).toContain("waiting (ErrImageNeverPull)");
    expect(lines).toHaveLength(3);
    expect(code).toBe(0);
  });
});

describe("the lines that come", () => {
  test("are those of the chosen containers only", async () => {
    const process = await lab.tail(["deploy/web", "pod/multi", "-E", "init|sidecar|worker", "--tail", "2"]);
    expect(process.code).toBe(0);
    const sources = new Set(process.lines.map((line) => line.split(" ").slice(0, 2).join("/")).map(withoutSuffix));
    expect([...sources].sort()).toEqual(["multi/web", "web-*/main"]);
    expect(process.lines.filter((line) => line.includes("GET /"))).toHaveLength(6);
  });

  test("include those of an ephemeral container that comes while klog follows, unless they are unwanted", async () => {
    const wanted = lab.follow(["pod/hostnet", "--tail", "0"]);
    const unwanted = lab.follow(["pod/hostnet", "--tail", "0", "--no-ephemeral-containers"]);
    await wanted.line(/^hostnet main line/);
    await lab.kubectl([
      ...["debug", "hostnet", "--image=busybox:test", "--image-pull-policy=Never", "-c", "probe", "--profile=general"],
      ...["--", "sh", "-c", "echo from the debugger; sleep 3600"],
    ]);
    await wanted.line(/^hostnet probe from the debugger$/);
    const seen = unwanted.lines.length;
    await unwanted.until("later lines", () => unwanted.lines.length > seen + 5);
    expect(unwanted.lines.filter((line) => line.startsWith("hostnet probe"))).toEqual([]);
    expect(await chosen("pod/hostnet")).toEqual(["hostnet/main", "hostnet/probe"]);
    expect(await chosen("pod/hostnet", "--no-ephemeral-containers")).toEqual(["hostnet/main"]);
  });

  test("come from every container although --max-log-requests lets only two streams be open", async () => {
    const process = lab.follow(["deploy/web", "sts/db", "ds/agent", "--max-log-requests", "2", "--tail", "0"]);
    const sources = () => new Set(process.lines.map((line) => line.split(" ")[0]));
    await process.until("lines of all six pods", () => sources().size >= 6, 90_000);
    const ended = await lab.tail(["deploy/web", "sts/db", "--max-log-requests", "1", "--tail", "1"]);
    expect(ended.lines).toHaveLength(5);
    expect(ended.code).toBe(0);
  });

  test("of init containers come before those of the main ones", async () => {
    const process = await lab.tail(["pod/multi", "--tail", "-1", "-E", "sidecar"]);
    expect(process.lines.slice(0, 2)).toEqual(["multi init-a init-a did it", "multi init-b init-b did it"]);
  });
});

describe("what is not there", () => {
  test("a bare klog tail prints usage and ends with 2", async () => {
    const process = await lab.klog(["tail"]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toMatch(/nothing is selected/);
    expect(process.stderr).toMatch(/^Usage: klog tail/m);
  });

  test("a misspelt workload is named with its neighbours", async () => {
    const process = await lab.tail(["deploy/wbe"]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain(`no deployment "wbe" in namespace "${lab.namespace}"`);
    expect(process.stderr).toMatch(/there is: web\b/);
  });

  test("a misspelt pod is named with the nearest pods first", async () => {
    const process = await lab.tail(["pod/helo"]);
    expect(process.stdout).toBe("");
    expect(process.code).toBe(2);
    expect(process.stderr).toMatch(/helo/);
    expect(process.stderr).toMatch(/there are: hello\b/);
  });

  test("a pattern that matches no pod says so, names pods that are there, and ends with 1", async () => {
    const process = await lab.tail(["hlelo"]);
    expect(process).toMatchObject({ code: 1, stdout: "" });
    expect(process.stderr).toMatch(/\d+ pods seen, none selected/);
    expect(process.stderr).toMatch(/pods that are there: hello\b/);
  });

  test("a kind that the cluster does not know is an error that lists the kinds", async () => {
    const process = await lab.tail(["gizmo/web"]);
    expect(process).toMatchObject({ code: 2, stdout: "" });
    expect(process.stderr).toContain('no kind "gizmo"');
    expect(process.stderr).toContain("deployment (deploy)");
  });

  test("a namespace that is not there is named with its neighbours", async () => {
    const process = await lab.klog(["tail", "--no-follow", "web", "-n", `${other.namespace}x`]);
    expect(process.stdout).toBe("");
    expect([1, 2]).toContain(process.code);
    expect(process.stderr).toContain(`there is no namespace "${other.namespace}x"`);
    expect(process.stderr).toMatch(new RegExp(`there are: ${other.namespace}\\b`));
  });

  test("a container name that no pod has says which containers there are", async () => {
    const process = await lab.tail(["pod/multi", "-c", "nginx"]);
    expect(process).toMatchObject({ code: 1, stdout: "" });
    expect(process.stderr).toMatch(/web, worker|worker/);
  });

  test("a pod that waits for its image is told with the reason", async () => {
    const process = await lab.tail(["pod/waiting"]);
    expect(process.stdout).toBe("");
    expect(process.stderr).toContain("ErrImageNeverPull");
  });
});

function withoutSuffix(source: string): string {
  const [pod = "", container] = source.split("/");
  return `${plainName(pod)}/${container}`;
}

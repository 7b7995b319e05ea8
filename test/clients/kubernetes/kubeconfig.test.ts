import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type KubeconfigOptions, listContexts, loadKubeconfig } from "../../../src/clients/kubernetes/kubeconfig.ts";
import { KlogError } from "../../../src/errors.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "klog-kubeconfig-"));
  vi.stubEnv("HOME", home);
  for (const name of ["KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "POD_NAMESPACE"]) {
    vi.stubEnv(name, undefined);
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

function write(name: string, content: string): string {
  const file = join(home, name);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const TWO = `
apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: prod-cluster
  cluster:
    server: https://prod.example:6443/
    certificate-authority: pki/ca.crt
    tls-server-name: api.internal
    proxy-url: http://proxy.example:3128
    disable-compression: true
    extensions:
    - name: client.authentication.k8s.io/exec
      extension: { audience: prod }
- name: dev-cluster
  cluster: { server: "https://dev.example", insecure-skip-tls-verify: true }
users:
- name: admin
  user: { client-certificate: pki/admin.crt, client-key: pki/admin.key }
- name: robot
  user: { tokenFile: secrets/token, as: carol, as-groups: [auditors], as-uid: "7", as-user-extra: { reason: [audit] } }
- name: cloud
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [--cluster, prod]
      env: [{ name: PROFILE, value: work }]
      interactiveMode: Never
      provideClusterInfo: true
      installHint: get it from the intranet
contexts:
- name: prod
  context: { cluster: prod-cluster, user: admin, namespace: shop }
- name: dev
  context: { cluster: dev-cluster, user: robot }
- name: cloud
  context: { cluster: prod-cluster, user: cloud }
`;

function failure(options: KubeconfigOptions = {}): KlogError {
  try {
    loadKubeconfig(options);
  } catch (error) {
    if (error instanceof KlogError) return error;
    throw error;
  }
  throw new Error("the kubeconfig was accepted");
}

describe("files", () => {
  test("~/.kube/config is read when nothing else is said", () => {
    write(".kube/config", TWO);
    expect(loadKubeconfig()).toMatchObject({ context: "prod", namespace: "shop" });
  });

  test("relative paths belong to the folder of their own file", () => {
    const kubeconfig = write("somewhere/config", TWO);
    const prod = loadKubeconfig({ kubeconfig });
    expect(prod.cluster.caFile).toBe(join(home, "somewhere/pki/ca.crt"));
    expect(prod.user).toMatchObject({
      certFile: join(home, "somewhere/pki/admin.crt"),
      keyFile: join(home, "somewhere/pki/admin.key"),
    });
    expect(loadKubeconfig({ kubeconfig, context: "dev" }).user.tokenFile).toBe(join(home, "somewhere/secrets/token"));
    expect(loadKubeconfig({ kubeconfig, context: "cloud" }).user.exec?.command).toBe(join(home, "somewhere/bin/login"));
  });

  test("of several files the first that names something wins, and missing ones are skipped", () => {
    const first = write(
      "first",
      "clusters: [{name: a, cluster: {server: https://first}}]\ncontexts: [{name: a, context: {cluster: a, user: u}}]",
    );
    const second = write(
      "second",
      [
        "current-context: a",
        "clusters: [{name: a, cluster: {server: https://second}}, {name: b, cluster: {server: https://b}}]",
        "users: [{name: u, user: {token: t}}]",
        "contexts: [{name: b, context: {cluster: b, user: u}}]",
      ].join("\n"),
    );
    vi.stubEnv("KUBECONFIG", [join(home, "absent"), first, "", second, first].join(delimiter));
    expect(loadKubeconfig().cluster.server).toBe("https://first");
    expect(loadKubeconfig().user.token).toBe("t");
    expect(listContexts().map((context) => context.name)).toEqual(["a", "b"]);
  });

  test("--kubeconfig stands above KUBECONFIG", () => {
    vi.stubEnv("KUBECONFIG", write("other", "current-context: x"));
    expect(loadKubeconfig({ kubeconfig: write("mine", TWO) }).context).toBe("prod");
  });

  test("a YAML file that cannot be parsed is named with its line, and nothing of its text is shown", () => {
    const kubeconfig = write("broken", "users:\n- name: u\n  user:\n    token: s3cret\n   bad: [");
    const error = failure({ kubeconfig });
    expect(error.code).toBe("KUBECONFIG_INVALID");
    expect(error.message).toMatch(new RegExp(`${kubeconfig} is not valid YAML, line 5: `));
    expect(JSON.stringify([error.message, error.hint, String(error.cause)])).not.toContain("s3cret");
  });

  test("a file that is missing, or that holds a list, says so", () => {
    const missing = failure({ kubeconfig: join(home, "nothing") });
    expect(missing.message).toBe(`the kubeconfig ${join(home, "nothing")} does not exist`);
    expect(failure({ kubeconfig: write("list", "- a\n- b") }).message).toContain("holds no configuration");
  });

  test("without any kubeconfig the places that were looked at are named", () => {
    const error = failure();
    expect(error.code).toBe("KUBECONFIG_INVALID");
    expect(error.message).toBe(`no kubeconfig was found (looked for ${join(home, ".kube/config")})`);
    expect(error.hint).toContain("--kubeconfig");
  });

  test("an empty file is an empty kubeconfig", () => {
    expect(failure({ kubeconfig: write("empty", "\n") }).message).toContain("sets no current context");
  });
});

describe("contexts", () => {
  test("an unknown one lists the known ones, those that look alike first", () => {
    const kubeconfig = write("config", TWO);
    const error = failure({ kubeconfig, context: "devel" });
    expect(error.code).toBe("CONTEXT_UNKNOWN");
    expect(error.message).toContain(`the context "devel" is not in the kubeconfig ${kubeconfig}`);
    expect(error.hint).toMatch(/\(known: dev, /);
  });

  test("a current context that does not exist is told apart from one that was typed", () => {
    const kubeconfig = write("config", TWO.replace("current-context: prod", "current-context: gone"));
    expect(failure({ kubeconfig }).message).toContain('the current context "gone"');
  });

  test("a context whose cluster or user is missing names both", () => {
    const kubeconfig = write(
      "config",
      "current-context: a\nclusters: [{name: c, cluster: {server: https://c}}]\ncontexts: [{name: a, context: {cluster: x, user: u}}, {name: b, context: {cluster: c, user: u}}]",
    );
    expect(failure({ kubeconfig }).message).toContain('the cluster "x" of the context "a"');
    expect(failure({ kubeconfig, context: "b" }).message).toContain('the user "u" is not in');
  });

  test("are listed with the current one marked", () => {
    expect(listContexts({ kubeconfig: write("config", TWO) })).toEqual([
      { name: "prod", cluster: "prod-cluster", user: "admin", namespace: "shop", current: true },
      { name: "dev", cluster: "dev-cluster", user: "robot", namespace: undefined, current: false },
      { name: "cloud", cluster: "prod-cluster", user: "cloud", namespace: undefined, current: false },
    ]);
  });
});

describe("entries", () => {
  test("a cluster is read whole, with what only exec plugins and klog use", () => {
    expect(loadKubeconfig({ kubeconfig: write("config", TWO) }).cluster).toEqual({
      server: "https://prod.example:6443",
      caFile: join(home, "pki/ca.crt"),
      caData: undefined,
      insecureSkipTlsVerify: false,
      tlsServerName: "api.internal",
      proxyUrl: "http://proxy.example:3128",
      disableCompression: true,
      execConfig: { audience: "prod" },
    });
  });

  test("impersonation comes from the user entry, and flags replace it", () => {
    const kubeconfig = write("config", TWO);
    const extra = { reason: ["audit"] };
    expect(loadKubeconfig({ kubeconfig, context: "dev" }).user.impersonate).toEqual({
      user: "carol",
      groups: ["auditors"],
      uid: "7",
      extra,
    });
    expect(
      loadKubeconfig({ kubeconfig, context: "dev", as: "dave", asGroup: ["a", "b"], asUid: "9" }).user.impersonate,
    ).toEqual({ user: "dave", groups: ["a", "b"], uid: "9", extra });
  });

  test("a group without a user is refused", () => {
    const error = failure({ kubeconfig: write("config", TWO), asGroup: ["x"] });
    expect(error.code).toBe("USAGE");
    expect(error.hint).toContain("--as");
  });

  test("an exec plugin without a command, or of a version that is gone, is refused with its user's name", () => {
    const config = (exec: string) =>
      `current-context: a\nclusters: [{name: a, cluster: {server: https://a}}]\nusers: [{name: u, user: {exec: ${exec}}}]\ncontexts: [{name: a, context: {cluster: a, user: u}}]`;
    expect(
      failure({ kubeconfig: write("one", config("{apiVersion: client.authentication.k8s.io/v1}")) }).message,
    ).toMatch(/exec plugin of the user "u" .* names no command/);
    const old = config("{apiVersion: client.authentication.k8s.io/v1alpha1, command: x}");
    expect(failure({ kubeconfig: write("two", old) }).message).toContain("v1alpha1");
  });

  test("a token of digits stays text", () => {
    const kubeconfig = write(
      "config",
      "current-context: a\nclusters: [{name: a, cluster: {server: https://a}}]\nusers: [{name: u, user: {token: 12345}}]\ncontexts: [{name: a, context: {cluster: a, user: u}}]",
    );
    expect(loadKubeconfig({ kubeconfig }).user.token).toBe("12345");
  });
});

describe("flags", () => {
  test("--cluster and --user choose other entries, --namespace another namespace", () => {
    const kubeconfig = write("config", TWO);
    const loaded = loadKubeconfig({ kubeconfig, cluster: "dev-cluster", user: "robot", namespace: "elsewhere" });
    expect(loaded).toMatchObject({
      context: "prod",
      namespace: "elsewhere",
      cluster: { server: "https://dev.example" },
      user: { name: "robot" },
    });
    expect(failure({ kubeconfig, cluster: "dev" }).hint).toContain("known: dev-cluster");
  });

  test("--server drops the file's TLS name, and trust flags replace the file's trust", () => {
    const kubeconfig = write("config", TWO);
    expect(loadKubeconfig({ kubeconfig, server: "https://other" }).cluster).toMatchObject({
      server: "https://other",
      tlsServerName: undefined,
      caFile: join(home, "pki/ca.crt"),
    });
    expect(loadKubeconfig({ kubeconfig, insecureSkipTlsVerify: true }).cluster).toMatchObject({
      caFile: undefined,
      insecureSkipTlsVerify: true,
    });
    expect(loadKubeconfig({ kubeconfig, context: "dev", certificateAuthority: "my.crt" }).cluster).toMatchObject({
      caFile: "my.crt",
      insecureSkipTlsVerify: false,
    });
  });

  test("--token stands above every other credential", () => {
    const kubeconfig = write("config", TWO);
    const { user } = loadKubeconfig({ kubeconfig, context: "cloud", token: "mine" });
    expect(user).toMatchObject({ token: "mine", exec: undefined, tokenFile: undefined });
  });

  test("--server alone needs no kubeconfig", () => {
    expect(loadKubeconfig({ server: "localhost:8001" }).cluster.server).toBe("http://localhost:8001");
    expect(loadKubeconfig({ server: "10.0.0.1:6443" }).cluster.server).toBe("https://10.0.0.1:6443");
    expect(failure({ server: "https://[bad" }).message).toContain("is not a URL");
  });

  test.each([
    ["5", 5000],
    ["1m30s", 90_000],
    ["0", Number.POSITIVE_INFINITY],
    [undefined, undefined],
  ])("--request-timeout %s is %s ms", (requestTimeout, expected) => {
    expect(loadKubeconfig({ kubeconfig: write("config", TWO), requestTimeout }).requestTimeoutMs).toBe(expected);
  });
});

describe("inside a pod", () => {
  beforeEach(() => {
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "fd00::1");
    vi.stubEnv("KUBERNETES_SERVICE_PORT", "443");
    write("var/run/secrets/kubernetes.io/serviceaccount/token", "t");
    write("var/run/secrets/kubernetes.io/serviceaccount/namespace", "shop\n");
  });

  test("the service account is used when there is no kubeconfig", () => {
    const folder = join(home, "var/run/secrets/kubernetes.io/serviceaccount");
    const loaded = loadKubeconfig({}, home);
    expect(loaded).toMatchObject({
      context: "in-cluster",
      namespace: "shop",
      cluster: { server: "https://[fd00::1]:443", caFile: join(folder, "ca.crt") },
      user: { tokenFile: join(folder, "token"), authProvider: undefined },
    });
  });

  test("POD_NAMESPACE stands above the service account's namespace", () => {
    vi.stubEnv("POD_NAMESPACE", "other");
    expect(loadKubeconfig({}, home).namespace).toBe("other");
  });

  test("a kubeconfig stands above the service account", () => {
    write(".kube/config", TWO);
    expect(loadKubeconfig({}, home).context).toBe("prod");
  });
});

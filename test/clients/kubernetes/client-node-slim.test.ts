import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const SCRIPT = pathToFileURL(join(ROOT, "scripts/client-node-slim.mjs")).href;
const { clientNodeSlim } = (await import(SCRIPT)) as { clientNodeSlim: () => Plugin };

test("the bundled kubeconfig leaves out the generated API and the HTTP clients of client-node, and still works", async () => {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `import { loadKubeconfig } from "./src/clients/kubernetes/kubeconfig.ts";
        console.log(loadKubeconfig({ server: "https://example.org", kubeconfig: "/dev/null" }).cluster.server);`,
      resolveDir: ROOT,
    },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    metafile: true,
    plugins: [clientNodeSlim()],
  });
  const packages = Object.keys(metafile.inputs).filter((path) => path.startsWith("node_modules"));
  expect(packages.sort()).toEqual([
    "node_modules/@kubernetes/client-node/dist/config.js",
    "node_modules/@kubernetes/client-node/dist/config_types.js",
    "node_modules/js-yaml/dist/js-yaml.mjs",
  ]);
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module"], {
    input: outputFiles[0]!.text,
    encoding: "utf8",
  });
  expect({ stdout, stderr }).toEqual({ stdout: "https://example.org\n", stderr: "" });
});

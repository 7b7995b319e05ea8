// Bundles src/ into dist/: ESM with splitting, one chunk a command, so that a command loads only what it needs.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { clientNodeSlim } from "./client-node-slim.mjs";
import { buildWasm } from "./wasm.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

rmSync(join(root, "dist"), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { cli: "src/cli.ts", "regex-worker": "src/regex/worker.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22.22",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "linked",
  chunkNames: "chunks/[name]-[hash]",
  define: { "process.env.NODE_ENV": '"production"', __KLOG_VERSION__: JSON.stringify(version) },
  // CommonJS packages inside the bundle ask for Node's own modules through require.
  banner: {
    js: 'import { createRequire as __klogRequire } from "node:module"; const require = __klogRequire(import.meta.url);',
  },
  plugins: [clientNodeSlim()],
  logLevel: "warning",
});
await buildWasm();

// An esbuild plugin that bundles only what klog uses of @kubernetes/client-node: the kubeconfig (dist/config.js) and its entries.
// config.js imports the generated API, HTTP clients, proxies and logins as well; these become empty classes: its constructor makes
// one of each login, and everything else is only reached by methods that klog never calls.
import { readFile } from "node:fs/promises";

const KEPT = /^(node:(fs|path|net)|js-yaml|\.\/config_types\.js)$/;
const NAMED_IMPORT = /^import \{([^}]*)\} from '([^']*)';$/gm;
/** Node's own modules and package.json. `import "node:http"` alone takes 50 ms of CPU, as it loads Node's whole fetch. */
const DEFAULT_IMPORT = /^import (\w+) from '([^']*)'(?: with \{[^}]*\})?;$/gm;

export function clientNodeSlim() {
  return {
    name: "client-node-slim",
    setup(build) {
      build.onLoad({ filter: /@kubernetes[\\/]client-node[\\/]dist[\\/]config\.js$/ }, async ({ path }) => ({
        contents: slim(await readFile(path, "utf8")),
        loader: "js",
      }));
    },
  };
}

function slim(source) {
  return source
    .replace(NAMED_IMPORT, (statement, names, from) => (KEPT.test(from) ? statement : emptyClasses(names)))
    .replace(DEFAULT_IMPORT, (statement, name, from) => (KEPT.test(from) ? statement : `const ${name} = {};`));
}

function emptyClasses(names) {
  const locals = names.split(",").map((name) => name.trim().split(" as ").at(-1));
  return locals
    .filter((name) => name !== "")
    .map((name) => `class ${name} {}`)
    .join(" ");
}

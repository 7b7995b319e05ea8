// Builds the agent's image from this checkout, without a registry and without Docker: dist/, a Node binary with the shared libraries
// that it loads on this machine, nothing else. `ctr image import`, `docker load` and `podman load` take the archive.
//   node deploy/image.mjs OUT.tar [REFERENCE]
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [out, reference = "docker.io/library/klog:dev"] = process.argv.slice(2);
if (out === undefined) {
  process.stderr.write("usage: node deploy/image.mjs OUT.tar [REFERENCE]\n");
  process.exit(2);
}

if (!existsSync(join(root, "dist", "cli.js"))) {
  process.stderr.write("klog is not built yet: npm run build\n");
  process.exit(2);
}

const APP = "opt/klog";
const node = nodeBinary();
const layer = tar([
  ...["tmp", "etc", "var/lib/klog", "etc/klog"].map((path) => ({ path, mode: path === "tmp" ? 0o1777 : 0o755 })),
  { path: "etc/passwd", bytes: Buffer.from("root:x:0:0:root:/:/sbin/nologin\n") },
  { path: "etc/group", bytes: Buffer.from("root:x:0:\n") },
  { path: "usr/local/bin/node", bytes: readFileSync(node), mode: 0o755 },
  ...sharedLibraries(node).map((path) => ({ path: path.slice(1), bytes: readFileSync(path), mode: 0o755 })),
  ...["bin/klog.js", "package.json", "LICENSE"].map((path) => file(path)),
  ...tree("dist").map((path) => file(path)),
]);
const config = json({
  architecture: process.arch === "x64" ? "amd64" : process.arch,
  os: "linux",
  created: "1970-01-01T00:00:00Z",
  config: {
    Entrypoint: ["/usr/local/bin/node", `/${APP}/bin/klog.js`],
    Cmd: ["agent", "run"],
    Env: ["PATH=/usr/local/bin", "HOME=/tmp", "NODE_COMPILE_CACHE=/tmp/klog-cache"],
    WorkingDir: "/",
  },
  rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
  history: [{ created: "1970-01-01T00:00:00Z", created_by: "deploy/image.mjs" }],
});
const manifest = json({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: descriptor("application/vnd.oci.image.config.v1+json", config),
  layers: [descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
});
const index = json({
  schemaVersion: 2,
  manifests: [
    {
      ...descriptor("application/vnd.oci.image.manifest.v1+json", manifest),
      annotations: {
        "io.containerd.image.name": reference,
        "org.opencontainers.image.ref.name": reference.split(":").at(-1),
      },
    },
  ],
});
const blob = (bytes) => ({ path: `blobs/sha256/${sha256(bytes)}`, bytes });
const archive = tar([
  { path: "oci-layout", bytes: json({ imageLayoutVersion: "1.0.0" }) },
  { path: "index.json", bytes: index },
  // What `docker load` reads.
  {
    path: "manifest.json",
    bytes: json([{ Config: blob(config).path, RepoTags: [reference], Layers: [blob(layer).path] }]),
  },
  blob(config),
  blob(manifest),
  blob(layer),
]);
writeFileSync(`${out}.new`, archive);
renameSync(`${out}.new`, out);
process.stdout.write(`${out}: ${reference}, ${Math.round(archive.length / 2 ** 20)} MiB\n`);

/** The binary of the package `node`, which is what the tests run on. */
function nodeBinary() {
  const here = createRequire(join(root, "package.json"));
  return realpathSync(join(dirname(here.resolve("node/package.json")), "bin", "node"));
}

function sharedLibraries(binary) {
  const { stdout, status } = spawnSync("ldd", [binary], { encoding: "utf8" });
  if (status !== 0) throw new Error(`ldd ${binary} failed: the image is built on Linux with glibc`);
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path);
}

function tree(directory) {
  return readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

function file(path) {
  const executable = (lstatSync(join(root, path)).mode & 0o100) !== 0;
  return { path: `${APP}/${path}`, bytes: readFileSync(join(root, path)), mode: executable ? 0o755 : 0o644 };
}

/** A ustar archive, the same for the same content. An entry without bytes is a directory; those above a file are made. */
function tar(entries) {
  const parts = [];
  const made = new Set();
  const add = ({ path, bytes, mode }) => {
    const parent = dirname(path);
    if (parent !== "." && !made.has(parent)) add({ path: parent });
    if (bytes === undefined && made.has(path)) return;
    made.add(path);
    parts.push(header(bytes === undefined ? `${path}/` : path, bytes, mode ?? (bytes === undefined ? 0o755 : 0o644)));
    if (bytes !== undefined) parts.push(bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  };
  for (const entry of entries) add(entry);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function header(path, bytes, mode) {
  if (path.length > 100) throw new Error(`${path} is too long for a ustar header`);
  const block = Buffer.alloc(512);
  const octal = (value, at, length) => block.write(value.toString(8).padStart(length - 1, "0"), at);
  block.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes?.length ?? 0, 124, 12);
  octal(0, 136, 12);
  block.write("        ", 148);
  block.write(bytes === undefined ? "5" : "0", 156);
  block.write("ustar\0" + "00", 257);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return block;
}

function descriptor(mediaType, bytes) {
  return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
}

function json(value) {
  return Buffer.from(JSON.stringify(value));
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

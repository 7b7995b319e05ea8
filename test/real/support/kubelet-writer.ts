// Writes container logs as containerd does and rotates them in the kubelet's order, faster than any kubelet: numbered lines in many
// containers under <root>/<namespace>_<pod>_<uid>/<container>/0.log. A program of its own, so that nothing it tests can stop it.
// node kubelet-writer.ts '{"root":…,"containers":20,"linesPerSecond":50000,"seconds":120,"maxBytes":1048576,"maxFiles":5,"seed":1}'
// Prints the number of lines of each container as JSON when it is done; SIGTERM ends it early and as well.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { Random } from "../../support/random.ts";

export interface WriterOptions {
  readonly root: string;
  readonly containers: number;
  /** Of all containers together. */
  readonly linesPerSecond: number;
  readonly seconds: number;
  /** A file that is larger is rotated at the next look, and this many are kept, as containerLogMaxSize and -MaxFiles say. */
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly seed: number;
}

const TICK_MS = 20;
const ROTATE_EVERY_MS = 250;
/** The runtime goes on writing to the renamed file until it is told to open the new one. */
const REOPEN_LATE_MS = 60;

interface Container {
  readonly directory: string;
  readonly name: string;
  fd: number;
  bytes: number;
  lines: number;
  /** A rotated file exists and the new one is not open yet. */
  reopenAt: number | undefined;
}

export function containerDirectory(root: string, index: number): string {
  const uid = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  return join(root, `rig_writer-${index}_${uid}`, "main");
}

function write(options: WriterOptions): void {
  const random = new Random(options.seed);
  const containers = Array.from({ length: options.containers }, (_, index): Container => {
    const directory = containerDirectory(options.root, index);
    mkdirSync(directory, { recursive: true });
    const fd = openSync(join(directory, "0.log"), "a", 0o640);
    return { directory, name: `writer-${index}`, fd, bytes: 0, lines: 0, reopenAt: undefined };
  });
  const started = performance.now();
  let due = 0;
  let written = 0;
  let lookedAt = started;
  let stopping = false;
  process.on("SIGTERM", () => {
    stopping = true;
  });
  const timer = setInterval(() => {
    const now = performance.now();
    due = Math.floor(((now - started) / 1000) * options.linesPerSecond);
    while (written < due) {
      const container = containers[random.below(containers.length)]!;
      // A write holds several lines and may end in the middle of one, as a pipe's does.
      const count = Math.min(due - written, 1 + random.below(200));
      append(container, count, random.below(4) === 0 ? random.below(120) : 0);
      written += count;
    }
    for (const container of containers) {
      if (container.reopenAt === undefined || now < container.reopenAt) continue;
      closeSync(container.fd);
      container.fd = openSync(join(container.directory, "0.log"), "a", 0o640);
      container.bytes = 0;
      container.reopenAt = undefined;
    }
    if (now - lookedAt >= ROTATE_EVERY_MS) {
      lookedAt = now;
      for (const container of containers)
        if (container.bytes > options.maxBytes && container.reopenAt === undefined)
          rotate(container, options.maxFiles, now);
    }
    if (stopping || now - started >= options.seconds * 1000) {
      clearInterval(timer);
      for (const { fd } of containers) closeSync(fd);
      process.stdout.write(`${JSON.stringify(containers.map(({ lines }) => lines))}\n`);
    }
  }, TICK_MS);
}

function append(container: Container, count: number, cut: number): void {
  let text = "";
  const now = new Date().toISOString().slice(0, -1);
  for (let i = 0; i < count; i++) {
    const nanos = String(container.lines % 1_000_000).padStart(6, "0");
    const stream = container.lines % 7 === 0 ? "stderr" : "stdout";
    const word = container.lines % 11 === 0 ? "ERROR upstream timed out" : "INFO request served";
    text += `${now}${nanos}Z ${stream} F ${container.name} line ${container.lines} ${word} in ${container.lines % 977}ms\n`;
    container.lines++;
  }
  container.bytes += text.length;
  if (cut === 0 || cut >= text.length) {
    writeSync(container.fd, text);
    return;
  }
  writeSync(container.fd, text.slice(0, -cut));
  writeSync(container.fd, text.slice(-cut));
}

/** The kubelet's order: remove what a failed run left, drop the oldest, compress, rename, and only later a new file. */
function rotate(container: Container, maxFiles: number, now: number): void {
  const { directory } = container;
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const names = readdirSync(directory).sort();
  // Names are of whole seconds: a second rotation within one would overwrite the first one's file.
  if (names.some((name) => name.startsWith(`0.log.${stamp}`))) return;
  for (const name of names) if (name.endsWith(".tmp")) rmSync(join(directory, name));
  const rotated = names.filter((name) => name.startsWith("0.log.") && !name.endsWith(".tmp"));
  while (rotated.length > Math.max(0, maxFiles - 2)) rmSync(join(directory, rotated.shift()!));
  for (const name of rotated) {
    if (name.endsWith(".gz")) continue;
    const path = join(directory, name);
    writeFileSync(`${path}.tmp`, gzipSync(readFileSync(path), { level: 1 }));
    renameSync(`${path}.tmp`, `${path}.gz`);
    rmSync(path);
  }
  renameSync(join(directory, "0.log"), join(directory, `0.log.${stamp}`));
  container.reopenAt = now + REOPEN_LATE_MS;
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) write(JSON.parse(process.argv[2]!) as WriterOptions);

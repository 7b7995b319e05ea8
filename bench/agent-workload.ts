// Millions of numbered lines in the trees that a node has: of the kubelet, of Docker, and plain files; kept for the cases of one run.
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LineBlock, type LineKind } from "./agent-lines.ts";

/** Files with their lines, and what has to come out of them. */
export interface Tree {
  /** What the agent is told to look at. */
  readonly directory: string;
  readonly files: readonly string[];
  readonly bytes: number;
  readonly lines: number;
  readonly events: number;
  /** Numbers run from 0 to here, each file's lines behind those of the file before. */
  readonly numbers: number;
  readonly numbersPerFile: number;
}

interface TreeOptions {
  readonly kind: LineKind;
  readonly files: number;
  /** In all files together. */
  readonly lines: number;
  /** Seconds since the last write to the files. */
  readonly age?: number;
}

const BLOCK_LINES = 10_000;
/** Of the first line of each file; each next one is 20 µs later, as at 50,000 lines a second. */
const FIRST_SECOND = Date.UTC(2026, 10, 21, 10) / 1000;
const STEP = 20_000;

export class Workload implements Disposable {
  private readonly root = mkdtempSync(join(tmpdir(), "klog-bench-agent-"));
  private readonly kept = new Map<string, Tree>();
  private folders = 0;

  /** Written at the first call, and there until the end. */
  tree(options: TreeOptions): Tree {
    const key = JSON.stringify(options);
    let tree = this.kept.get(key);
    if (tree === undefined) {
      tree = writeTree(this.folder(), options);
      this.kept.set(key, tree);
    }
    return tree;
  }

  /** The same files in two trees, half of them in each. */
  halves({ kind, files, lines }: TreeOptions): readonly [Tree, Tree] {
    const tree = this.tree({ kind, files, lines });
    const half = (from: number, to: number): Tree => {
      const directory = this.folder();
      const part = tree.files.slice(from, to);
      const paths = part.map((file) => join(directory, file.slice(tree.directory.length)));
      for (const [i, path] of paths.entries()) {
        mkdirSync(dirname(path), { recursive: true });
        linkSync(part[i]!, path);
      }
      const share = part.length / files;
      const { bytes, events, numbers, numbersPerFile } = tree;
      return {
        directory,
        files: paths,
        bytes: bytes * share,
        lines: tree.lines * share,
        events: events * share,
        numbers: numbers * share,
        numbersPerFile,
      };
    };
    return [half(0, files / 2), half(files / 2, files)];
  }

  /** An empty folder, for state, output and files that a case writes itself. */
  folder(): string {
    const folder = join(this.root, String(this.folders++));
    mkdirSync(folder);
    return folder;
  }

  remove(folder: string): void {
    for (const [key, { directory }] of this.kept) if (directory === folder) this.kept.delete(key);
    rmSync(folder, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The log of a container as the kubelet names it. Makes its directory. */
export function podLog(root: string, pod: string, i: number): string {
  const uid = `0f2b8e9c-5a77-4b1e-9d57-${String(i).padStart(12, "0")}`;
  const directory = join(root, `shop_${pod}-7d9f8c6b5d-${String(i).padStart(5, "0")}_${uid}`, "app");
  mkdirSync(directory, { recursive: true });
  return join(directory, "0.log");
}

function writeTree(directory: string, { kind, files, lines, age }: TreeOptions): Tree {
  const perFile = Math.max(1, Math.round(lines / files));
  const block = new LineBlock(kind, Math.min(BLOCK_LINES, perFile));
  const blocks = Math.max(1, Math.round(perFile / block.size.lines));
  const times = kind !== "plain";
  let number = 0;
  const paths = Array.from({ length: files }, (_, i) => {
    const path = pathOf(directory, kind, i);
    const file = openSync(path, "w");
    for (let n = 0; n < blocks; n++) {
      block.number(number);
      number += block.size.numbers;
      const nanosecond = n * block.size.lines * STEP;
      if (times) block.stamp(FIRST_SECOND + Math.floor(nanosecond / 1e9), nanosecond % 1e9, STEP);
      writeSync(file, block.bytes);
    }
    closeSync(file);
    if (age !== undefined) utimesSync(path, Date.now() / 1000 - age, Date.now() / 1000 - age);
    return path;
  });
  return {
    directory,
    files: paths,
    bytes: files * blocks * block.bytes.length,
    lines: files * blocks * block.size.lines,
    events: files * blocks * block.size.events,
    numbers: number,
    numbersPerFile: blocks * block.size.numbers,
  };
}

function pathOf(root: string, kind: LineKind, i: number): string {
  switch (kind) {
    case "cri":
    case "multiline":
      return podLog(root, "web", i);
    case "plain":
      return join(root, `app-${i}.log`);
    case "docker": {
      const id = i.toString(16).padStart(64, "3f1d2a");
      mkdirSync(join(root, id));
      const config = { ID: id, Name: `/web-${i}`, Config: { Image: "registry.local/web:1.2", Labels: {} } };
      writeFileSync(join(root, id, "config.v2.json"), JSON.stringify(config));
      return join(root, id, `${id}-json.log`);
    }
  }
}

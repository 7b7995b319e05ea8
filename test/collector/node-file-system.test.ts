import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { nodeFileSystem as fs, heldBytesLimit } from "../../src/collector/node-file-system.ts";

const root = mkdtempSync(join(tmpdir(), "klog-fs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("what is not there is undefined, not an error", () => {
  writeFileSync(join(root, "file"), "x");
  for (const path of [join(root, "none"), join(root, "file", "below")]) {
    expect([fs.stat(path), fs.lstat(path), fs.list(path), fs.realpath(path), fs.openForReading(path)]).toEqual(
      Array(5).fill(undefined),
    );
    expect(fs.readFile(path)).toBeUndefined();
    fs.remove(path);
  }
  expect(fs.list(join(root, "file"))).toBeUndefined();
});

test("kinds tell files, directories, links and the rest apart, and a FIFO does not hold up its opening", () => {
  const at = join(root, "kinds");
  mkdirSync(join(at, "directory"), { recursive: true });
  writeFileSync(join(at, "file"), "abc");
  symlinkSync("file", join(at, "link"));
  execFileSync("mkfifo", [join(at, "fifo")]);
  const kinds = Object.fromEntries(fs.list(at)!.map(({ name, kind }) => [name, kind]));
  expect(kinds).toEqual({ directory: "directory", file: "file", link: "link", fifo: "other" });
  expect([fs.stat(join(at, "link"))!.kind, fs.lstat(join(at, "link"))!.kind]).toEqual(["file", "link"]);
  const fd = fs.openForReading(join(at, "fifo"))!;
  expect(fs.fstat(fd).kind).toBe("other");
  fs.close(fd);
});

test("a deleted file is read through its descriptor, and has no links left", async () => {
  const path = join(root, "deleted");
  const out = fs.openForAppending(path);
  fs.write(out, Buffer.from("hello world"));
  await fs.sync(out);
  const fd = fs.openForReading(path)!;
  fs.remove(path);
  const bytes = new Uint8Array(16);
  expect([fs.read(fd, bytes, 1, 5, 6), Buffer.from(bytes.subarray(1, 6)).toString()]).toEqual([5, "world"]);
  const { nlink, size } = fs.fstat(fd);
  expect([nlink, size, fs.read(fd, bytes, 0, 16, 11)]).toEqual([0, 11, 0]);
  fs.close(fd);
  fs.close(out);
});

test("opening for writing empties, truncating cuts, renaming replaces, and a directory can be synced", async () => {
  const directory = join(root, "a", "b");
  fs.makeDirectory(directory);
  fs.makeDirectory(directory);
  for (const content of ["first", "second"]) {
    const fd = fs.openForWriting(join(directory, "new"));
    fs.write(fd, Buffer.from(content));
    fs.truncate(fd, 4);
    fs.close(fd);
  }
  fs.rename(join(directory, "new"), join(directory, "old"));
  await fs.syncDirectory(directory);
  expect([
    fs.list(directory)!.map(({ name }) => name),
    Buffer.from(fs.readFile(join(directory, "old"))!).toString(),
  ]).toEqual([["old"], "seco"]);
});

test("an error that is not absence keeps its code", () => {
  expect(() => fs.readFile(root)).toThrowError(expect.objectContaining({ code: "EISDIR" }));
});

test("at most 2 GiB of deleted files are held, less on a small volume", () => {
  const limit = heldBytesLimit(root);
  expect(limit).toBeGreaterThan(0);
  expect(limit).toBeLessThanOrEqual(2 * 1024 ** 3);
});

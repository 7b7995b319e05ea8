import { expect, test } from "vitest";
import {
  addMark,
  FileEvidence,
  fingerprint,
  generationId,
  isPrefix,
  type Mark,
  type Signature,
  sameContent,
} from "../../../src/collector/reader/identity.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";
import { targetOf } from "./rig.ts";

function evidenceOf(fs: ModelFileSystem, path: string): FileEvidence {
  return new FileEvidence(fs, fs.openForReading(path)!, fs.stat(path)!.size);
}

function signatureOf(text: string, marks: readonly number[]): Signature {
  const bytes = Buffer.from(text);
  return {
    head: { length: Math.min(1024, bytes.length), hash: fingerprint(bytes.subarray(0, 1024)) },
    marks: marks.map((at) => ({ at, hash: fingerprint(bytes.subarray(Math.max(0, at - 64), at)) })),
    first: undefined,
  };
}

test("marks stay few, reach back to the beginning, and are dense at the end", () => {
  let marks: readonly Mark[] = [];
  for (let at = 1; at <= 100_000; at++) marks = addMark(marks, { at, hash: "" }, 64);
  const positions = marks.map(({ at }) => at);
  expect(positions.length).toBeLessThanOrEqual(64);
  expect(positions.length).toBeGreaterThanOrEqual(32);
  expect(positions[0]).toBe(1);
  expect(positions.slice(-30)).toEqual(Array.from({ length: 30 }, (_, i) => 99_971 + i));
  for (let at = 1; at <= 99; at++) marks = addMark(marks, { at, hash: "" }, 2);
  expect(marks.length).toBeLessThanOrEqual(2);
});

test("a mark tells two files with one head apart; a file that is shorter than its marks is not whole", () => {
  const fs = new ModelFileSystem();
  const banner = "#".repeat(1500);
  fs.append("/a", `${banner}first of all\n`);
  fs.append("/b", `${banner}second of all\n`);
  fs.append("/short", banner);
  const signature = signatureOf(`${banner}first of all\n`, [1024, 1513]);
  expect(sameContent(signature, evidenceOf(fs, "/a"), true)).toBe(true);
  expect(sameContent(signature, evidenceOf(fs, "/b"), true)).toBe(false);
  expect(sameContent(signature, evidenceOf(fs, "/b"), false)).toBe(false);
  expect(sameContent(signature, evidenceOf(fs, "/short"), true)).toBe(false);
  expect(sameContent(signature, evidenceOf(fs, "/short"), false)).toBe(true);
});

test("a prefix is told by its head, its end and places between", () => {
  const fs = new ModelFileSystem();
  const text = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join("");
  fs.append("/all", text);
  fs.append("/part", text.slice(0, 5000));
  fs.append("/empty", "");
  fs.append("/other", `${text.slice(0, 4990)}different\n`);
  const all = evidenceOf(fs, "/all");
  expect(["/part", "/empty", "/all", "/other"].map((path) => isPrefix(evidenceOf(fs, path), all))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(isPrefix(all, evidenceOf(fs, "/part"))).toBe(false);
});

test("an id depends on node, log, inode and birth time only; without a birth time it is random", () => {
  const [exact, none] = [new ModelFileSystem(), new ModelFileSystem({ birthTimes: "none" })];
  for (const fs of [exact, none]) fs.append("/a", "x");
  const target = targetOf("none", "a");
  const before = exact.stat("/a")!;
  exact.append("/a", "more");
  exact.setDevice(9n);
  const id = generationId("n", target, before);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(generationId("n", target, exact.stat("/a")!)).toBe(id);
  expect(generationId("m", target, before)).not.toBe(id);
  expect(generationId("n", targetOf("none", "b"), before)).not.toBe(id);
  expect(generationId("n", target, none.stat("/a")!)).not.toBe(generationId("n", target, none.stat("/a")!));
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KlogError } from "../../src/errors.ts";
import { SaveFolder, type SaveOptions } from "../../src/output/save.ts";
import { AT, makeLine, makeOrigin } from "./make-line.ts";

let folder: string;
let notes: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "klog-save-"));
  notes = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function save(changes: Partial<SaveOptions> = {}): SaveFolder {
  const options = {
    directory: folder,
    showCluster: false,
    markerText: () => "--- gap ---",
    onNote: (text: string) => void notes.push(text),
  };
  return new SaveFolder({ ...options, ...changes });
}

const read = (name: string) => readFileSync(join(folder, name));

test("a container's lines go into its file, byte by byte, restarts too", () => {
  const files = save();
  files.line(makeLine(Buffer.from([0x61, 0xff, 0x1b, 0x00])));
  files.line(makeLine("trace", { rest: [makeLine("  at x")] }));
  files.line(makeLine("again", { origin: makeOrigin({ restart: 1, containerId: "other" }) }));
  files.line(makeLine("sidecar", { origin: makeOrigin({ container: "proxy" }) }));
  files.close();
  expect(read("ns1_pod1_container1.log")).toEqual(
    Buffer.concat([Buffer.from([0x61, 0xff, 0x1b, 0x00, 0x0a]), Buffer.from("trace\n  at x\nagain\n")]),
  );
  expect(read("ns1_pod1_proxy.log").toString()).toBe("sidecar\n");
  expect(notes).toEqual([]);
});

test("markers go beside the log", () => {
  const files = save();
  files.marker({ kind: "gap", origin: makeOrigin(), at: AT, after: undefined, before: undefined, cause: "rotated" });
  files.close();
  expect(readdirSync(folder)).toEqual(["ns1_pod1_container1.markers.log"]);
  expect(read("ns1_pod1_container1.markers.log").toString()).toBe("--- gap ---\n");
});

test("a file that exists is continued, and that is told", () => {
  writeFileSync(join(folder, "ns1_pod1_container1.log"), "old\n");
  const files = save();
  files.line(makeLine("new"));
  files.close();
  expect(read("ns1_pod1_container1.log").toString()).toBe("old\nnew\n");
  expect(notes).toEqual([`${join(folder, "ns1_pod1_container1.log")} exists: lines are appended to it`]);
});

test("more containers than open files lose no line and tell nothing twice", () => {
  const files = save();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 100; i++) {
      files.line(makeLine(`${round}`, { origin: makeOrigin({ pod: `pod${i}` }) }));
    }
    files.flush();
  }
  files.close();
  expect(readdirSync(folder)).toHaveLength(100);
  for (let i = 0; i < 100; i++) expect(read(`ns1_pod${i}_container1.log`).toString()).toBe("0\n1\n2\n");
  expect(notes).toEqual([]);
});

test("no name leads out of the folder", () => {
  const files = save({ showCluster: true });
  files.line(makeLine("x", { origin: makeOrigin({ cluster: "../arn:aws/x", namespace: "..", pod: "a/b" }) }));
  files.close();
  expect(readdirSync(folder)).toEqual(["--arn-aws-x_-_a-b_container1.log"]);
});

test("a folder that cannot be made is a clear error", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => save({ directory: join(folder, "file", "x") })).toThrow(KlogError);
});

test("a folder is made with those above it, and one that cannot be made is told", () => {
  const deep = join(folder, "a", "b");
  const files = save({ directory: deep });
  files.line(makeLine("x"));
  files.close();
  expect(readFileSync(join(deep, "ns1_pod1_container1.log")).toString()).toBe("x\n");
  writeFileSync(join(folder, "file"), "");
  expect(() => save({ directory: join(folder, "file", "sub") })).toThrow(/cannot make the folder/);
});

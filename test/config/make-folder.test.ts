import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../../src/config/make-folder.ts";
import { testFolder } from "../support/command-io.ts";

test("a folder is made with those around it, for the owner alone, and again without harm", async () => {
  const path = join(testFolder(), "a", "b", "c");
  await makeFolder(path);
  await makeFolder(path);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test.runIf(process.platform === "linux")(
  "where no folder can be made it fails instead of trying for ever",
  async () => {
    await expect(makeFolder("/proc/none/klog/completion")).rejects.toMatchObject({ code: "ENOENT" });
  },
);

test("a file in the way is an error", async () => {
  const file = join(testFolder(), "file");
  writeFileSync(file, "");
  await expect(makeFolder(join(file, "klog"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

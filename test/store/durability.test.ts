import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppendFile } from "../../src/store/append-file.ts";
import { Durability } from "../../src/store/durability.ts";
import { nodeStoreFiles } from "../../src/store/store-files.ts";

let directory: string;
let timers: (() => void)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "klog-durability-"));
  timers = [];
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function passInterval(): void {
  for (const timer of timers.splice(0)) timer();
}

test("an interval that ends with nothing to sync, as the block has become part of a segment, is followed by others", async () => {
  const clock = {
    now: () => 0,
    after: (_ms: number, then: () => void) => {
      timers.push(then);
      return () => {
        timers = timers.filter((timer) => timer !== then);
      };
    },
  };
  const durability = new Durability("interval", clock, {
    syncDirectory: async () => undefined,
    failed: (error) => {
      throw error;
    },
  });
  const file = (name: string): AppendFile => {
    const made = new AppendFile(nodeStoreFiles, join(directory, name));
    made.append(Buffer.from("frame"));
    return made;
  };
  const first = file("first");
  durability.framed(first, 5, 1);
  await durability.indexed(1, first);
  passInterval();

  const second = file("second");
  let stored = false;
  durability.expect(2, () => {
    stored = true;
  });
  durability.framed(second, 5, 2);
  expect(timers).toHaveLength(1);
  passInterval();
  await durability.finish();
  expect(stored).toBe(true);
  for (const open of [first, second]) open.close();
});

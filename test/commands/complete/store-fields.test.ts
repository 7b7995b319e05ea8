import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { storeFields } from "../../../src/commands/complete/store-fields.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { ORIGIN, row, storeRows } from "../../store/support/rows.ts";
import { testFolder } from "../../support/command-io.ts";

const LIMITS = { rows: 400, blocks: 4, ms: 1 };
const idle = () => 0;

/** `logs`: messages by container. */
async function storeOf(logs: Readonly<Record<string, readonly string[]>>, isClosed: boolean): Promise<string> {
  const directory = join(testFolder(), "store");
  const writer = await StoreWriter.open(directory, { fsync: "never" });
  for (const [container, messages] of Object.entries(logs)) {
    const id = Buffer.from(container).toString("hex").padEnd(16, "0");
    const rows = messages.map((message, index) => row(message, { offset: index * 1000 }));
    writer.append(storeRows({ id, epoch: 0, origin: { ...ORIGIN, container } }, rows));
  }
  await (isClosed ? writer.close() : writer.flush());
  return directory;
}

const names = (directory: string, limits = LIMITS, cpu = idle) =>
  storeFields([directory], cpu, limits).map(({ name }) => name);

describe("fields in a store", () => {
  test("are found in its closed blocks, and where there is none in the open one", async () => {
    const logs = { a: ['{"status":200}'], b: ["user=ann shop=3"] };
    expect(names(await storeOf(logs, true)).toSorted()).toEqual(["shop", "status", "user"]);
    expect(names(await storeOf(logs, false)).toSorted()).toEqual(["shop", "status", "user"]);
  });

  test("a log that writes much does not hide one that writes little", async () => {
    const directory = await storeOf({ rare: ['{"seldom":1}'], loud: Array(3000).fill('{"often":1}') }, true);
    expect(names(directory)).toEqual(["often", "seldom"]);
  });

  test("an event's fields are those of its first line; very long lines are passed over", async () => {
    const directory = await storeOf({ a: ['{"x":1}\n  at y', `{"big":"${"z".repeat(9000)}"}`] }, true);
    expect(names(directory)).toEqual(["x"]);
  });

  test("the sample ends when its CPU time is used up", async () => {
    const directory = await storeOf({ a: Array.from({ length: 300 }, (_, i) => `{"f${299 - i}":1}`) }, true);
    let now = 0;
    const cpu = () => {
      now += 0.6;
      return now;
    };
    expect(names(directory, LIMITS, cpu)).toHaveLength(64);
  });

  test("of a store that is not there are none", () => {
    expect(names(join(testFolder(), "gone"))).toEqual([]);
  });
});

// A process that writes numbered records into a store until it is killed, and prints the number before which all are stored.
// node numbered-writer.ts <directory> <first number> <fsync> <last number>
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { generation, numberedRows } from "./rows.ts";

const [directory, first, fsync, last] = process.argv.slice(2);
const writer = await StoreWriter.open(directory!, {
  fsync: fsync === "always" ? "always" : "never",
  segmentBytes: 1 << 20,
});
const of = generation(7);
for (let next = Number(first); next < Number(last); next += 50) {
  // Of a length that closes a block every few hundred records, and of bytes that do not compress well.
  const text = Array.from({ length: 400 }, () => Math.random().toString(36))
    .join(" ")
    .slice(0, 100 + (next % 7) * 600);
  const count = Math.min(50, Number(last) - next);
  writer.append(numberedRows(of, next, count, text), () => process.stdout.write(`${next + count}\n`));
  if (writer.full) await writer.drained();
  if (next % 250 === 0) await writer.flush();
}
await writer.close();
process.stdout.write("done\n");

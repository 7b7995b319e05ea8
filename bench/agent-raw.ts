// What is left of an agent without its work: node:fs alone reads the same bytes and writes as many as the agent does. Run by agent-peers.ts.
// node agent-raw.ts '{"files":[…],"output":PATH,"bytes":N,"sync":true}'
import { closeSync, fdatasync, openSync, readSync, statSync, writeSync } from "node:fs";

interface RawSpec {
  readonly files: readonly string[];
  readonly output: string;
  /** To be written, in all. */
  readonly bytes: number;
  /** As the sink `file` does by default: one sync after the other, in the background. */
  readonly sync: boolean;
}

/** As the agent reads and writes. */
const READ_BYTES = 256 << 10;
const WRITE_BYTES = 1 << 20;

async function copy({ files, output, bytes, sync }: RawSpec): Promise<void> {
  const input = Buffer.alloc(READ_BYTES);
  const block = Buffer.alloc(WRITE_BYTES, `${"x".repeat(599)}\n`);
  const size = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const out = openSync(output, "a");
  let read = 0;
  let written = 0;
  let syncing: Promise<void> | undefined;
  for (const file of files) {
    const fd = openSync(file, "r");
    for (let n = readSync(fd, input); n > 0; n = readSync(fd, input)) {
      read += n;
      for (const due = Math.round((bytes * read) / size); written < due; ) {
        written += writeSync(out, block, 0, Math.min(WRITE_BYTES, due - written));
      }
      if (sync) syncing ??= synced(out).finally(() => (syncing = undefined));
      await new Promise((resolve) => setImmediate(resolve));
    }
    closeSync(fd);
  }
  await syncing;
  if (sync) await synced(out);
  closeSync(out);
}

function synced(fd: number): Promise<void> {
  return new Promise((resolve, reject) => fdatasync(fd, (error) => (error === null ? resolve() : reject(error))));
}

await copy(JSON.parse(process.argv[2]!) as RawSpec);

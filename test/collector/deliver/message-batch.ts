// Batches of plain messages for the tests of sinks, and the messages that a sink's output holds.
import { createPlainBatch } from "../../../src/collector/decode/plain-batch.ts";
import { FLAG_DROPPED, type RecordBatch } from "../../../src/collector/record-batch.ts";
import type { GenerationKey } from "../../../src/collector/target.ts";

export const GENERATION: GenerationKey = {
  id: "00112233445566aa",
  epoch: 0,
  target: {
    id: "pod/u1/app/0",
    directory: "/var/log/pods/shop_web_u1/app",
    file: "0.log",
    siblings: "kubelet",
    format: "cri",
    firstRead: "beginning",
    tags: {},
    pipeline: "containers",
    origin: {
      node: "n1",
      namespace: "shop",
      pod: "web",
      podUid: "u1",
      container: "app",
      containerId: "",
      restart: 0,
      image: "",
      dockerApp: "",
      dockerService: "",
      dockerContainer: "",
      labels: {},
      path: "/var/log/pods/shop_web_u1/app/0.log",
    },
  },
};

let offset = 0;

export function batchOf(messages: readonly string[], dropped: readonly number[] = []): RecordBatch {
  const texts = messages.map((message) => Buffer.from(message));
  const batch = createPlainBatch(
    GENERATION,
    texts.length,
    texts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  texts.forEach((text, row) => {
    batch.bytes.set(text, at);
    batch.start[row] = at;
    at += text.length;
    batch.end[row] = at;
    batch.offset[row] = offset;
    offset += text.length + 1;
    batch.sec[row] = 1_790_000_000;
    if (dropped.includes(row)) batch.flags[row] = FLAG_DROPPED;
  });
  return batch;
}

/** The messages of whole lines; throws where a line is no record. */
export function messagesIn(output: Uint8Array | undefined): string[] {
  const text = Buffer.from(output ?? []).toString("utf8");
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error(`the last line has no end: ${text.slice(-80)}`);
  return lines.map((line) => (JSON.parse(line) as { message: string }).message);
}

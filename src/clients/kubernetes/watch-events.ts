// Splits the body of a watch into its events: one JSON object a line, cut into chunks at any byte.
import { ApiError } from "./client.ts";
import type { KubernetesObject, Status } from "./resources.ts";

export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: KubernetesObject }
  | { readonly type: "ERROR"; readonly object: Status };

const NEWLINE = 0x0a;

/** Returns what takes the chunks. Throws ApiError of kind "expired" on a line that is not JSON: only a new list helps. */
export function watchEventSplitter<T>(event: (event: WatchEvent<T>) => void): (chunk: Buffer) => void {
  // Bytes, not text: a character may lie across two chunks.
  let rest: Buffer[] = [];
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = rest.length === 0 ? chunk.subarray(from, end) : Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      from = end + 1;
      if (line.length > 0) event(parse<T>(line));
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  };
}

function parse<T>(line: Buffer): WatchEvent<T> {
  try {
    return JSON.parse(line.toString("utf8")) as WatchEvent<T>;
  } catch (cause) {
    throw new ApiError("expired", "the watch sent a line that is not JSON", { cause });
  }
}

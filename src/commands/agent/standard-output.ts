// process.stdout as the sink `stdout` needs it. Node's stream takes a short write into a file for a whole one, so files are written here.
import { fstatSync } from "node:fs";
import type { Writable } from "node:stream";
import type { StandardOutput } from "../../collector/deliver/stdout-sink.ts";
import { writeWhole } from "../../output/terminal.ts";

export function standardOutput(stream: Writable & { readonly fd?: number }): StandardOutput {
  const { fd } = stream;
  if (fd !== undefined && isFile(fd)) {
    return {
      write(bytes, written) {
        try {
          writeWhole(fd, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
          written();
        } catch (error) {
          written(error as Error);
        }
      },
    };
  }
  // The write's callback hears of the same error; without a listener it would end the process.
  stream.on("error", () => undefined);
  return stream;
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

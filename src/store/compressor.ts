// Compresses pieces to a zstd frame each, one after the other on a thread of zlib, with one context for all of them.
import { constants, createZstdCompress, type ZstdCompress } from "node:zlib";

const LEVEL = 1;
/** Most blocks' output fits behind others into one piece, and zstd works at its best while there is room for the worst case. */
const OUTPUT_BYTES = 2 << 20;
/** The output is taken frame by frame; no limit of the stream may hold a frame back. */
const NO_LIMIT = 1 << 30;

export class Compressor {
  #stream: ZstdCompress | undefined;

  /** Rejects where memory is short; it can be called again. */
  compress(bytes: Uint8Array): Promise<Uint8Array> {
    const stream = this.#opened();
    return new Promise((resolve, reject) => {
      stream.write(bytes, (error) => {
        if (error) {
          if (this.#stream === stream) this.#stream = undefined;
          reject(error);
        } else resolve(output(stream));
      });
    });
  }

  close(): void {
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  #opened(): ZstdCompress {
    if (this.#stream !== undefined) return this.#stream;
    const params = { [constants.ZSTD_c_compressionLevel]: LEVEL };
    const options = { params, flush: constants.ZSTD_e_end, chunkSize: OUTPUT_BYTES, highWaterMark: NO_LIMIT };
    this.#stream = createZstdCompress(options);
    // Each write hears of its failure.
    this.#stream.on("error", () => {});
    return this.#stream;
  }
}

/** All of the frame is there when its write is done. */
function output(stream: ZstdCompress): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let part = stream.read(); part !== null; part = stream.read()) parts.push(part);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

// A file that only grows, by whole pieces: what a failed write left of one is cut off before the next.
import type { StoreFiles } from "./store-files.ts";

export class AppendFile {
  readonly path: string;
  readonly #files: StoreFiles;
  readonly #fd: number;
  #length = 0;
  #torn = false;

  /** Creates or empties the file. */
  constructor(files: StoreFiles, path: string) {
    this.path = path;
    this.#files = files;
    this.#fd = files.openForAppending(path);
    this.#torn = true;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    this.#mend();
    this.#torn = true;
    this.#files.append(this.#fd, bytes);
    this.#torn = false;
    this.#length += bytes.length;
  }

  /** Forgets what was appended behind `length`. */
  cut(length: number): void {
    this.#length = length;
    this.#torn = true;
  }

  sync(): Promise<void> {
    return this.#files.sync(this.#fd);
  }

  close(): void {
    try {
      this.#mend();
    } finally {
      this.#files.close(this.#fd);
    }
  }

  #mend(): void {
    if (!this.#torn) return;
    this.#files.truncate(this.#fd, this.#length);
    this.#torn = false;
  }
}

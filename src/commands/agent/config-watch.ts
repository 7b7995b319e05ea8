// Whether the configuration's files have changed: compared by what stat says, as a ConfigMap is a link that is switched over.
import { join } from "node:path";
import type { FileSystem } from "../../collector/file-system.ts";

export class ConfigWatch {
  readonly #fs: FileSystem;
  readonly #path: string;
  #applied: string;
  #seen: string;

  constructor(fs: FileSystem, path: string) {
    this.#fs = fs;
    this.#path = path;
    this.#applied = this.#stamp();
    this.#seen = this.#applied;
  }

  /**
   * True once for each change, when the files have looked the same in two calls: an editor may be in the middle of writing.
   * To be called about once a second.
   */
  hasChanged(): boolean {
    const stamp = this.#stamp();
    const isSettled = stamp === this.#seen;
    this.#seen = stamp;
    if (!isSettled || stamp === this.#applied) return false;
    this.#applied = stamp;
    return true;
  }

  /** What is there now was read. */
  applied(): void {
    this.#applied = this.#stamp();
    this.#seen = this.#applied;
  }

  #stamp(): string {
    const entries = this.#fs.list(this.#path);
    const paths =
      entries === undefined
        ? [this.#path]
        : entries
            .map(({ name }) => name)
            .filter((name) => /\.ya?ml$/.test(name))
            .sort()
            .map((name) => join(this.#path, name));
    return paths.map((path) => `${path} ${this.#file(path)}`).join("\n");
  }

  #file(path: string): string {
    const stat = this.#fs.stat(path);
    return stat === undefined ? "-" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
  }
}

// A file system of a few MiB that a test can fill, empty again and make read-only: a disk as a node's gets in trouble.
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const PAGE = Buffer.alloc(4096);

export class SmallDisk {
  readonly path: string;

  /** Mounts it at `path`. */
  constructor(path: string, mebibytes: number) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "klog-test", path]);
  }

  /** Takes all that is left of it. */
  fill(): void {
    const fd = openSync(join(this.path, "ballast"), "a");
    try {
      for (;;) writeSync(fd, PAGE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(fd);
    }
  }

  free(): void {
    rmSync(join(this.path, "ballast"));
  }

  readOnly(is: boolean): void {
    execFileSync("/bin/mount", ["-o", `remount,${is ? "ro" : "rw"}`, this.path]);
  }

  unmount(): void {
    execFileSync("/bin/umount", ["--lazy", this.path]);
  }
}

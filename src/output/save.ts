// --save DIR: a file for each container, `<namespace>_<pod>_<container>.log`, with the lines' own bytes; what klog has to say
// about them (gaps, restarts) goes into `….markers.log` beside it, so that the log stays what the container wrote.
import { closeSync, existsSync, fstatSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { KlogError, messageOf } from "../errors.ts";
import type { LogLine, Marker, Origin } from "../record/log-line.ts";
import { NEWLINE } from "./line-format.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { writeWhole } from "./terminal.ts";

export interface SaveOptions {
  readonly directory: string;
  /** Several clusters: the context's name goes first. */
  readonly showCluster: boolean;
  /** Markers as text. */
  readonly markerText: (marker: Marker) => string;
  /** Told when a file from an earlier run is continued. */
  readonly onNote: (text: string) => void;
}

/** Files open at a time; the one that waited longest is closed and opened again later. */
const MAX_OPEN = 64;
const FLUSH_AT = 64 * 1024;
const INITIAL = 8 * 1024;

interface SavedFile {
  readonly path: string;
  readonly buffer: OutputBuffer;
  fd: number | undefined;
  isKnown: boolean;
}

export class SaveFolder {
  private readonly options: SaveOptions;
  private readonly files = new Map<string, SavedFile>();
  private readonly byOrigin = new WeakMap<Origin, SavedFile>();
  /** In the order of use. */
  private readonly open = new Set<SavedFile>();
  private readonly unflushed = new Set<SavedFile>();

  /** Throws KlogError OUTPUT_FAILED where the folder cannot be made. */
  constructor(options: SaveOptions) {
    this.options = options;
    try {
      makeFolder(resolve(options.directory));
    } catch (cause) {
      throw failed(`cannot make the folder ${options.directory}`, cause);
    }
  }

  line(line: LogLine): void {
    let file = this.byOrigin.get(line.origin);
    if (file === undefined) {
      file = this.file(`${this.nameOf(line.origin)}.log`);
      this.byOrigin.set(line.origin, file);
    }
    append(file.buffer, line);
    if (line.rest !== undefined) for (const next of line.rest) append(file.buffer, next);
    this.written(file);
  }

  /** Events of the cluster belong to no container: they are gathered in `events.log`. */
  marker(marker: Marker): void {
    const file = this.file(marker.kind === "event" ? "events.log" : `${this.nameOf(marker.origin)}.markers.log`);
    file.buffer.text(`${this.options.markerText(marker)}\n`);
    this.written(file);
  }

  /** Throws KlogError OUTPUT_FAILED. */
  flush(): void {
    for (const file of this.unflushed) this.write(file);
  }

  close(): void {
    this.flush();
    for (const file of this.open) this.closeFile(file);
  }

  private nameOf({ cluster, namespace, pod, container, source }: Origin): string {
    if (source === "stdin") return "stdin";
    return [...(this.options.showCluster ? [cluster] : []), namespace, pod, container].map(fileName).join("_");
  }

  private file(name: string): SavedFile {
    let file = this.files.get(name);
    if (file === undefined) {
      file = {
        path: join(this.options.directory, name),
        buffer: new OutputBuffer(INITIAL),
        fd: undefined,
        isKnown: false,
      };
      this.files.set(name, file);
    }
    return file;
  }

  private written(file: SavedFile): void {
    if (file.buffer.length >= FLUSH_AT) this.write(file);
    else this.unflushed.add(file);
  }

  private write(file: SavedFile): void {
    this.unflushed.delete(file);
    try {
      writeWhole(this.opened(file), file.buffer.peek());
    } catch (cause) {
      throw failed(`cannot write ${file.path}`, cause);
    }
    file.buffer.clear();
  }

  private opened(file: SavedFile): number {
    this.open.delete(file);
    if (file.fd === undefined) {
      const [oldest] = this.open;
      if (oldest !== undefined && this.open.size >= MAX_OPEN) this.closeFile(oldest);
      file.fd = openSync(file.path, "a");
      const { size } = fstatSync(file.fd);
      if (!file.isKnown && size > 0) this.options.onNote(`${file.path} exists: lines are appended to it`);
      file.isKnown = true;
    }
    this.open.add(file);
    return file.fd;
  }

  private closeFile(file: SavedFile): void {
    this.open.delete(file);
    if (file.fd !== undefined) closeSync(file.fd);
    file.fd = undefined;
  }
}

/** Not mkdir's own recursion: under /proc, which makes no folders and says that they are missing, it never ends. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

function append(buffer: OutputBuffer, line: LogLine): void {
  buffer.bytes(line.buffer, line.start, line.end);
  buffer.byte(NEWLINE);
}

/** Context names may hold slashes and colons. */
function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9.-]/g, "-").replace(/^\.+/, "-");
}

function failed(what: string, cause: unknown): KlogError {
  return new KlogError("OUTPUT_FAILED", `${what}: ${messageOf(cause)}`, {
    hint: "check that --save names a folder that you may write to, with room on its disk",
    cause,
  });
}

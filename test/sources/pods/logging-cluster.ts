// A cluster in memory whose containers have logs: read whole or from a second on, and followed.
import type { ByteSink, ByteStream, RequestOptions } from "../../../src/clients/kubernetes/client.ts";
import { ApiError } from "../../../src/clients/kubernetes/client.ts";
import type { Pod } from "../../../src/clients/kubernetes/resources.ts";
import { InMemoryCluster } from "./in-memory-cluster.ts";
import { pod } from "./pods.ts";

interface Log {
  readonly lines: { readonly at: string; readonly text: string }[];
  readonly followers: Set<ByteSink>;
  denied: boolean;
}

export class LoggingCluster extends InMemoryCluster {
  private readonly logs = new Map<string, Log>();
  /** `sinceTime` of each read. */
  readonly sinces: (string | undefined)[] = [];
  closed = false;

  /** A running pod of one container, `app`. */
  running(name: string): void {
    const sketch = pod({ name });
    const status = {
      name: "app",
      restartCount: 0,
      containerID: `containerd://${name}`,
      state: { running: {} },
    };
    this.pod("shop", { ...sketch, status: { ...sketch.status, containerStatuses: [status] } } as Pod);
    this.logs.set(name, { lines: [], followers: new Set(), denied: false });
  }

  deny(name: string): void {
    this.logs.get(name)!.denied = true;
  }

  /** Writes lines with these times (RFC 3339). */
  log(name: string, ...lines: readonly (readonly [at: string, text: string])[]): void {
    const { lines: known, followers } = this.logs.get(name)!;
    for (const [at, text] of lines) {
      known.push({ at, text });
      for (const sink of followers) sink.data(Buffer.from(`${at} ${text}\n`));
    }
  }

  override open(path: string, sink: ByteSink, options: RequestOptions = {}): Promise<ByteStream> {
    const found = /\/pods\/([^/]+)\/log$/.exec(path);
    if (found === null) return super.open(path, sink, options);
    const log = this.logs.get(found[1]!)!;
    if (log.denied) return Promise.reject(new ApiError("forbidden", "pods/log is forbidden", { status: 403 }));
    const since = options.query?.["sinceTime"] as string | undefined;
    this.sinces.push(since);
    const text = log.lines
      .filter(({ at }) => since === undefined || at >= since.replace("Z", ""))
      .map(({ at, text: line }) => `${at} ${line}\n`)
      .join("");
    const follow = options.query?.["follow"] === true;
    setImmediate(() => {
      if (text !== "") sink.data(Buffer.from(text));
      if (follow) log.followers.add(sink);
      else sink.end();
    });
    return Promise.resolve({ pause() {}, resume() {}, close: () => void log.followers.delete(sink) });
  }

  override close(): void {
    this.closed = true;
    super.close();
  }
}

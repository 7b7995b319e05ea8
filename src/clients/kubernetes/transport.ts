// What both HTTP versions offer the client: requests (GET, or POST with a body) whose answers come as head, bytes and an end.
import type { IncomingHttpHeaders } from "node:http";
import type { TLSSocket } from "node:tls";
import type { ByteStream } from "./client.ts";
import type { Dialer } from "./dialer.ts";
import { Http2Transport } from "./http2-transport.ts";

export type RequestHeaders = Readonly<Record<string, string | string[]>>;

/** Hears head, data*, then end or fail once; or only fail. Nothing after the exchange was closed. */
export interface ResponseHandler {
  head(status: number, headers: IncomingHttpHeaders): void;
  data(chunk: Buffer): void;
  end(): void;
  fail(error: Error): void;
}

export interface Transport {
  /** `path` with its query. The handler is never called before this returns; pausing counts from the head on. */
  send(path: string, headers: RequestHeaders, handler: ResponseHandler, body?: Buffer): ByteStream;
  /** Lets running requests finish and closes their connections then. */
  retire(): void;
  /** Breaks everything off: running requests fail. */
  close(): void;
}

/** Connects once to learn which HTTP the server speaks. */
export async function connectTransport(dialer: Dialer, origin: string): Promise<Transport> {
  if (dialer.secure) {
    const first = (await dialer.dial(["h2", "http/1.1"])) as TLSSocket;
    if (first.alpnProtocol === "h2") {
      return new Http2Transport({ origin, first, dial: () => dialer.dial(["h2"]) as Promise<TLSSocket> });
    }
    first.destroy();
  }
  const { createHttp1Transport } = await import("./http1-transport.ts");
  return createHttp1Transport(origin, () => dialer.dial(["http/1.1"]));
}

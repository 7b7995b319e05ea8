// HTTP/2 on node:http2: many streams a session, another session before the server's limit, dead sessions noticed and replaced.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { ByteStream } from "./client.ts";
import type { RequestHeaders, ResponseHandler, Transport } from "./transport.ts";

/** An API server allows 100 streams a session and node:http2 queues the 101st for ever, so some room is left. */
const STREAMS_PER_SESSION = 90;
/**
 * The whole session's window. Its streams keep the default of 64 KiB, so a paused one holds little memory; node:http2 gives the
 * session's window back as soon as bytes arrive, so a paused stream takes nothing from the others.
 */
const SESSION_WINDOW = 16 * 1024 * 1024;
const PING_INTERVAL_MS = 30_000;
const PONG_TIMEOUT_MS = 15_000;

export interface Http2Options {
  readonly origin: string;
  readonly dial: () => Promise<TLSSocket>;
  /** A connection that is open already. */
  readonly first?: TLSSocket;
  readonly pingIntervalMs?: number;
  readonly pongTimeoutMs?: number;
}

interface Lane {
  readonly session: ClientHttp2Session;
  /** Undefined until the server's SETTINGS have come: its limit counts from the first stream on. */
  limit: number | undefined;
  open: number;
  /** True once the server has said anything since the last ping. */
  heard: boolean;
  /** An answer has come on it, so a failure before the next one may only mean that it went stale. */
  proven: boolean;
}

export class Http2Transport implements Transport {
  readonly #options: Http2Options;
  readonly #lanes = new Set<Lane>();
  readonly #waiting: Http2Exchange[] = [];
  #dialing = 0;
  #limit = STREAMS_PER_SESSION;
  #retired = false;
  #closed = false;

  constructor(options: Http2Options) {
    this.#options = options;
    if (options.first !== undefined) this.#addLane(options.first);
  }

  send(path: string, headers: RequestHeaders, handler: ResponseHandler, body?: Buffer): ByteStream {
    const exchange = new Http2Exchange(path, headers, handler, body);
    queueMicrotask(() => this.#enqueue(exchange));
    return exchange;
  }

  retire(): void {
    this.#retired = true;
    this.#assign();
  }

  close(): void {
    this.#closed = true;
    for (const lane of this.#lanes) lane.session.destroy(new Error("the connection was closed by klog"));
    this.#failWaiting(new Error("the connection was closed by klog"));
  }

  #enqueue(exchange: Http2Exchange): void {
    if (this.#closed) return exchange.failed(new Error("the connection was closed by klog"));
    this.#waiting.push(exchange);
    this.#assign();
  }

  /** Puts what waits on sessions with room, and opens as many more sessions as the rest needs. */
  #assign(): void {
    for (const lane of this.#lanes) {
      if (!usable(lane)) continue;
      while (this.#waiting.length > 0 && lane.open < (lane.limit ?? 0)) this.#start(this.#waiting.shift()!, lane);
    }
    let coming = this.#dialing;
    for (const lane of this.#lanes) if (usable(lane) && lane.limit === undefined) coming++;
    const needed = Math.ceil(this.#waiting.length / this.#limit);
    for (; coming < needed; coming++) this.#dial();
    if (this.#retired && this.#waiting.length === 0) for (const lane of this.#lanes) lane.session.close();
  }

  #dial(): void {
    this.#dialing++;
    this.#options.dial().then(
      (socket) => {
        this.#dialing--;
        if (this.#closed) socket.destroy();
        else if (socket.alpnProtocol === "h2") this.#addLane(socket);
        else {
          socket.destroy();
          this.#failWaiting(new Error("the server speaks HTTP/2 no more"));
        }
      },
      (error: Error) => {
        this.#dialing--;
        this.#failWaiting(error);
      },
    );
  }

  #addLane(socket: TLSSocket): void {
    const session = connect(this.#options.origin, { createConnection: () => socket, settings: { enablePush: false } });
    const lane: Lane = { session, limit: undefined, open: 0, heard: true, proven: false };
    this.#lanes.add(lane);
    session.once("connect", () => {
      if (!session.destroyed) session.setLocalWindowSize(SESSION_WINDOW);
    });
    session.on("remoteSettings", ({ maxConcurrentStreams }) => {
      lane.limit = Math.max(1, Math.min(STREAMS_PER_SESSION, maxConcurrentStreams ?? STREAMS_PER_SESSION));
      this.#limit = lane.limit;
      this.#assign();
    });
    let failure: Error | undefined;
    session.on("error", (error) => {
      failure = error;
    });
    const stopPinging = keepChecking(lane, this.#options);
    session.once("close", () => {
      stopPinging();
      this.#lanes.delete(lane);
      if (this.#closed) return;
      // A server that ends connections before its SETTINGS would be dialled for ever.
      if (lane.limit === undefined) this.#failWaiting(failure ?? new Error("the server closed the connection at once"));
      else this.#assign();
    });
  }

  #start(exchange: Http2Exchange, lane: Lane): void {
    if (exchange.closed) return;
    lane.open++;
    exchange.start(lane, (again) => {
      lane.open--;
      const retried = again && !this.#closed;
      if (retried) this.#waiting.unshift(exchange);
      this.#assign();
      return retried;
    });
  }

  #failWaiting(error: Error): void {
    for (const exchange of this.#waiting.splice(0)) exchange.failed(error);
  }
}

class Http2Exchange implements ByteStream {
  readonly #path: string;
  readonly #headers: RequestHeaders;
  readonly #handler: ResponseHandler;
  readonly #body: Buffer | undefined;
  #stream: ClientHttp2Stream | undefined;
  #started = 0;
  closed = false;

  constructor(path: string, headers: RequestHeaders, handler: ResponseHandler, body: Buffer | undefined) {
    this.#path = path;
    this.#headers = headers;
    this.#handler = handler;
    this.#body = body;
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  failed(error: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.#handler.fail(error);
  }

  /** `left` hears when the stream has left the session and whether to send the request again; it says whether that will be. */
  start(lane: Lane, left: (again: boolean) => boolean): void {
    this.#started++;
    const mayBeStale = lane.proven;
    const handler = this.#handler;
    let answered = false;
    let ended = false;
    let failure: Error | undefined;
    const body = this.#body;
    const stream = lane.session.request(
      { ":method": body === undefined ? "GET" : "POST", ":path": this.#path, ...this.#headers },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    this.#stream = stream;
    stream.once("response", (headers) => {
      answered = true;
      lane.heard = true;
      lane.proven = true;
      if (this.closed) return;
      handler.head(Number(headers[":status"]), headers);
      stream.on("data", (chunk: Buffer) => {
        lane.heard = true;
        if (!this.closed) handler.data(chunk);
      });
    });
    stream.once("end", () => {
      ended = true;
    });
    stream.once("error", (error) => {
      failure = error;
    });
    stream.once("close", () => {
      // node:http2 says "end" after a reset, too: only the code tells a whole body from a broken one.
      const whole = ended && answered && failure === undefined && stream.rstCode === constants.NGHTTP2_NO_ERROR;
      const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      const again = !answered && !this.closed && this.#started === 1 && (refused || mayBeStale);
      if (left(again) || this.closed) return;
      this.closed = true;
      if (whole) handler.end();
      else handler.fail(failure ?? new Error(`the server broke the stream off (HTTP/2 code ${stream.rstCode})`));
    });
  }
}

function usable(lane: Lane): boolean {
  return !lane.session.closed && !lane.session.destroyed;
}

/** Pings while streams are open. Without it a dead connection looks like a silent one for hours. */
function keepChecking(lane: Lane, options: Http2Options): () => void {
  const { pingIntervalMs = PING_INTERVAL_MS, pongTimeoutMs = PONG_TIMEOUT_MS } = options;
  const { session } = lane;
  let verdict: NodeJS.Timeout | undefined;
  const interval = setInterval(() => {
    if (lane.open === 0 || verdict !== undefined || session.destroyed || session.connecting) return;
    lane.heard = false;
    session.ping(() => {
      lane.heard = true;
      clearTimeout(verdict);
      verdict = undefined;
    });
    verdict = setTimeout(() => {
      // What came while this process was stopped or busy is read first.
      setImmediate(() => {
        verdict = undefined;
        if (!lane.heard) session.destroy(new Error("the connection is dead: no answer to a ping"));
      });
    }, pongTimeoutMs);
    verdict.unref();
  }, pingIntervalMs);
  interval.unref();
  return () => {
    clearInterval(interval);
    clearTimeout(verdict);
  };
}

// HTTP/1.1 through undici: one connection for each running request. For servers and gateways without HTTP/2.
import type { Socket } from "node:net";
import { Agent, type Dispatcher } from "undici";
import type { ByteStream } from "./client.ts";
import type { RequestHeaders, ResponseHandler, Transport } from "./transport.ts";

export function createHttp1Transport(origin: string, dial: () => Promise<Socket>): Transport {
  const agent = new Agent({
    connect: (_options, callback) => {
      dial().then(
        (socket) => callback(null, socket),
        (error: Error) => callback(error, null),
      );
    },
    // A followed log may be silent for days.
    bodyTimeout: 0,
    headersTimeout: 0,
    pipelining: 1,
    allowH2: false,
  });
  let closed: Error | undefined;
  return {
    send(path, headers, handler, body) {
      const exchange = new Http1Exchange(handler);
      queueMicrotask(() => {
        if (closed !== undefined) exchange.onResponseError(undefined, closed);
        else {
          const own = { ...headers } as RequestHeaders;
          if (body === undefined) agent.dispatch({ origin, path, method: "GET", headers: own }, exchange);
          else agent.dispatch({ origin, path, method: "POST", headers: own, body }, exchange);
        }
      });
      return exchange;
    },
    retire() {
      agent.close().catch(() => {}); // it only fails when it was destroyed meanwhile
    },
    close() {
      closed = new Error("the connection was closed by klog");
      agent.destroy(closed).catch(() => {});
    },
  };
}

class Http1Exchange implements ByteStream, Dispatcher.DispatchHandler {
  readonly #handler: ResponseHandler;
  #controller: Dispatcher.DispatchController | undefined;
  #closed = false;

  constructor(handler: ResponseHandler) {
    this.#handler = handler;
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.abort(new Error("closed by klog"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#closed) controller.abort(new Error("closed by klog"));
  }

  onResponseStart(_controller: unknown, status: number, headers: Parameters<ResponseHandler["head"]>[1]): void {
    // 1xx come before the real head.
    if (!this.#closed && status >= 200) this.#handler.head(status, headers);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (!this.#closed) this.#handler.data(chunk);
  }

  onResponseEnd(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handler.end();
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handler.fail(error);
  }
}

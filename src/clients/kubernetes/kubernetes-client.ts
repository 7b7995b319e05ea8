// The Kubernetes client: credentials, transport and errors put together behind the interface of client.ts.
import type { IncomingHttpHeaders } from "node:http";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { klogVersion } from "../../version.ts";
import { connectionFailure, statusFailure } from "./api-failure.ts";
import {
  ApiError,
  type ByteSink,
  type ByteStream,
  type KubernetesClient,
  type Query,
  type RequestOptions,
} from "./client.ts";
import { type Credentials, createCredentials, type Identity } from "./credentials.ts";
import { type ClientCertificate, createDialer, type Dialer } from "./dialer.ts";
import type { PluginConsole } from "./exec-credentials.ts";
import { type Kubeconfig, type KubeconfigOptions, loadKubeconfig } from "./kubeconfig.ts";
import { OpenedStream, type Receiver } from "./opened-stream.ts";
import { connectTransport, type RequestHeaders, type Transport } from "./transport.ts";

const GET_TIMEOUT_MS = 30_000;
/** What is read of the body of an error: a Status is small. */
const LONGEST_ERROR = 64 * 1024;
const unzip = promisify(gunzip);

export interface ClientSurroundings {
  readonly now?: () => number;
  readonly console?: PluginConsole;
  /** Hears `GET URL STATUS MILLISECONDS` for each request; there are no credentials in it. */
  readonly trace?: (line: string) => void;
}

/** Throws KlogError when the kubeconfig is unusable. Nothing is connected before the first request. */
export function createKubernetesClient(
  from: Kubeconfig | KubeconfigOptions,
  surroundings: ClientSurroundings = {},
): KubernetesClient {
  const kubeconfig = isLoaded(from) ? from : loadKubeconfig(from);
  return new Client(kubeconfig, surroundings);
}

function isLoaded(from: Kubeconfig | KubeconfigOptions): from is Kubeconfig {
  return typeof from.cluster === "object";
}

interface Outgoing {
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly body: Buffer | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly exchange: ByteStream;
}

class Client implements KubernetesClient {
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
  readonly #kubeconfig: Kubeconfig;
  readonly #credentials: Credentials;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #now: () => number;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #userAgent = `klog/${klogVersion()}`;
  readonly #closing = new AbortController();
  #connection: { certificate: ClientCertificate | undefined; transport: Promise<Transport> } | undefined;

  constructor(kubeconfig: Kubeconfig, { now = Date.now, console, trace }: ClientSurroundings) {
    this.context = kubeconfig.context;
    this.server = kubeconfig.cluster.server;
    this.namespace = kubeconfig.namespace;
    this.#kubeconfig = kubeconfig;
    this.#trace = trace;
    this.#now = now;
    const { origin, pathname } = new URL(this.server);
    this.#origin = origin;
    this.#basePath = pathname.replace(/\/+$/, "");
    this.#credentials = createCredentials(kubeconfig, {
      now,
      console: console ?? { stdinIsTerminal: isatty(0), stderr: (chunk) => process.stderr.write(chunk) },
      signal: this.#closing.signal,
    });
  }

  async get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    const timeoutMs = options.timeoutMs ?? this.#kubeconfig.requestTimeoutMs ?? GET_TIMEOUT_MS;
    const limit = new AbortController();
    const timer = Number.isFinite(timeoutMs) ? setTimeout(() => limit.abort(), timeoutMs) : undefined;
    const stop = () => limit.abort();
    options.signal?.addEventListener("abort", stop, { once: true });
    if (options.signal?.aborted) stop();
    try {
      const gzip = this.#kubeconfig.cluster.disableCompression ? {} : { "accept-encoding": "gzip" };
      return await this.#document<T>(
        target(path, options.query),
        { ...accepting(options), ...gzip },
        limit.signal,
        options,
      );
    } catch (error) {
      if (!limit.signal.aborted || options.signal?.aborted || this.#closing.signal.aborted) throw error;
      const seconds = Number((timeoutMs / 1000).toFixed(3));
      throw new ApiError(
        "unreachable",
        `the server at ${this.server} did not answer within ${seconds} s; check the network, or raise --request-timeout`,
        { cause: error },
      );
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", stop);
    }
  }

  async open(path: string, sink: ByteSink, options: RequestOptions = {}): Promise<ByteStream> {
    const stream = new OpenedStream(sink, this.server, options.signal);
    await this.#request(target(path, options.query), accepting(options), options, (answer) => {
      stream.begin(answer.exchange);
      return stream;
    });
    return stream;
  }

  close(): void {
    this.#closing.abort();
    this.#connection?.transport.then(
      (transport) => transport.close(),
      () => {}, // whoever waited for the connection has been told
    );
    this.#connection = undefined;
  }

  async #document<T>(path: string, headers: RequestHeaders, signal: AbortSignal, options: RequestOptions): Promise<T> {
    const chunks: Buffer[] = [];
    const { promise: whole, resolve, reject } = Promise.withResolvers<void>();
    whole.catch(() => {}); // when the head already failed, nobody waits for the body
    const answer = await this.#request(path, headers, { ...options, signal }, () => ({
      data: (chunk) => chunks.push(chunk),
      end: resolve,
      fail: (error) => reject(connectionFailure(error, this.server)),
    }));
    await this.#untilAborted(whole, signal, () => answer.exchange.close());
    options.onHeaders?.(answer.headers);
    const body = Buffer.concat(chunks);
    try {
      const text = answer.headers["content-encoding"] === "gzip" ? await unzip(body) : body;
      return JSON.parse(text.toString("utf8")) as T;
    } catch (cause) {
      const type = answer.headers["content-type"] ?? "no content type";
      throw new ApiError(
        "status",
        `the server at ${this.server} did not answer with JSON (${type}); check that this is the address of a Kubernetes API server`,
        { status: answer.status, cause },
      );
    }
  }

  /** Sends until there is an answer of 2xx, with other credentials once after a 401. `receive` chooses who gets the body. */
  async #request(
    path: string,
    headers: RequestHeaders,
    { signal, post }: Pick<RequestOptions, "signal" | "post">,
    receive: (answer: Answer) => Receiver,
  ): Promise<Answer> {
    const body = post === undefined ? undefined : Buffer.from(JSON.stringify(post));
    const typed =
      body === undefined ? {} : { "content-type": "application/json", "content-length": String(body.length) };
    for (let renewed = false; ; renewed = true) {
      const identity = await this.#untilAborted(this.#credentials.current(), signal);
      const transport = await this.#untilAborted(this.#transport(identity), signal);
      const own = { "user-agent": this.#userAgent, ...headers, ...typed, ...identity.headers };
      const outcome = await this.#send(transport, { path: this.#basePath + path, headers: own, body }, signal, receive);
      if (!(outcome instanceof ApiError)) return outcome;
      if (outcome.kind !== "unauthorized" || renewed || !(await this.#credentials.renew(identity))) throw outcome;
    }
  }

  #send(
    transport: Transport,
    { path, headers, body }: Outgoing,
    signal: AbortSignal | undefined,
    receive: (answer: Answer) => Receiver,
  ): Promise<Answer | ApiError> {
    const begun = this.#now();
    return new Promise((resolve, reject) => {
      let receiver: Receiver | undefined;
      const trace = (outcome: number | string) =>
        this.#trace?.(
          `${body === undefined ? "GET" : "POST"} ${this.#origin}${path} ${outcome} ${Math.round(this.#now() - begun)} ms`,
        );
      const settle = (outcome: () => void) => {
        signal?.removeEventListener("abort", aborted);
        outcome();
      };
      const exchange: ByteStream = transport.send(
        path,
        headers,
        {
          head: (status, answered) => {
            trace(status);
            if (status >= 200 && status < 300) {
              const answer = { status, headers: answered, exchange };
              receiver = receive(answer);
              settle(() => resolve(answer));
            } else {
              receiver = errorBody((text) => settle(() => resolve(statusFailure(status, answered, text, this.server))));
            }
          },
          data: (chunk) => receiver!.data(chunk),
          end: () => receiver!.end(),
          fail: (error) => {
            const closing = this.#closing.signal.aborted;
            if (receiver === undefined) {
              trace("failed");
              settle(() => reject(closing ? this.#cancelled() : connectionFailure(error, this.server)));
            } else if (!closing || !(receiver instanceof OpenedStream)) {
              receiver.fail(error);
            }
          },
        },
        body,
      );
      const aborted = () => {
        exchange.close();
        reject(this.#cancelled());
      };
      signal?.addEventListener("abort", aborted, { once: true });
      if (signal?.aborted) aborted();
    });
  }

  /** One transport for all requests with the same client certificate; a rotated certificate gets new connections. */
  #transport(identity: Identity): Promise<Transport> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#cancelled());
    const present = this.#connection;
    if (present !== undefined && present.certificate === identity.certificate) return present.transport;
    present?.transport.then(
      (transport) => transport.retire(),
      () => {},
    );
    const transport = this.#connect(identity);
    const connection = { certificate: identity.certificate, transport };
    this.#connection = connection;
    transport.catch(() => {
      if (this.#connection === connection) this.#connection = undefined; // the next request tries again
    });
    return transport;
  }

  async #connect(identity: Identity): Promise<Transport> {
    let dialer: Dialer;
    try {
      dialer = createDialer(this.#kubeconfig.cluster, identity.certificate);
    } catch (cause) {
      const what = `the certificates or the proxy for ${this.server} cannot be used: ${(cause as Error).message}`;
      throw new ApiError("credentials", `${what}; check the kubeconfig`, { cause });
    }
    try {
      const transport = await connectTransport(dialer, this.#origin);
      if (this.#closing.signal.aborted) transport.close();
      return transport;
    } catch (error) {
      throw connectionFailure(error, this.server);
    }
  }

  /** Waits no longer than the signal and the client live; what is waited for may be shared with other requests. */
  async #untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, onAbort?: () => void): Promise<T> {
    const { promise: cancelled, reject } = Promise.withResolvers<never>();
    const stop = () => {
      onAbort?.();
      reject(this.#cancelled());
    };
    const signals = signal === undefined ? [this.#closing.signal] : [signal, this.#closing.signal];
    for (const one of signals) one.addEventListener("abort", stop, { once: true });
    try {
      if (signals.some((one) => one.aborted)) stop();
      return await Promise.race([promise, cancelled]);
    } finally {
      for (const one of signals) one.removeEventListener("abort", stop);
    }
  }

  #cancelled(): ApiError {
    return new ApiError("unreachable", `the request to ${this.server} was cancelled`);
  }
}

function errorBody(done: (text: string) => void): Receiver {
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = () => done(Buffer.concat(chunks).toString("utf8"));
  return {
    data(chunk) {
      if (length < LONGEST_ERROR) chunks.push(chunk);
      length += chunk.length;
    },
    end: finish,
    // The status says enough; what was to be read of the text does not matter.
    fail: finish,
  };
}

function accepting({ accept = "application/json, */*" }: RequestOptions): RequestHeaders {
  return { accept };
}

function target(path: string, query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${text}`;
}

// What klog asks of a Kubernetes API server: JSON objects, watches, and byte streams that can be paused.
import type { IncomingHttpHeaders } from "node:http";

export interface KubernetesClient {
  /** Name of the kubeconfig context, `in-cluster` inside a pod. */
  readonly context: string;
  readonly server: string;
  /** The context's own namespace, `default` where it names none. */
  readonly namespace: string;

  /**
   * GET one JSON document. Throws ApiError.
   * `query` values of undefined are left out; arrays repeat the key.
   */
  get<T>(path: string, options?: RequestOptions): Promise<T>;

  /**
   * GET as a stream of bytes. Resolves once the response headers of a 2xx have come, throws ApiError otherwise (the body's Status or
   * text is in it). After that everything is told to `sink`, in order: data*, then end or fail exactly once (never after `close`).
   */
  open(path: string, sink: ByteSink, options?: RequestOptions): Promise<ByteStream>;

  /** Ends every request and connection. Safe to call twice. */
  close(): void;
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface RequestOptions {
  readonly query?: Query;
  readonly signal?: AbortSignal;
  /** Content negotiation, e.g. `application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`. */
  readonly accept?: string;
  /** Whole request, for `get` only; default 30 s. An opened stream has no time limit at all. */
  readonly timeoutMs?: number;
  /** Sent as JSON in a POST: for questions that Kubernetes takes only so (access reviews). They must change nothing. */
  readonly post?: unknown;
  /** Hears the head of a 2xx. */
  readonly onHeaders?: (headers: IncomingHttpHeaders) => void;
}

export interface ByteSink {
  data(chunk: Buffer): void;
  /** A clean end of the body. */
  end(): void;
  /** The body broke off. */
  fail(error: ApiError): void;
}

export interface ByteStream {
  /** Stops reading the connection for this stream: the server is held back, nothing is lost. */
  pause(): void;
  resume(): void;
  /** Ends it at once; the sink hears no more. */
  close(): void;
}

export type ApiErrorKind =
  /** No answer: refused, reset, DNS, TLS, timeout, broken off. `status` is 0. */
  | "unreachable"
  /** 401 after the credentials were refreshed once. */
  | "unauthorized"
  /** 403. */
  | "forbidden"
  /** 404. */
  | "not-found"
  /** 410, or a watch ERROR event with code 410. */
  | "expired"
  /** 429, 503, and 500s that a retry may cure. */
  | "busy"
  /** Any other status (400 and so on). */
  | "status"
  /** Credentials could not be had at all: exec plugin failed, file missing. */
  | "credentials";

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly kind: ApiErrorKind;
  readonly status: number;
  /** `reason` of the server's Status object, e.g. `Forbidden`. */
  readonly reason: string | undefined;
  /** Seconds that the server asked to wait (Retry-After, details.retryAfterSeconds). */
  readonly retryAfter: number | undefined;

  constructor(
    kind: ApiErrorKind,
    message: string,
    details: { status?: number; reason?: string | undefined; retryAfter?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.status = details.status ?? 0;
    this.reason = details.reason;
    this.retryAfter = details.retryAfter;
  }
}

// Turns what goes wrong with a request into an ApiError whose text helps the person who reads it.
import type { IncomingHttpHeaders } from "node:http";
import { type ErrorCode, KlogError, messageOf } from "../../errors.ts";
import { ApiError, type ApiErrorKind } from "./client.ts";
import { ProxyFailure } from "./proxy-tunnel.ts";
import type { Status } from "./resources.ts";

const LONGEST_TEXT = 1000;
/** What an API server says in a 500 when it could not reach a kubelet or etcd just now. */
const PASSING =
  /dial tcp|connection (refused|reset)|i\/o timeout|no route to host|EOF|etcdserver|deadline exceeded|timed? ?out|tunnel|proxy error/i;

/** The error of an answer that is not a 2xx. */
export function statusFailure(status: number, headers: IncomingHttpHeaders, body: string, server: string): ApiError {
  const object = parseStatus(body);
  const told = object?.message ?? plainText(body);
  const retryAfter = seconds(headers["retry-after"]) ?? object?.details?.retryAfterSeconds;
  const reason = object?.reason;
  const kind = kindOf(status, told);
  const message = told === "" ? `the server at ${server} answered ${status}` : told;
  return new ApiError(kind, kind === "unauthorized" ? refusedCredentials(server, told) : message, {
    status,
    reason,
    retryAfter,
  });
}

/** The error of a Status object that came inside a watch. */
export function statusObjectFailure(object: Status): ApiError {
  const status = object.code ?? 0;
  const message = printable(object.message ?? `the watch failed with status ${status}`);
  return new ApiError(kindOf(status, message), message, {
    status,
    reason: object.reason,
    retryAfter: object.details?.retryAfterSeconds,
  });
}

/** The error of a request that got no answer, or whose answer broke off. */
export function connectionFailure(error: unknown, server: string): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError("unreachable", explain(error, server), { cause: error });
}

/** What ends a command, with the code of its kind. */
export function forPeople(error: ApiError): KlogError {
  const codes: Partial<Record<ApiErrorKind, ErrorCode>> = {
    unreachable: "KUBERNETES_UNREACHABLE",
    forbidden: "KUBERNETES_DENIED",
    credentials: "CREDENTIALS_FAILED",
    unauthorized: "CREDENTIALS_FAILED",
  };
  return new KlogError(codes[error.kind] ?? "KUBERNETES_STATUS", error.message, { cause: error });
}

function kindOf(status: number, message: string): ApiErrorKind {
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not-found";
    case 410:
      return "expired";
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return "busy";
    case 500:
      return PASSING.test(message) ? "busy" : "status";
    default:
      return "status";
  }
}

function refusedCredentials(server: string, told: string): string {
  const more = told === "" || told === "Unauthorized" ? "" : ` (${told})`;
  return `the server at ${server} did not accept the credentials${more}; log in again, or check the user of the kubeconfig's context`;
}

function explain(error: unknown, server: string): string {
  if (error instanceof ProxyFailure) {
    return `the server at ${server} cannot be reached: ${printable(error.message)}; check proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY`;
  }
  const code = codeOf(error);
  const at = `the server at ${server}`;
  switch (code) {
    case "ECONNREFUSED":
      return `${at} refused the connection; check that the cluster runs and that the address in the kubeconfig is right`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host name of ${server} cannot be resolved; check the address in the kubeconfig, the network and the VPN`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `${at} cannot be reached from this network; check the network and the VPN`;
    case "ETIMEDOUT":
      return `${at} did not answer in time; check the network and the VPN`;
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "CERT_SIGNATURE_FAILURE":
      return `the certificate of ${server} is signed by an authority that the kubeconfig does not trust; correct its certificate-authority, or use --certificate-authority`;
    case "CERT_HAS_EXPIRED":
      return `the certificate of ${server} has expired; renew it on the cluster`;
    case "CERT_NOT_YET_VALID":
      return `the certificate of ${server} is not valid yet; check the clock of this machine`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate of ${server} is for another name (${certificateNames(error)}); use one of its names as the server address, or --tls-server-name`;
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return `${at} does not speak TLS; if it is meant to be plain HTTP, write its address as http://`;
    default:
      break;
  }
  const message = printable(messageOf(error));
  if (typeof code === "string" && /^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA)/.test(code)) {
    return `${at} did not accept the client certificate (${message}); check the user of the kubeconfig's context`;
  }
  return `the connection to ${server} failed: ${message}`;
}

/** The innermost code: undici and proxies wrap what the socket said. */
function codeOf(error: unknown): unknown {
  let code: unknown;
  for (let at = error; at instanceof Error; at = at.cause) code = (at as NodeJS.ErrnoException).code ?? code;
  return code;
}

function certificateNames(error: unknown): string {
  const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname;
  return printable(names ?? "none");
}

function parseStatus(body: string): Status | undefined {
  if (!body.startsWith("{")) return undefined;
  try {
    const object = JSON.parse(body) as Status;
    return object.kind === "Status" ? { ...object, message: printable(object.message ?? "") } : undefined;
  } catch {
    return undefined;
  }
}

/** A gateway's HTML page says what it is in its title. */
function plainText(body: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(body);
  if (title !== null) return printable(title[1]!);
  return body.trimStart().startsWith("<") ? "" : printable(body);
}

function printable(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}…` : clean;
}

/** Kubernetes writes seconds, never a date. */
function seconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

// The one error that klog raises on purpose: a code from a closed list, what happened and where, and what to do about it.

export type ErrorCode =
  | "USAGE"
  | "CONFIG_INVALID"
  | "KUBECONFIG_INVALID"
  | "CONTEXT_UNKNOWN"
  | "CREDENTIALS_FAILED"
  | "KUBERNETES_UNREACHABLE"
  | "KUBERNETES_DENIED"
  | "KUBERNETES_NOT_FOUND"
  | "KUBERNETES_STATUS"
  | "TEMPLATE_INVALID"
  | "TIME_INVALID"
  | "REGEXP_INVALID"
  | "QUERY_INVALID"
  | "CURSOR_INVALID"
  | "SOURCE_UNREADABLE"
  | "OUTPUT_FAILED"
  | "STORE_UNUSABLE"
  | "STATE_IN_USE"
  | "STATE_UNWRITABLE"
  | "STATE_UNREADABLE";

export interface ErrorDetails {
  /** What the person can do next, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error for a person. `message` says what happened and where; `hint` says what to do. */
export class KlogError extends Error {
  override readonly name = "KlogError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
  }
}

/** `message` of anything thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

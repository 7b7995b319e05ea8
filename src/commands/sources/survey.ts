// Asks each source what it holds, beside each other and none longer than the time there is.
import { ApiError } from "../../clients/kubernetes/client.ts";
import { KlogError, messageOf } from "../../errors.ts";
import { toRfc3339Nano } from "../../record/timestamp.ts";
import type { Source } from "../../sources/source.ts";
import type { SourceTarget } from "../../sources/source-target.ts";

export interface SurveyedSource {
  readonly name: string;
  readonly kind: SourceTarget["spec"]["kind"];
  /** A directory, globs, a context. */
  readonly where: string;
  /** By what klog knows of it. */
  readonly by: SourceTarget["by"];
  readonly isReachable: boolean;
  /** Why it cannot be reached, and what to do. */
  readonly problem: string | undefined;
  readonly hint: string | undefined;
  readonly records: number | undefined;
  readonly bytes: number | undefined;
  /** RFC 3339 with nanoseconds. */
  readonly oldest: string | undefined;
  readonly newest: string | undefined;
  /** The newest line's age in milliseconds. */
  readonly ageMs: number | undefined;
  readonly detail: string;
}

export interface SurveyOptions {
  readonly open: (target: SourceTarget) => Promise<Source>;
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** In the order of the targets. */
export function survey(targets: readonly SourceTarget[], options: SurveyOptions): Promise<SurveyedSource[]> {
  return Promise.all(targets.map((target) => surveyed(target, options)));
}

async function surveyed(
  target: SourceTarget,
  { open, timeoutMs, now, signal }: SurveyOptions,
): Promise<SurveyedSource> {
  const base = { name: target.name, kind: target.spec.kind, where: whereOf(target), by: target.by };
  const limit = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const stop = (error: KlogError) => {
    reject(error);
    limit.abort();
  };
  const interrupted = () => stop(new KlogError("SOURCE_UNREADABLE", "it was not waited for"));
  // Not AbortSignal.timeout: that lets the process end before it has told what was late.
  const timer = setTimeout(() => stop(tooSlow(timeoutMs)), timeoutMs);
  signal.addEventListener("abort", interrupted, { once: true });
  const opening = open(target);
  try {
    const source = await Promise.race([opening, late]);
    const { records, bytes, oldest, newest, detail } = await Promise.race([source.describe(limit.signal), late]);
    return {
      ...base,
      isReachable: true,
      problem: undefined,
      hint: undefined,
      records,
      bytes,
      oldest: oldest === undefined ? undefined : toRfc3339Nano(oldest),
      newest: newest === undefined ? undefined : toRfc3339Nano(newest),
      ageMs: newest === undefined ? undefined : Math.round(now() - newest.sec * 1000 - newest.nsec / 1e6),
      detail,
    };
  } catch (error) {
    if (!(error instanceof KlogError) && !(error instanceof ApiError) && !limit.signal.aborted) throw error;
    const none = { records: undefined, bytes: undefined, oldest: undefined, newest: undefined, ageMs: undefined };
    const hint = error instanceof KlogError ? error.hint : undefined;
    return { ...base, isReachable: false, problem: messageOf(error), hint, ...none, detail: "" };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", interrupted);
    opening.then(
      (source) => source.close(),
      () => undefined,
    );
  }
}

function tooSlow(timeoutMs: number): KlogError {
  return new KlogError("SOURCE_UNREADABLE", `no answer within ${timeoutMs / 1000} s`, {
    hint: "--timeout gives it longer",
  });
}

function whereOf({ spec }: SourceTarget): string {
  switch (spec.kind) {
    case "store":
      return spec.directory;
    case "files":
      return spec.patterns.join(", ");
    case "pods": {
      const parts = [
        spec.context ?? "the current context",
        ...(spec.namespaces.length === 0 ? [] : [`namespace ${spec.namespaces.join(", ")}`]),
        ...(spec.selector === undefined ? [] : [spec.selector]),
      ];
      return parts.join(", ");
    }
    case "stdin":
      return "standard input";
  }
}

// What a check of `klog doctor` says: one thing, how it is, and what to do about it.

export type Verdict = "ok" | "warn" | "fail";

export const AREAS = ["klog", "configuration", "cluster", "agent and store", "terminal"] as const;
export type Area = (typeof AREAS)[number];

export interface Finding {
  readonly area: Area;
  /** What was looked at, in a word or two. */
  readonly what: string;
  readonly verdict: Verdict;
  /** How it is. */
  readonly detail: string;
  /** Where the verdict is not ok: what to do. */
  readonly advice?: string | undefined;
}

export type Say = (verdict: Verdict, what: string, detail: string, advice?: string) => Finding;

export function findingsOf(area: Area): Say {
  return (verdict, what, detail, advice) => ({
    area,
    what,
    verdict,
    detail,
    ...(advice === undefined ? {} : { advice }),
  });
}

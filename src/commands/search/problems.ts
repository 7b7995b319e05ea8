// What went wrong beside the hits: said once each, and remembered, since the exit status tells whether hits may be missing.
import type { Progress } from "../../output/progress.ts";

export class Problems {
  isPartial = false;
  private readonly progress: Progress;
  private readonly said = new Set<string>();

  constructor(progress: Progress) {
    this.progress = progress;
  }

  note(text: string, partial?: "partial"): void {
    if (partial !== undefined) this.isPartial = true;
    if (this.said.has(text)) return;
    this.said.add(text);
    if (partial === undefined) this.progress.note(text);
    else this.progress.warn(text);
  }
}

// What finds logs. A discovery only says what is there now and which directories tell of change; the collector compares.
import type { Target } from "../target.ts";

export interface Discovery {
  readonly name: string;
  /** All targets there are now, in no order. Cheap to call again: directories that did not change are not read again. */
  scan(): readonly Target[];
  /** Directories whose change may bring or take targets; asked after each scan, and the same array where they are the same. */
  watched(): readonly string[];
}

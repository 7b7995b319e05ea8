// A log as a discovery finds it: a target that no pipeline has taken yet, with what is known of its container for filters.
import type { Target } from "../target.ts";
import type { Discovery } from "./discovery.ts";

/** How a log was reached; where there are several ways, the first of this list names it. */
export type Way = "pods" | "docker" | "s6" | "file";

/** What filters ask for. Undefined = nobody here knows it, which is not the same as empty. */
export interface ContainerFacts {
  readonly podLabels: Readonly<Record<string, string>> | undefined;
  readonly containerLabels: Readonly<Record<string, string>> | undefined;
  readonly env: Readonly<Record<string, string>> | undefined;
}

export interface FoundTarget extends Target {
  readonly way: Way;
  readonly facts: ContainerFacts;
}

/** How much a scan looks at. Without a scope every directory is asked for its time of change. */
export interface ScanScope {
  /** Directories that are known not to have changed since the last scan. */
  readonly unchanged?: (directory: string) => boolean;
  /** Also the directories that have rested for so long that a scan asks only some of them at a time. */
  readonly full?: boolean;
}

export interface TargetDiscovery extends Discovery {
  /** The same array as before when nothing changed; each target is the same object as long as nothing about it changed. */
  scan(scope?: ScanScope): readonly FoundTarget[];
  /** What could not be looked at in the last scan, for a person. */
  problems(): readonly string[];
}

export const UNKNOWN_FACTS: ContainerFacts = { podLabels: undefined, containerLabels: undefined, env: undefined };

/** The parts of a target that only a pipeline decides. */
export const UNROUTED = { firstRead: "beginning", tags: {}, pipeline: "" } as const;

// What a new configuration changes, so that a reload touches nothing else.
import { isDeepStrictEqual } from "node:util";
import type { AgentConfig, PipelineConfig } from "./agent-config.ts";

export type AgentSetting = Exclude<keyof AgentConfig, "pipelines">;

export interface ConfigDiff {
  /** A pipeline that was changed stands in `stop` as it was and in `start` as it shall be. */
  readonly stop: readonly PipelineConfig[];
  readonly start: readonly PipelineConfig[];
  readonly keep: readonly PipelineConfig[];
  /** Settings of the agent as a whole. */
  readonly changed: readonly AgentSetting[];
  /** Those among them that only a new start can apply: records' ids and cursors hang on them. */
  readonly needsRestart: readonly AgentSetting[];
}

const SETTINGS: readonly AgentSetting[] = ["node", "stateDir", "roots", "limits", "http"];
const FIXED: readonly AgentSetting[] = ["node", "stateDir"];

export function diffConfig(before: AgentConfig, after: AgentConfig): ConfigDiff {
  const changed = SETTINGS.filter((setting) => !isDeepStrictEqual(before[setting], after[setting]));
  const same = (a: PipelineConfig) => (b: PipelineConfig) => isDeepStrictEqual(a, b);
  return {
    stop: before.pipelines.filter((pipeline) => !after.pipelines.some(same(pipeline))),
    start: after.pipelines.filter((pipeline) => !before.pipelines.some(same(pipeline))),
    keep: after.pipelines.filter((pipeline) => before.pipelines.some(same(pipeline))),
    changed,
    needsRestart: changed.filter((setting) => FIXED.includes(setting)),
  };
}

/** As the configuration spells it. */
export function writtenName(setting: AgentSetting): string {
  return setting === "stateDir" ? "state_dir" : setting;
}

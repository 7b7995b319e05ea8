// The commands whose flags may stand in the config file, and which keys some of them understand.
import type { Section } from "../config/config-document.ts";
import { flagByName } from "./argv.ts";
import type { Flag } from "./flag.ts";
import { FLAGS } from "./flags.ts";
import { SEARCH_FLAGS } from "./search-flags.ts";

export const FLAGS_OF: Readonly<Record<Section, readonly Flag[]>> = { tail: FLAGS, search: SEARCH_FLAGS };

/** True for a key that has a meaning, though perhaps not for the command that runs. */
export function isConfigKey(key: string): boolean {
  return Object.values(FLAGS_OF).some((flags) => {
    const found = flagByName(key, flags);
    return found !== undefined && !found.flag.commandLineOnly;
  });
}

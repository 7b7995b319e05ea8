// What the stores of a command line have seen, for completion: names of pods and the like, fields of lines and their values.
import type { Origin } from "../../record/log-line.ts";
import type { AnswerCache } from "./answer-cache.ts";
import type { SeenField } from "./field-census.ts";
import { namesOf, ownFields, storeOrigins } from "./store-names.ts";

export interface Seen {
  /** Values of a field that is the same for a whole log: `namespace`, `pod`, `labels.app`. */
  readonly names: (field: string) => readonly string[];
  /** Labels and tags. */
  readonly originFields: () => readonly string[];
  readonly lineFields: () => Promise<readonly SeenField[]>;
}

/** Programs seldom get new fields; a store that has just begun soon has more of them. */
const FRESH_MS = 30_000;

export function seenInStores(directories: readonly string[], cache: AnswerCache<SeenField>): Seen {
  let known: readonly Origin[] | undefined;
  const origins = () => {
    known ??= storeOrigins(directories);
    return known;
  };
  return {
    names: (field) => namesOf(origins(), field),
    originFields: () => ownFields(origins()),
    async lineFields() {
      const key = JSON.stringify(["fields of lines", directories]);
      const remembered = await cache.recall(key);
      if (remembered !== undefined && remembered.ageMs < FRESH_MS) return remembered.candidates;
      const { storeFields } = await import("./store-fields.ts");
      const fields = storeFields(directories, cpuMs);
      await cache.remember(key, fields);
      return fields;
    },
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

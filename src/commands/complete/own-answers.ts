// Answers completion's questions from what klog itself keeps: config file, saved queries, the language of queries.
import type { ConfigFile } from "../../config/config-file.ts";
import { pastQueries } from "../../config/query-history.ts";
import { listQueries } from "../../config/saved-queries.ts";
import type { UserPlace } from "../../config/user-folders.ts";
import type { Candidate, OwnQuestion, Question } from "./request.ts";
import type { StoreNames } from "./store-names.ts";

export interface OwnKnowledge {
  readonly place: UserPlace;
  readonly config: ConfigFile | undefined;
  readonly storeNames: () => StoreNames;
}

const OWN: readonly string[] = ["profiles", "sources", "saved-queries", "query"] satisfies OwnQuestion[];

export function isOwn(question: Question): question is Question & { readonly what: OwnQuestion } {
  return OWN.includes(question.what);
}

export async function ownAnswer(
  { what, of = "" }: Question & { readonly what: OwnQuestion },
  { place, config, storeNames }: OwnKnowledge,
): Promise<Candidate[]> {
  switch (what) {
    case "profiles":
      return (config?.profiles ?? []).map(({ name, base }) =>
        base === undefined ? { value: name } : { value: name, description: `extends ${base}` },
      );
    case "sources":
      return (config?.sources ?? []).map(({ name, kind }) => ({ value: name, description: kind }));
    case "saved-queries":
      return (await listQueries({ ...place, config })).map(({ name, query }) => ({ value: name, description: query }));
    case "query": {
      const { completeQuery } = await import("../../query/query-completion.ts");
      const { candidates, replace } = completeQuery(of, of.length, {
        fields: [],
        values: (field) => valuesOf(field, storeNames()),
      });
      const offered = candidates.map(({ text, kind, detail }) => ({
        value: of.slice(0, replace.start) + text,
        ...(detail === "" ? {} : { description: detail }),
        // A field goes on with its value, in the same word.
        open: kind === "field" || text.endsWith(":"),
      }));
      return of === "" ? [...(await recentQueries(place)), ...offered] : offered;
    }
  }
}

const RECENT = 5;

/** Before anything is typed: what was searched for last, each once. */
async function recentQueries(place: UserPlace): Promise<Candidate[]> {
  const newestFirst = (await pastQueries(place)).toReversed().map(({ query }) => query);
  return [...new Set(newestFirst)].slice(0, RECENT).map((value) => ({ value, description: "run lately" }));
}

function valuesOf(field: string, names: StoreNames): readonly string[] {
  switch (field) {
    case "ns":
    case "namespace":
      return names.namespaces;
    case "pod":
      return names.pods;
    case "container":
      return names.containers;
    case "node":
      return names.nodes;
    default:
      return [];
  }
}

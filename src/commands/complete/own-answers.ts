// Answers completion's questions from what klog itself keeps: config file, saved queries, history, stores.
import type { ConfigFile } from "../../config/config-file.ts";
import { pastQueries } from "../../config/query-history.ts";
import { listQueries } from "../../config/saved-queries.ts";
import type { UserPlace } from "../../config/user-folders.ts";
import type { Candidate, OwnQuestion, Question } from "./request.ts";
import type { Seen } from "./seen-in-stores.ts";

export interface OwnKnowledge {
  readonly place: UserPlace;
  readonly config: ConfigFile | undefined;
  readonly seen: Seen;
}

const OWN: readonly string[] = ["profiles", "sources", "saved-queries", "query", "fields"] satisfies OwnQuestion[];

export function isOwn(question: Question): question is Question & { readonly what: OwnQuestion } {
  return OWN.includes(question.what);
}

export async function ownAnswer(
  { what, of = "" }: Question & { readonly what: OwnQuestion },
  { place, config, seen }: OwnKnowledge,
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
      const { queryAnswers } = await import("./query-answers.ts");
      const offered = await queryAnswers(of, seen);
      return of === "" ? [...(await recentQueries(place)), ...offered] : offered;
    }
    case "fields": {
      const { fieldAnswers } = await import("./query-answers.ts");
      return fieldAnswers(of, seen);
    }
  }
}

const RECENT = 5;

/** Before anything is typed: what was searched for last, each once. */
async function recentQueries(place: UserPlace): Promise<Candidate[]> {
  const newestFirst = (await pastQueries(place)).toReversed().map(({ query }) => query);
  return [...new Set(newestFirst)].slice(0, RECENT).map((value) => ({ value, description: "run lately" }));
}

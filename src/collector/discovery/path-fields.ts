// What the {name} parts of a path say about a log: the names that a record has become its origin, all others tags.
import type { LogOrigin } from "../target.ts";

export type PathFields = Readonly<Record<string, string>>;

export interface PlaceFields {
  readonly origin: Partial<Pick<LogOrigin, "node" | "namespace" | "pod" | "podUid" | "container">>;
  readonly tags: Readonly<Record<string, string>>;
}

const OF_ORIGIN: Readonly<Record<string, keyof PlaceFields["origin"]>> = {
  node: "node",
  namespace: "namespace",
  pod: "pod",
  pod_uid: "podUid",
  container: "container",
};

/** An application is shown where a container's name would be, unless the path names that too. */
export function placeFields(fields: PathFields): PlaceFields {
  const origin: Record<string, string> = {};
  const tags: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    const field = OF_ORIGIN[name];
    if (field === undefined) tags[name] = value;
    else origin[field] = value;
  }
  if (fields["app"] !== undefined && fields["container"] === undefined) origin["container"] = fields["app"];
  return { origin, tags };
}

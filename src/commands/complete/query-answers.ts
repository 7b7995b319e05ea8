// Completes a query, or a list of fields, with what klog knows of every record and what its stores have seen.
import { type CompletionSources, completeQuery } from "../../query/query-completion.ts";
import { coreField } from "../../query/record-fields.ts";
import type { SeenField } from "./field-census.ts";
import type { Candidate } from "./request.ts";
import type { Seen } from "./seen-in-stores.ts";

/** `text` is the query up to the cursor; candidates are the whole of it. */
export async function queryAnswers(text: string, seen: Seen): Promise<Candidate[]> {
  const without = completeQuery(text, text.length, { fields: [], values: seen.names });
  const fields = asksForFields(without) ? await seen.lineFields() : [];
  const { candidates, replace } = completeQuery(text, text.length, sourcesOf(fields, seen));
  const examples = new Map(fields.map(({ name, values }) => [name, exampleText(values)]));
  return candidates.map(({ text: piece, kind, detail }) => {
    const description = detail || (kind === "field" ? (examples.get(piece.replace(/:$/, "")) ?? "") : "");
    return {
      value: text.slice(0, replace.start) + piece,
      ...(description === "" ? {} : { description }),
      // A field goes on with its value, in the same word.
      open: kind === "field" || piece.endsWith(":"),
    };
  });
}

/** Names of fields for `--top status,`: `partial` is the one at the cursor. */
export async function fieldAnswers(partial: string, seen: Seen): Promise<Candidate[]> {
  return (await queryAnswers(`| fields ${partial}`, seen)).map(({ value, description }) => ({
    value: value.slice("| fields ".length),
    ...(description === undefined ? {} : { description }),
  }));
}

/** Not for what klog knows of every record: a sample costs time. */
function asksForFields({ expects, field }: ReturnType<typeof completeQuery>): boolean {
  return expects === "term" || expects === "field" || (expects === "value" && coreField(field!) === undefined);
}

function sourcesOf(fields: readonly SeenField[], seen: Seen): CompletionSources {
  const valuesOf = new Map(fields.map(({ name, values }) => [name, values]));
  return {
    fields: fields.length === 0 ? [] : [...valuesOf.keys(), ...seen.originFields()],
    values: (name) => [...(valuesOf.get(name.replace(/^attrs\./, "")) ?? []), ...seen.names(name)],
  };
}

const EXAMPLES = 3;

function exampleText(values: readonly string[]): string {
  return values.slice(0, EXAMPLES).join(", ");
}

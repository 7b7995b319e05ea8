// Queries by name: those of the config file, and those that `klog search --save-query` keeps in the state folder.
import { join } from "node:path";
import { KlogError, messageOf } from "../errors.ts";
import { closest } from "../query/closest.ts";
import type { ConfigFile } from "./config-file.ts";
import { exclusively, readPrivate, replacePrivate } from "./private-file.ts";
import { stateFolder, type UserPlace } from "./user-folders.ts";

export interface SavedQuery {
  readonly name: string;
  readonly query: string;
  /** `~/.config/klog/config.yaml:12` or the file that klog keeps. */
  readonly where: string;
  /** Milliseconds since the epoch; undefined for those of the config file. */
  readonly savedAt: number | undefined;
}

/** What is said about the queries of one person. */
export interface QueryPlace extends UserPlace {
  readonly config: Pick<ConfigFile, "path" | "queries"> | undefined;
}

type Stored = Readonly<Record<string, { readonly query: string; readonly savedAt: number }>>;

export function savedQueriesPath(place: UserPlace): string {
  return join(stateFolder(place), "klog", "queries.json");
}

/** By name. One that was saved wins over the config file's of the same name. */
export async function listQueries(place: QueryPlace): Promise<SavedQuery[]> {
  const path = savedQueriesPath(place);
  const saved = Object.entries(await stored(path)).map(([name, { query, savedAt }]) => ({
    name,
    query,
    savedAt,
    where: path,
  }));
  const { queries = [], path: file = "" } = place.config ?? {};
  const configured = queries
    .filter(({ name }) => !saved.some((one) => one.name === name))
    .map(({ name, query, line }) => ({ name, query, where: `${file}:${line}`, savedAt: undefined }));
  return [...saved, ...configured].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Throws KlogError USAGE with the names that there are. */
export async function findQuery(name: string, place: QueryPlace): Promise<SavedQuery> {
  const all = await listQueries(place);
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const guess = closest(name, names);
  const none = "save one: klog search QUERY --save-query NAME";
  throw new KlogError("USAGE", `there is no saved query ${JSON.stringify(name)}`, {
    hint: names.length === 0 ? none : guess === undefined ? `there are ${names.join(", ")}` : `did you mean ${guess}?`,
  });
}

/** @param now milliseconds since the epoch. Throws KlogError. */
export async function saveQuery(name: string, query: string, place: UserPlace, now: number): Promise<void> {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name)) {
    throw new KlogError("USAGE", `${JSON.stringify(name)} is no name for a query`, {
      hint: "use letters, digits, dots and dashes: slow-checkouts",
    });
  }
  const path = savedQueriesPath(place);
  await changing(path, async () => {
    const queries: Stored = { ...(await stored(path)), [name]: { query, savedAt: now } };
    await replacePrivate(path, `${JSON.stringify(queries, undefined, 2)}\n`);
  });
}

/** Throws KlogError USAGE where there is none, or where it stands in the config file. */
export async function deleteQuery(name: string, place: QueryPlace): Promise<void> {
  const { savedAt, where } = await findQuery(name, place);
  if (savedAt === undefined) {
    throw new KlogError("USAGE", `the query ${name} stands in the config file (${where})`, {
      hint: "`klog config edit` takes it away",
    });
  }
  const path = savedQueriesPath(place);
  await changing(path, async () => {
    const { [name]: _, ...others } = await stored(path);
    await replacePrivate(path, `${JSON.stringify(others, undefined, 2)}\n`);
  });
}

async function stored(path: string): Promise<Stored> {
  let value: unknown;
  try {
    value = JSON.parse((await readPrivate(path)) ?? "{}");
  } catch (error) {
    // What JSON.parse says quotes the file, line ends and all.
    const why = error instanceof SyntaxError ? "it is not valid JSON" : messageOf(error);
    throw new KlogError("STATE_UNREADABLE", `cannot read the saved queries in ${path}: ${why}`, {
      hint: "correct the file, or move it away",
      cause: error,
    });
  }
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter(([, one]) => typeof (one as { query?: unknown } | null)?.query === "string"),
  ) as Stored;
}

async function changing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await exclusively(path, work);
  } catch (error) {
    if (error instanceof KlogError) throw error;
    throw new KlogError("STATE_UNWRITABLE", `cannot save into ${path}: ${messageOf(error)}`, {
      hint: "make its folder writable, or set XDG_STATE_HOME",
      cause: error,
    });
  }
}

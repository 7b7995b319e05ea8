// A secret that no log, error or JSON ever shows, and the ways in which a config file may name one.
import { inspect } from "node:util";
import { KlogError, messageOf } from "../errors.ts";
import { closest } from "../query/closest.ts";
import { expandHome } from "./user-folders.ts";
import { isMapping } from "./yaml-document.ts";

export const HIDDEN = "***";

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself, for the one call that sends it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** Where a secret is kept. Nothing is read before it is needed. */
export type SecretReference =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly kubernetes: KubernetesSecret };

export interface KubernetesSecret {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  /** undefined: the current one. */
  readonly context: string | undefined;
}

const PLACES = ["env", "file", "kubernetes"] as const;
const HINT = "write {file: PATH}, {env: NAME} or {kubernetes: {namespace: NS, name: NAME, key: KEY}}";

export interface SecretMistake {
  /** Below the secret's own key. */
  readonly path: readonly string[];
  readonly text: string;
  readonly hint: string;
}

export function looksLikeSecret(value: unknown): boolean {
  return isMapping(value) && Object.keys(value).some((key) => PLACES.some((place) => place === key));
}

/** A mapping of the config file as a reference, or what is wrong with it. */
export function parseSecretReference(value: unknown): SecretReference | SecretMistake {
  if (!isMapping(value)) return { path: [], text: "should name where the secret is kept", hint: HINT };
  const [key = "", ...more] = Object.keys(value);
  const unknown = [key, ...more].find((name) => !PLACES.some((place) => place === name));
  if (unknown !== undefined) {
    const guess = closest(unknown, PLACES);
    return {
      path: [unknown],
      text: `is no place of a secret${guess === undefined ? "" : `; did you mean ${guess}?`}`,
      hint: HINT,
    };
  }
  if (more.length > 0) return { path: [more[0]!], text: `excludes ${key}: a secret has one place`, hint: HINT };
  if (key === "kubernetes") return parseKubernetes(value["kubernetes"]);
  const text = value[key];
  if (typeof text !== "string" || text === "") {
    return { path: [key], text: key === "env" ? "should name a variable" : "should name a file", hint: HINT };
  }
  if (key === "file") return { file: text };
  if (!/^[A-Za-z_]\w*$/.test(text)) {
    return { path: [key], text: `${JSON.stringify(text)} is no name of a variable`, hint: HINT };
  }
  return { env: text };
}

const KUBERNETES_KEYS = ["namespace", "name", "key", "context"] as const;

function parseKubernetes(value: unknown): SecretReference | SecretMistake {
  const path = ["kubernetes"];
  if (!isMapping(value)) return { path, text: "should be a mapping of namespace, name and key", hint: HINT };
  for (const [key, text] of Object.entries(value)) {
    if (!KUBERNETES_KEYS.some((known) => known === key)) {
      const guess = closest(key, KUBERNETES_KEYS);
      const end = guess === undefined ? "" : `; did you mean ${guess}?`;
      return { path: [...path, key], text: `is unknown here${end}`, hint: HINT };
    }
    if (typeof text !== "string" || text === "") {
      return { path: [...path, key], text: "should be a text", hint: HINT };
    }
  }
  const { namespace, name, key, context } = value as Readonly<Record<string, string | undefined>>;
  if (namespace === undefined || name === undefined || key === undefined) {
    return { path, text: "needs namespace, name and key", hint: HINT };
  }
  return { kubernetes: { namespace, name, key, context } };
}

export interface SecretReaders {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly readText: (path: string) => Promise<string>;
  /** Undefined where the Secret has no such key. Throws for a person where it cannot be read. */
  readonly readKubernetes: (secret: KubernetesSecret) => Promise<string | undefined>;
}

/** Reads the secret now. A line end behind it is no part of it. Throws KlogError CREDENTIALS_FAILED, which names only the place. */
export async function resolveSecret(reference: SecretReference, readers: SecretReaders): Promise<Secret> {
  const where = secretPlace(reference);
  let text: string | undefined;
  try {
    if ("env" in reference) text = readers.env[reference.env];
    else if ("file" in reference) text = await readers.readText(expandHome(reference.file, readers.home));
    else text = await readers.readKubernetes(reference.kubernetes);
  } catch (error) {
    throw new KlogError("CREDENTIALS_FAILED", `the secret of ${where} cannot be read: ${messageOf(error)}`, {
      hint: "correct the place in the config file: `klog config path` tells which file it is",
      cause: error,
    });
  }
  const secret = text?.replace(/\r?\n$/, "") ?? "";
  if (secret !== "") return new Secret(secret);
  throw new KlogError("CREDENTIALS_FAILED", `the secret of ${where} is ${text === undefined ? "not there" : "empty"}`, {
    hint: "env" in reference ? `set ${reference.env}` : "put it there, or correct the place in the config file",
  });
}

/** `$PROD_TOKEN`, `~/.prod-token`, `Secret ops/klog (token)`: for people, never the secret. */
export function secretPlace(reference: SecretReference): string {
  if ("env" in reference) return `$${reference.env}`;
  if ("file" in reference) return reference.file;
  const { namespace, name, key, context } = reference.kubernetes;
  return `Secret ${namespace}/${name} (${key})${context === undefined ? "" : ` in context ${context}`}`;
}

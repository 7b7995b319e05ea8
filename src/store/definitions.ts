// Numbers that stand for generations and their origins: each file defines what it uses before it uses it.
import { ByteReader, ByteWriter } from "./binary.ts";
import { ENTRY_GENERATION, ENTRY_ORIGIN, entry } from "./entry.ts";
import type { StoreGeneration, StoreOrigin } from "./rows.ts";

/** The writer's side: gives numbers and says which definitions the file still lacks. */
export class DefinitionWriter {
  readonly #origins = new Map<string, number>();
  readonly #generations = new Map<string, number>();
  /** By identity, since a caller gives the same object for many batches. */
  #known = new WeakMap<StoreGeneration, number>();
  #pending: Uint8Array[] = [];
  readonly #salt: number;

  /** The salt of the file that the definitions go to. */
  constructor(salt: number) {
    this.#salt = salt;
  }

  get count(): number {
    return this.#generations.size;
  }

  numberOf(generation: StoreGeneration): number {
    const known = this.#known.get(generation);
    if (known !== undefined) return known;
    const origin = this.#originNumber(generation.origin);
    const key = `${generation.id}/${generation.epoch}/${origin}`;
    let number = this.#generations.get(key);
    if (number === undefined) {
      number = this.#generations.size;
      this.#generations.set(key, number);
      const payload = new ByteWriter().u32(number).u32(origin).u32(generation.epoch);
      this.#pending.push(entry(this.#salt, ENTRY_GENERATION, payload.bytes(Buffer.from(generation.id, "utf8")).done()));
    }
    this.#known.set(generation, number);
    return number;
  }

  /** Entries of what was numbered and is not in the file yet, in their order. */
  get pending(): readonly Uint8Array[] {
    return this.#pending;
  }

  /** They are in the file. */
  clearPending(): void {
    this.#pending = [];
  }

  #originNumber(origin: StoreOrigin): number {
    const text = JSON.stringify(origin);
    let number = this.#origins.get(text);
    if (number === undefined) {
      number = this.#origins.size;
      this.#origins.set(text, number);
      const payload = new ByteWriter().u32(number).bytes(Buffer.from(text, "utf8"));
      this.#pending.push(entry(this.#salt, ENTRY_ORIGIN, payload.done()));
    }
    return number;
  }
}

const NOBODY: StoreOrigin = {
  node: "",
  namespace: "",
  pod: "",
  podUid: "",
  container: "",
  containerId: "",
  restart: 0,
  image: "",
  dockerApp: "",
  dockerService: "",
  dockerContainer: "",
  labels: {},
  tags: {},
  path: "",
};
/** Stands where a definition was lost with a damaged entry. */
const UNKNOWN: StoreGeneration = { id: "0000000000000000", epoch: 0, origin: NOBODY };

/** The reader's side. Numbers whose entry was damaged stand for nobody. */
export class Definitions {
  readonly #origins: (StoreOrigin | undefined)[] = [];
  readonly #generations: (StoreGeneration | undefined)[] = [];

  /** False for an entry of another type. */
  take(type: number, payload: Uint8Array): boolean {
    const reader = new ByteReader(payload);
    if (type === ENTRY_ORIGIN) {
      const number = reader.u32();
      this.#origins[number] = { ...NOBODY, ...(JSON.parse(text(reader)) as Partial<StoreOrigin>) };
      return true;
    }
    if (type !== ENTRY_GENERATION) return false;
    const number = reader.u32();
    const origin = this.#origins[reader.u32()] ?? NOBODY;
    const epoch = reader.u32();
    this.#generations[number] = { epoch, id: text(reader), origin };
    return true;
  }

  generation(number: number): StoreGeneration {
    return this.#generations[number] ?? UNKNOWN;
  }

  /** In the order of their numbers. */
  get generations(): readonly StoreGeneration[] {
    return Array.from(this.#generations, (generation) => generation ?? UNKNOWN);
  }
}

function text(reader: ByteReader): string {
  return Buffer.from(reader.bytes(reader.left)).toString("utf8");
}

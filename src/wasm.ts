// Loads the WebAssembly modules that scripts/wasm.mjs builds from assembly/ into dist/.
import { readFileSync } from "node:fs";

/** The part of the engine's interface that is used; Node's types leave it out. */
interface WasmEngine {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}
const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: WasmEngine };

export type WasmModule = "collector" | "store";

/** An instance of the module; undefined where the engine lacks SIMD or KLOG_WASM=off says so: the TypeScript twin takes over. */
export function loadWasm<Exports>(name: WasmModule): Exports | undefined {
  if (process.env["KLOG_WASM"] === "off") return undefined;
  const bytes = readFileSync(wasmUrl(name, import.meta.url));
  if (!engine.validate(bytes)) return undefined;
  return new engine.Instance(new engine.Module(bytes), {}).exports as Exports;
}

/** dist/ seen from the source, from dist/ itself, and from a chunk under it. */
function wasmUrl(name: WasmModule, here: string): URL {
  if (here.endsWith(".ts")) return new URL(`../dist/${name}.wasm`, here);
  return new URL(/\/chunks\/[^/]*$/.test(here) ? `../${name}.wasm` : `./${name}.wasm`, here);
}

// Compiles assembly/ (AssemblyScript) into dist/: one module a file named here.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

export async function buildWasm() {
  mkdirSync(join(root, "dist"), { recursive: true });
  for (const name of ["collector", "store"]) {
    const { error, stderr } = await asc.main([
      `assembly/${name}.ts`,
      ...["--baseDir", root, "--outFile", `dist/${name}.wasm`],
      ...["--runtime", "stub", "--enable", "simd", "--optimizeLevel", "3", "--noAssert", "--use", "abort="],
    ]);
    if (error) throw new Error(`${name}.wasm: ${error.message}\n${stderr}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWasm();

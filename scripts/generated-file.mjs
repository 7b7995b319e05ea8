// A file that is generated and kept in the repository: written, or with --check compared.
import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";

export function writeGenerated(path, text) {
  if (!process.argv.includes("--check")) return writeFileSync(path, text);
  if (currentText(path) === text) return;
  process.stderr.write(`${relative(process.cwd(), path)} is not what its source gives: run \`npm run generate\`\n`);
  process.exitCode = 1;
}

function currentText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

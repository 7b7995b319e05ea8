// Writes completions/ from src/commands/completion-scripts.ts. With --check it only compares, and exits 1 on drift.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { COMPLETION_SCRIPTS } from "../src/commands/completion-scripts.ts";
import { writeGenerated } from "./generated-file.mjs";

const folder = join(import.meta.dirname, "..", "completions");
mkdirSync(folder, { recursive: true });
for (const { file, text } of Object.values(COMPLETION_SCRIPTS)) writeGenerated(join(folder, file), text);

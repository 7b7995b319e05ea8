// Writes docs/flags.md from the flag table. With --check it only compares, and exits 1 on drift.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { flagsDocument } from "../src/commands/flags-document.ts";
import { writeGenerated } from "./generated-file.mjs";

const folder = join(import.meta.dirname, "..", "docs");
mkdirSync(folder, { recursive: true });
writeGenerated(join(folder, "flags.md"), flagsDocument());

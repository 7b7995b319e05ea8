// Writes docs/config.schema.json from the flag tables; `npm run generate` lays it out too.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configFileSchema } from "../src/commands/config/config-schema.ts";

const file = join(import.meta.dirname, "..", "docs", "config.schema.json");
writeFileSync(file, `${JSON.stringify(configFileSchema(), undefined, 2)}\n`);

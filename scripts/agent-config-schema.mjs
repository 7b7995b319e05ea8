// Writes deploy/agent-config.schema.json from the description of the agent's configuration; `npm run generate` lays it out too.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentConfigSchema } from "../src/collector/declare/config-schema.ts";

const file = join(import.meta.dirname, "..", "deploy", "agent-config.schema.json");
writeFileSync(file, `${JSON.stringify(agentConfigSchema(), undefined, 2)}\n`);

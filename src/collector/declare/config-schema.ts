// The JSON Schema of the configuration, as editors and `deploy/agent-config.schema.json` have it.
import { configShape } from "./agent-shape.ts";
import type { JsonSchema } from "./shape.ts";

export function agentConfigSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "klog agent configuration",
    ...configShape.schema,
  };
}

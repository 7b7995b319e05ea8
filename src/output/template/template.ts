// A user's template (--template, --template-file), compiled once and run for every line.
import { BUILTINS } from "./builtins.ts";
import { compile, SHORT_CIRCUIT } from "./compile.ts";
import { parseTemplate } from "./parser.ts";
import { sternFunctions } from "./stern-functions.ts";
import type { Value } from "./values.ts";

export interface Template {
  /** Throws TemplateRunError where the line is not what the template expects. */
  render(data: Value): string;
}

/** Throws KlogError TEMPLATE_INVALID, with the place. */
export function compileTemplate(source: string, options: { readonly isColoured: boolean }): Template {
  const functions = sternFunctions(options.isColoured);
  const parsed = parseTemplate(source, (name) => SHORT_CIRCUIT.has(name) || BUILTINS.has(name) || functions.has(name));
  return { render: compile(parsed, functions) };
}

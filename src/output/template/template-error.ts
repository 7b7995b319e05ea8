// The message for a template that cannot be used: line, column, and the line itself with a caret under the place.
import { KlogError } from "../../errors.ts";

export function templateError(source: string, at: number, problem: string, hint?: string): KlogError {
  const before = source.slice(0, at);
  const start = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  const end = source.indexOf("\n", start);
  const shown = source.slice(start, end === -1 ? undefined : end);
  const caret = shown.slice(0, at - start).replace(/[^\t]/g, " ");
  return new KlogError(
    "TEMPLATE_INVALID",
    `the template is not valid at line ${line}, column ${[...source.slice(start, at)].length + 1}: ${problem}\n  ${shown}\n  ${caret}^`,
    { hint: hint ?? "Templates are Go's text/template, as for stern: {{.PodName}} {{.Message}}" },
  );
}

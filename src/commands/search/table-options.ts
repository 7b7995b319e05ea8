// How tables of a search are printed: what --output means for them.
import { KlogError } from "../../errors.ts";
import type { TableFormat, TableOutputOptions } from "../../output/table-output.ts";
import type { Printing } from "../tail-output.ts";
import type { SearchSetup } from "./search-setup.ts";

/** undefined: nothing is printed. */
export function tableFormat({ format, template }: Printing): TableFormat | undefined {
  if (template !== undefined) {
    throw new KlogError("USAGE", "a template is for lines, and this is a table", {
      hint: "leave --template out, or use -o csv",
    });
  }
  switch (format) {
    case "default":
    case "pretty":
      return "text";
    case "extjson":
    case "ppextjson":
      return "json";
    case "none":
      return undefined;
    default:
      return format;
  }
}

export function tableOutput(
  { options, palette, terminal }: SearchSetup,
  format: TableFormat | undefined,
): TableOutputOptions {
  return {
    format: format ?? "text",
    zone: options.printing.timezone,
    isTerminal: terminal.isTerminal,
    width: terminal.columns,
    styles: palette.styles,
  };
}

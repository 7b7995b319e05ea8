// Which lines of a container make one event, as --multiline says.
import { createLineJoiner, type LineJoiner, type MultilineMode } from "../../record/multiline.ts";
import { flagPattern } from "../flag-pattern.ts";
import type { TailOptions } from "../tail-options.ts";

/** In order of arrival lines go out as they come; whoever wants traces kept together there asks for it. */
export function joinerOf({ lines, order, stdin }: TailOptions): (() => LineJoiner) | undefined {
  const { multiline } = lines;
  if (multiline === "off" || (multiline === "auto" && order === "arrival" && !stdin)) return undefined;
  const mode: MultilineMode = multiline === "auto" ? "auto" : { start: startTest(multiline.start) };
  return () => createLineJoiner(mode);
}

function startTest(source: string): (text: string) => boolean {
  const pattern = flagPattern("--multiline", source, { whenDisabled: "match" });
  return (text) => pattern.test(text);
}

// Colours of `klog store`, as --color, the environment and the terminal say.
import { colorLevel, detectedLevel } from "../../output/color-level.ts";
import { createStyles, type Styles } from "../../output/theme.ts";
import type { CommandIo } from "../command-io.ts";
import type { StoreLine } from "./start-store-command.ts";

export function storeStyles({ flags }: StoreLine, io: CommandIo): Styles {
  const choice = (flags.text("color") as "auto" | "always" | "never" | undefined) ?? "auto";
  const isTerminal = io.stdout.isTTY === true;
  return createStyles("dark", colorLevel({ choice, env: io.env, isTerminal, detected: detectedLevel("stdout") }));
}

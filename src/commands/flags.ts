// The flag table of `klog tail`, gathered from flags/. A flag is added there and nowhere else; one letter has one meaning in
// every command.
import type { Flag } from "./flag.ts";
import { CHOOSING_FLAGS } from "./flags/choosing.ts";
import { COLOUR_FLAGS } from "./flags/colour.ts";
import { CONNECTION_FLAGS } from "./flags/connection.ts";
import { GENERAL_FLAGS } from "./flags/general.ts";
import { LINE_FLAGS } from "./flags/lines.ts";
import { ORDER_FLAGS } from "./flags/order.ts";
import { OUTPUT_FLAGS } from "./flags/output.ts";
import { QUERY_FLAGS, WAIT_FLAGS } from "./flags/query.ts";
import { SOURCE_FLAGS } from "./flags/sources.ts";
import { WINDOW_FLAGS } from "./flags/window.ts";

export const FLAGS = [
  ...CHOOSING_FLAGS,
  ...SOURCE_FLAGS,
  ...WINDOW_FLAGS,
  ...QUERY_FLAGS,
  ...LINE_FLAGS,
  ...OUTPUT_FLAGS,
  ...COLOUR_FLAGS,
  ...ORDER_FLAGS,
  ...WAIT_FLAGS,
  ...CONNECTION_FLAGS,
  ...GENERAL_FLAGS,
] as const satisfies readonly Flag[];

export type TailFlag = (typeof FLAGS)[number];
export type FlagName = TailFlag["name"];

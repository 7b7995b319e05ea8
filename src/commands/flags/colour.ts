// Flags for colours.
import type { Flag } from "../flag.ts";

export const COLOUR_FLAGS = [
  {
    name: "color",
    kind: "text",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    default: "auto",
    group: "Colour",
    help: "auto, always, never; NO_COLOR and FORCE_COLOR count for auto",
    peers: "stern",
  },
  {
    name: "theme",
    kind: "text",
    value: "NAME",
    choices: ["dark", "light", "colour-blind", "none"],
    default: "dark",
    group: "Colour",
    help: "dark, light, colour-blind, none",
  },
  {
    name: "pod-colors",
    kind: "list",
    value: "SGR",
    group: "Colour",
    help: "colours of pods as SGR codes: 91,92,38;2;255;97;136",
    peers: "stern",
  },
  {
    name: "container-colors",
    kind: "list",
    value: "SGR",
    default: "those of --pod-colors",
    group: "Colour",
    help: "colours of containers, as many as --pod-colors",
    peers: "stern",
  },
  {
    name: "diff-container",
    letter: "d",
    kind: "boolean",
    group: "Colour",
    help: "a colour for each container, not only for each pod",
    peers: "stern",
  },
] as const satisfies readonly Flag[];

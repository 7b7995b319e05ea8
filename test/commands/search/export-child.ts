// An export in a process of its own, slow enough to be killed in the middle: says a word when some pages are written.
import { existsSync } from "node:fs";
import { klogSearch, ScriptedSource } from "./search-rig.ts";

const file = process.argv[2]!;
const lines = Array.from({ length: 140 }, (_, i) => ({ at: i, text: `line ${i} says, "so"` }));
const source = new ScriptedSource(lines, {
  pageLines: 3,
  beforePage: async (index) => {
    if (index === 5) process.stdout.write("on its way\n");
    if (index > 5) await new Promise((resolve) => setTimeout(resolve, 20));
  },
});
const words = existsSync(`${file}.parts`) ? ["--resume"] : [];
await klogSearch(["line", "--export", file, ...words], {
  sources: [source],
  exportLimits: { partBytes: 3000, sureBytes: 900 },
});

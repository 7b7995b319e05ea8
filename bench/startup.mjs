// CPU (user + system) of the commands that must start at once, as a ratio to an empty Node script in the same run.
// node bench/startup.mjs [--rounds 7] [--batch 10] [--entry dist/cli.js]; exits 1 above the bar.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const BAR = 1.6;
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    batch: { type: "string", default: "10" },
    entry: { type: "string", default: join(import.meta.dirname, "..", "dist", "cli.js") },
  },
});
const folder = mkdtempSync(join(tmpdir(), "klog-startup-"));
const empty = join(folder, "empty.mjs");
writeFileSync(empty, "");

const cases = [
  ["empty script", [empty]],
  ["klog --version", [values.entry, "--version"]],
  ["klog --help", [values.entry, "--help"]],
  ["klog tail --help (no bar)", [values.entry, "tail", "--help"]],
  ["klog completion bash", [values.entry, "completion", "bash"]],
  ["klog __complete (static part)", [values.entry, "__complete", "bash", "--", "klog tail web --no"]],
].map(([name, args]) => ({ name, args, rounds: [] }));

// Interleaved, so that a slow moment of the machine meets every case.
for (let round = 0; round < Number(values.rounds); round++) {
  for (const entry of cases) entry.rounds.push(cpuMilliseconds(entry.args) / Number(values.batch));
}
rmSync(folder, { recursive: true });

const floor = median(cases[0].rounds);
let worst = 0;
for (const { name, rounds } of cases) {
  const ratio = median(rounds) / floor;
  if (!name.endsWith("(no bar)")) worst = Math.max(worst, ratio);
  print(`${name.padEnd(32)} ${median(rounds).toFixed(1).padStart(7)} ms CPU   ${ratio.toFixed(2)} x`);
}
print(`bar ${BAR} x: ${worst <= BAR ? "held" : "missed"} (worst ${worst.toFixed(2)} x, Node ${process.version})`);
process.exitCode = worst <= BAR ? 0 : 1;

function print(line) {
  process.stdout.write(`${line}\n`);
}

/** Only the shell's `times` tells the CPU of ended children on every system. */
function cpuMilliseconds(args) {
  const loop = `i=0; while [ $i -lt ${Number(values.batch)} ]; do "$@" >/dev/null || exit 1; i=$((i+1)); done; times`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", loop, "sh", process.execPath, ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${args.join(" ")} failed: ${stderr}`);
  const [, children = ""] = stdout.trim().split("\n");
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60_000 + Number(s) * 1000,
    0,
  );
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

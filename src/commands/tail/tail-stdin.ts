// `klog tail -`: lines of standard input.
import { systemClock } from "../../sources/clock.ts";
import { TailStats } from "../../sources/pods/tail-stats.ts";
import { readStdin } from "../../sources/stdin.ts";
import type { CommandIo } from "../command-io.ts";
import { openOutput } from "../command-output.ts";
import { LinePrinter } from "../line-printer.ts";
import type { TailOptions } from "../tail-options.ts";
import { statsReport } from "../tail-report.ts";
import { Waiting } from "../wait-for.ts";
import { EXIT, endedEarly } from "./exit-status.ts";
import { joinerOf } from "./line-joiner.ts";

export async function tailStdin(options: TailOptions, io: CommandIo): Promise<number> {
  const stats = new TailStats();
  const { terminal, ended, failure } = openOutput(io);
  let wake: () => void = () => undefined;
  const printer = new LinePrinter({
    lines: options.lines,
    // There is one source, and it has no name worth printing.
    output: { ...options.output, prefix: options.output.prefix === "auto" ? "none" : options.output.prefix },
    env: io.env,
    terminal,
    stats,
    showNamespace: false,
    showCluster: false,
    waitFor: options.waitFor && { text: options.waitFor.text, found: () => waiting.found() },
    onDrained: () => wake(),
  });
  const waiting = new Waiting(options.waitFor, systemClock, () => ended.abort());
  try {
    await readStdin({
      input: io.stdin,
      maxLineBytes: options.window.maxLineBytes,
      joiner: joinerOf(options)?.(),
      stats,
      clock: systemClock,
      signal: AbortSignal.any([io.signal, ended.signal]),
      emit: (line) => printer.emit(line),
      room: () =>
        printer.ready()
          ? undefined
          : new Promise((resolve) => {
              wake = resolve;
            }),
    });
  } finally {
    waiting.close();
    await printer.close();
  }
  const outputError = failure();
  if (outputError !== undefined) throw outputError;
  if (options.stats) terminal.error(statsReport(stats, { waiting: 0 }));
  const early = endedEarly(waiting, { ended, io, progress: printer.progress });
  if (early !== undefined) return early;
  return stats.received > 0 && stats.shown === 0 ? EXIT.nothing : EXIT.done;
}

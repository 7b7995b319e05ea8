// `klog store verify`: reads all of a store, and names what is damaged and what is lost.
import { painted } from "../../output/paint.ts";
import { type VerifyReport, verifyStore } from "../../store/verify.ts";
import { bytesText, counted } from "../agent/amounts.ts";
import type { CommandIo } from "../command-io.ts";
import { jsonText } from "../setup-inputs.ts";
import type { StoreLine } from "./start-store-command.ts";
import { storeStyles } from "./store-styles.ts";

const EXIT = { whole: 0, damaged: 3, interrupted: 130 } as const;

export async function verify(line: StoreLine, io: CommandIo): Promise<number> {
  const shows = io.stderr.isTTY === true && !line.isJson;
  let shown = -1;
  const report = await verifyStore(
    line.directory,
    (done, all) => {
      const percent = Math.floor((100 * done) / Math.max(1, all));
      if (!shows || percent === shown) return;
      shown = percent;
      io.stderr.write(`\r${percent} % of ${bytesText(all)} of lines`);
    },
    () => io.signal.aborted,
  );
  if (shows && shown >= 0) io.stderr.write("\r\u001b[K");
  io.print(line.isJson ? jsonText(report) : reportText(report, line, io));
  if (!report.complete) return EXIT.interrupted;
  return report.problems.length === 0 ? EXIT.whole : EXIT.damaged;
}

function reportText(report: VerifyReport, line: StoreLine, io: CommandIo): string {
  const { segments, blocks, records, rawBytes, problems, lostRecords, outOfOrder, complete } = report;
  const styles = storeStyles(line, io);
  const read = `${counted(records, "record")} (${bytesText(rawBytes)} of lines) in ${counted(blocks, "block")} of ${counted(segments, "segment")}`;
  const bytes = problems.reduce((sum, problem) => sum + problem.bytes, 0);
  const damages = counted(problems.length, "problem");
  const loss = lossText(lostRecords, bytes);
  const isWhole = problems.length === 0;
  let state = isWhole
    ? `${painted(styles.started, "whole")}: ${read}`
    : `${painted(styles.error, "damaged")}: ${damages}; ${read} are whole${loss}`;
  if (!complete) state = `interrupted after ${read}: ${isWhole ? "no problem so far" : `${damages} so far${loss}`}`;
  return `${[
    state,
    ...problems.map(({ file, what }) => `  ${file} ${what}`),
    ...(outOfOrder === 0
      ? []
      : [`${counted(outOfOrder, "record")} behind later ones of the same log: stored again, which does no harm`]),
  ].join("\n")}\n`;
}

/** How many records a damaged index had, nobody knows. */
function lossText(records: number, bytes: number): string {
  if (records > 0) return `, ${counted(records, "record")} or more (${bytesText(bytes)}) are lost`;
  return bytes > 0 ? `, ${bytesText(bytes)} cannot be read` : "";
}

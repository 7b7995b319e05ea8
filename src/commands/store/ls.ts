// `klog store ls`: the segments of a store, with what is in each.
import { formatTime } from "../../query/time-format.ts";
import { type Timestamp, toRfc3339Nano } from "../../record/timestamp.ts";
import { greatest, least, type SegmentSurvey, type StoreSurvey, surveyStore } from "../../store/survey.ts";
import { bytesText, counted, countText } from "../agent/amounts.ts";
import { type TableCell, tableText } from "../agent/text-table.ts";
import type { CommandIo } from "../command-io.ts";
import { jsonText } from "../setup-inputs.ts";
import type { StoreLine } from "./start-store-command.ts";
import { storeStyles } from "./store-styles.ts";

const EXIT = { done: 0, partial: 3 } as const;

export function listSegments(line: StoreLine, io: CommandIo): number {
  const survey = surveyStore(line.directory);
  io.print(line.isJson ? jsonText(surveyJson(line.directory, survey)) : surveyText(survey, line, io));
  return survey.problems.length === 0 ? EXIT.done : EXIT.partial;
}

function surveyJson(directory: string, { segments, open, problems }: StoreSurvey): object {
  const time = (at: Timestamp | undefined) => (at === undefined ? null : toRfc3339Nano(at));
  return {
    directory,
    segments: segments.map(({ first, last, storedAt, ...rest }) => ({
      ...rest,
      first: time(first),
      last: time(last),
      storedAt: new Date(storedAt).toISOString(),
    })),
    open,
    total: { ...totals(segments), records: totals(segments).records + open.records },
    problems,
  };
}

function totals(segments: readonly SegmentSurvey[]): { records: number; rawBytes: number; bytes: number } {
  const sum = (part: (segment: SegmentSurvey) => number) => segments.reduce((all, each) => all + part(each), 0);
  return {
    records: sum(({ records }) => records),
    rawBytes: sum(({ rawBytes }) => rawBytes),
    bytes: sum(({ bytes }) => bytes),
  };
}

function surveyText({ segments, open, problems }: StoreSurvey, line: StoreLine, io: CommandIo): string {
  const styles = storeStyles(line, io);
  const time = (at: Timestamp | undefined) => (at === undefined ? "" : formatTime(at, "rfc3339", line.zone));
  const rows = segments.map((segment): TableCell[] => [
    { text: segment.name, paint: styles.key },
    { text: time(segment.first) },
    { text: time(segment.last) },
    { text: countText(segment.records) },
    { text: bytesText(segment.rawBytes) },
    { text: bytesText(segment.bytes) },
    { text: ratio(segment) },
    { text: countText(segment.blocks) },
    { text: countText(segment.generations) },
  ]);
  const columns = [
    { title: "SEGMENT" },
    { title: "FIRST" },
    { title: "LAST" },
    { title: "RECORDS", right: true },
    { title: "LINES", right: true },
    { title: "ON DISK", right: true },
    { title: "", right: true },
    { title: "BLOCKS", right: true },
    { title: "LOGS", right: true },
  ];
  const all = totals(segments);
  const [from, to] = [
    least(segments.flatMap(({ first }) => first ?? [])),
    greatest(segments.flatMap(({ last }) => last ?? [])),
  ];
  const isEmpty = segments.length === 0 && open.records === 0;
  return `${[
    ...(segments.length === 0 ? [] : [...tableText(columns, rows, styles.dim), ""]),
    isEmpty
      ? "nothing is stored yet"
      : `${counted(segments.length, "segment")}, ${counted(all.records + open.records, "record")}, ` +
        `${bytesText(all.rawBytes + open.rawBytes)} of lines in ${bytesText(all.bytes)}${ratio(all) === "" ? "" : ` (${ratio(all)})`}` +
        `${open.records === 0 ? "" : `; ${counted(open.records, "record")} of them not in a segment yet`}`,
    ...(from === undefined ? [] : [`from ${time(from)} to ${time(to)}`]),
    ...problems.map(({ file, what }) => `${file} ${what}`),
  ].join("\n")}\n`;
}

function ratio({ bytes, rawBytes }: { readonly bytes: number; readonly rawBytes: number }): string {
  return rawBytes === 0 ? "" : `${Math.round((100 * bytes) / rawBytes)} %`;
}

// `klog sources` for people: a row a source, and below what cannot be reached.
import { painted } from "../../output/paint.ts";
import type { Styles } from "../../output/theme.ts";
import { ageText, bytesText, countText } from "../agent/amounts.ts";
import { type TableCell, tableText } from "../agent/text-table.ts";
import type { SurveyedSource } from "./survey.ts";

/** Lines that come every second let no source look stale; a day without one does. */
const STALE_MS = 24 * 3_600_000;

export function sourcesText(sources: readonly SurveyedSource[], styles: Styles): string {
  const rows = sources.map((source): TableCell[] => [
    { text: source.name, paint: styles.key },
    { text: source.kind },
    stateCell(source, styles),
    { text: source.records === undefined ? "" : countText(source.records) },
    { text: source.bytes === undefined ? "" : bytesText(source.bytes) },
    { text: source.oldest === undefined ? "" : `${source.oldest.slice(0, 19)}Z` },
    ageCell(source, styles),
    { text: source.where },
    { text: source.detail, paint: styles.dim },
  ]);
  const columns = [
    { title: "NAME" },
    { title: "KIND" },
    { title: "STATE" },
    { title: "RECORDS", right: true },
    { title: "SIZE", right: true },
    { title: "OLDEST" },
    { title: "NEWEST" },
    { title: "WHERE" },
    { title: "DETAIL" },
  ];
  const problems = sources.flatMap(({ name, problem, hint }) =>
    problem === undefined
      ? []
      : [`${painted(styles.error, name)}: ${problem}`, ...(hint === undefined ? [] : [`  ${hint}`])],
  );
  return `${[...tableText(columns, rows, styles.dim), ...(problems.length === 0 ? [] : ["", ...problems])].join("\n")}\n`;
}

function stateCell({ isReachable, records, newest }: SurveyedSource, styles: Styles): TableCell {
  if (!isReachable) return { text: "unreachable", paint: styles.error };
  const isEmpty = records === 0 && newest === undefined;
  return isEmpty ? { text: "empty", paint: styles.warning } : { text: "ready", paint: styles.started };
}

function ageCell({ ageMs }: SurveyedSource, styles: Styles): TableCell {
  if (ageMs === undefined) return { text: "" };
  if (ageMs < 0) return { text: `${ageText(-ageMs)} ahead`, paint: styles.warning };
  return { text: `${ageText(ageMs)} ago`, paint: ageMs > STALE_MS ? styles.warning : undefined };
}

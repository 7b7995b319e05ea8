// The findings of `klog doctor` for people: by area, what to do under what is not well, and the sum of it.
import { type Paint, painted } from "../../output/paint.ts";
import type { Styles } from "../../output/theme.ts";
import { counted } from "../agent/amounts.ts";
import { AREAS, type Finding, type Verdict } from "./finding.ts";

export function doctorText(findings: readonly Finding[], styles: Styles): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const paints: Readonly<Record<Verdict, Paint>> = { ok: styles.started, warn: styles.warning, fail: styles.error };
  const lines = AREAS.flatMap((area) => {
    const own = findings.filter((finding) => finding.area === area);
    if (own.length === 0) return [];
    return [
      painted(styles.key, area),
      ...own.flatMap(({ what, verdict, detail, advice }) => [
        `  ${painted(paints[verdict], verdict.padEnd(4))}  ${what.padEnd(width)}  ${detail}`,
        ...(advice === undefined ? [] : [`${" ".repeat(width + 10)}${painted(styles.dim, `→ ${advice}`)}`]),
      ]),
    ];
  });
  return `${[...lines, "", sumText(findings)].join("\n")}\n`;
}

function sumText(findings: readonly Finding[]): string {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  const [failures, warnings] = [count("fail"), count("warn")];
  if (failures === 0 && warnings === 0) return "all is well";
  return `${counted(failures, "failure")}, ${counted(warnings, "warning")}`;
}

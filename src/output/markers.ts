// Markers as text: what a gap, an ended container and a cluster event look like between the lines.
import { parseStrftime } from "../query/strftime.ts";
import { formatTime } from "../query/time-format.ts";
import type { ClusterEvent, Ended, Gap, GapCause, Marker, Origin } from "../record/log-line.ts";
import { type Timestamp, toMillis, toRfc3339Nano } from "../record/timestamp.ts";
import { logfmtValue } from "./line-fields.ts";
import { type Paint, painted } from "./paint.ts";
import { originFields } from "./record-format.ts";
import { cleanText } from "./sanitize.ts";
import type { Styles } from "./theme.ts";

export interface MarkerOptions {
  /** As parseTimezone gives it. */
  readonly zone: string;
  readonly styles: Styles;
  readonly showNamespace: boolean;
  readonly showCluster: boolean;
}

const CAUSES: Readonly<Record<GapCause, string>> = {
  rotated: "the node rotated the file",
  "instance-gone": "the container instance is gone and so is its log",
  truncated: "--limit-bytes was reached",
  unreadable: "the server refused or failed for good",
};

const CLOCK = parseStrftime("%H:%M:%S.%L");
const DATE_AND_CLOCK = parseStrftime("%F %H:%M:%S.%L");

/** One line of text, without its line end. */
export function markerText(marker: Marker, options: MarkerOptions): string {
  switch (marker.kind) {
    case "gap":
      return painted(options.styles.warning, `--- gap: ${gapSentence(marker, options)} ---`);
    case "ended":
      return painted(endedPaint(marker, options.styles), `=== ${endedSentence(marker, options)} ===`);
    case "event":
      return painted(
        marker.type === "Warning" ? options.styles.warning : options.styles.dim,
        `*** ${eventSentence(marker, options)} ***`,
      );
  }
}

function gapSentence({ origin, after, before, cause, filled = 0 }: Gap, options: MarkerOptions): string {
  const isOneDay = after === undefined || before === undefined || day(after, options) === day(before, options);
  const clock = (t: Timestamp) => formatTime(t, isOneDay ? CLOCK : DATE_AND_CLOCK, options.zone);
  const span =
    after !== undefined && before !== undefined
      ? ` between ${clock(after)} and ${clock(before)}`
      : after !== undefined
        ? ` after ${clock(after)}`
        : before !== undefined
          ? ` before ${clock(before)}`
          : "";
  // Nothing is lost: the person set a limit.
  if (cause === "truncated")
    return `${nameOf(origin, options)} was read${after ? ` up to ${clock(after)}` : ""}, then --limit-bytes was reached`;
  const stored = filled === 0 ? "" : `; ${filled === 1 ? "1 line of them is" : `${filled} of them are`} from the store`;
  return `lines of ${nameOf(origin, options)}${span} cannot be read any more (${CAUSES[cause]})${stored}`;
}

function day(t: Timestamp, { zone }: MarkerOptions): string {
  return formatTime(t, "rfc3339", zone).slice(0, 10);
}

function endedPaint({ exitCode, reason }: Ended, styles: Styles): Paint {
  return exitCode === 0 || (exitCode === undefined && reason === undefined) ? styles.dim : styles.error;
}

function endedSentence(marker: Ended, options: MarkerOptions): string {
  const { startedAt, finishedAt, exitCode, reason, signal, message } = marker;
  const facts = [
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(reason === undefined ? [] : [cleanText(reason)]),
    ...(signal === undefined || signal === 0 ? [] : [`signal ${signal}`]),
    ...(startedAt === undefined || finishedAt === undefined ? [] : [`ran ${duration(startedAt, finishedAt)}`]),
    ...(message === undefined || message.trim() === "" ? [] : [`"${cleanText(message)}"`]),
  ];
  const what = facts.length === 0 ? " ended" : ` ended: ${facts.join(", ")}`;
  return nameOf(marker.origin, options) + what + (marker.restarted ? `; restart ${marker.restartCount} follows` : "");
}

function eventSentence(event: ClusterEvent, options: MarkerOptions): string {
  const namespace = options.showNamespace && event.namespace !== "" ? `${event.namespace}/` : "";
  const cluster = options.showCluster ? `${event.cluster}/` : "";
  const times = event.count > 1 ? ` (${event.count} times)` : "";
  const at = formatTime(event.at, CLOCK, options.zone);
  return `${at} ${event.type} ${cleanText(event.reason)} ${cluster}${namespace}${event.object}: ${cleanText(event.message)}${times}`;
}

function nameOf(origin: Origin, { showNamespace, showCluster }: MarkerOptions): string {
  const parts = [
    ...(showCluster ? [origin.cluster] : []),
    ...(showNamespace ? [origin.namespace] : []),
    origin.pod,
    origin.container,
  ];
  return parts.filter((part) => part !== "").join("/");
}

/** 950ms, 12.3s, 3m12s, 2h5m, 3d4h: two units are enough. */
function duration(from: Timestamp, to: Timestamp): string {
  const ms = Math.max(0, toMillis(to) - toMillis(from));
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return ms % 1000 < 100 ? `${seconds}s` : `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const pairs: readonly (readonly [number, string, number, string])[] = [
    [86_400, "d", 3600, "h"],
    [3600, "h", 60, "m"],
    [60, "m", 1, "s"],
  ];
  const [size, unit, smaller, smallerUnit] = pairs.find(([size]) => seconds >= size)!;
  const rest = Math.floor((seconds % size) / smaller);
  return `${Math.floor(seconds / size)}${unit}${rest > 0 ? `${rest}${smallerUnit}` : ""}`;
}

/** For the JSON formats: the codec's names, so that a reader tells markers from records by the key `marker`. */
export function markerJson(marker: Marker): string {
  return JSON.stringify(markerFields(marker));
}

/** For logfmt. */
export function markerLogfmt(marker: Marker): string {
  return Object.entries(markerFields(marker))
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `${key === "@timestamp" ? "ts" : key}=${logfmtValue(value)}`)
    .join(" ");
}

function markerFields(marker: Marker): Record<string, string | number | boolean | undefined> {
  const time = (t: Timestamp | undefined) => (t === undefined ? undefined : toRfc3339Nano(t));
  const head = { marker: marker.kind, "@timestamp": time(marker.at) };
  switch (marker.kind) {
    case "gap":
      return {
        ...head,
        cause: marker.cause,
        after: time(marker.after),
        before: time(marker.before),
        filled: marker.filled,
        ...originFields(marker.origin),
      };
    case "ended":
      return {
        ...head,
        exit_code: marker.exitCode,
        reason: marker.reason,
        signal: marker.signal,
        message: marker.message,
        started_at: time(marker.startedAt),
        finished_at: time(marker.finishedAt),
        restarted: marker.restarted,
        restart_count: marker.restartCount,
        ...originFields(marker.origin),
      };
    case "event":
      return {
        ...head,
        type: marker.type,
        reason: marker.reason,
        object: marker.object,
        message: marker.message,
        count: marker.count,
        k8s_cluster: marker.cluster,
        k8s_pod_namespace: marker.namespace,
      };
  }
}

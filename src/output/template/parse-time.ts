// Which texts and numbers stern's time functions take for an instant: Unix seconds with a fraction, and the usual written forms.
import { type FixedZone, GoTime } from "./go-time.ts";
import { JsonNumber, TemplateRunError, typeName, type Value } from "./values.ts";

/** Go's zero time, the year 1, which stands for "no time". */
export const ZERO_TIME = new GoTime(-62135596800, 0, "UTC");

/** Throws TemplateRunError for what is no time. */
export function toTime(value: Value): GoTime {
  if (value instanceof GoTime) return value;
  if (typeof value === "bigint") return new GoTime(Number(value), 0);
  if (typeof value === "string" || value instanceof JsonNumber) {
    const text = typeof value === "string" ? value : value.text;
    const time = unixSeconds(text) ?? (typeof value === "string" ? writtenTime(text) : undefined);
    if (time !== undefined) return time;
    throw new TemplateRunError(`unable to parse date: ${text}`);
  }
  // A float64 (parseJSON) counts as whole seconds; stern refuses it, which loses the line for no gain.
  if (typeof value === "number" && Number.isFinite(value)) {
    const sec = Math.floor(value);
    return new GoTime(sec, Math.round((value - sec) * 1e9) % 1e9);
  }
  throw new TemplateRunError(`unable to cast a ${typeName(value)} to a time`);
}

function unixSeconds(text: string): GoTime | undefined {
  const match = /^([+-]?\d{1,15})(?:\.(\d+))?$/.exec(text);
  if (match === null) return undefined;
  return new GoTime(Number(match[1]), Number((match[2] ?? "").slice(0, 9).padEnd(9, "0")));
}

const MONTH = "(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const CLOCK = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})(?:[.,](?<fraction>\\d{1,9})\\d*)?";
const OFFSET = "(?<offset>Z|[+-]\\d{2}:?\\d{2})";
const FORMS = [
  "(?<year>\\d{4})-(?<mon>\\d{2})-(?<day>\\d{2})",
  // RFC 3339 and its relatives; Go's own Time.String()
  `(?<year>\\d{4})-(?<mon>\\d{2})-(?<day>\\d{2})[T ]${CLOCK}(?: ?${OFFSET})?(?: [A-Z]{3,5}| [+-]\\d{2,4})?`,
  // RFC 1123, RFC 822, RFC 850
  `[A-Z][a-z]{2}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${CLOCK} (?:${OFFSET}|[A-Z]{3,5})`,
  `(?<day>\\d{2}) ${MONTH} (?<yy>\\d{2}) (?<hour>\\d{2}):(?<minute>\\d{2}) (?:${OFFSET}|[A-Z]{3,5})`,
  `[A-Z][a-z]{5,8}, (?<day>\\d{2})-${MONTH}-(?<yy>\\d{2}) ${CLOCK} [A-Z]{3,5}`,
  // ANSIC, UnixDate, RubyDate
  `[A-Z][a-z]{2} ${MONTH} [ ]?(?<day>\\d{1,2}) ${CLOCK}(?: ${OFFSET}| [A-Z]{3,5})? (?<year>\\d{4})`,
  `(?<day>\\d{2}) ${MONTH} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`));

function writtenTime(text: string): GoTime | undefined {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups !== undefined) return fromGroups(groups);
  }
  return undefined;
}

function fromGroups(groups: Record<string, string | undefined>): GoTime | undefined {
  const two = groups["yy"] === undefined ? undefined : Number(groups["yy"]);
  const year = two === undefined ? Number(groups["year"]) : two + (two >= 69 ? 1900 : 2000);
  const month = groups["month"] === undefined ? Number(groups["mon"]) : MONTH_NAMES.indexOf(groups["month"]) + 1;
  const day = Number(groups["day"]);
  const clock = [Number(groups["hour"] ?? 0), Number(groups["minute"] ?? 0), Number(groups["second"] ?? 0)] as const;
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  if (clock[0] > 23 || clock[1] > 59 || clock[2] > 59) return undefined;
  const nsec = Number((groups["fraction"] ?? "").padEnd(9, "0"));
  const zone = zoneOf(groups["offset"]);
  const wall = new Date(0);
  wall.setUTCFullYear(year, month - 1, day);
  wall.setUTCHours(...clock);
  return new GoTime(wall.getTime() / 1000 - (zone === "UTC" ? 0 : zone.offset), nsec, zone);
}

/** A form without an offset is UTC: a zone's bare abbreviation does not say which zone is meant. */
function zoneOf(offset: string | undefined): "UTC" | FixedZone {
  if (offset === undefined || offset === "Z") return "UTC";
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  const seconds = (offset[0] === "-" ? -60 : 60) * minutes;
  return seconds === 0 ? "UTC" : { offset: seconds, abbreviation: `${offset[0]}${offset.slice(1).replace(":", "")}` };
}

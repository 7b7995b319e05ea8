// Go's time.Time as templates use it: layouts such as "2006-01-02 15:04:05.000 MST", and the texts that stern accepts as times.
import { offsetAt, parseTimezone } from "../../query/time-zone.ts";
import { TemplateRunError } from "./values.ts";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

export const RFC3339_NANO = "2006-01-02T15:04:05.999999999Z07:00";

/** An instant with the zone that it is shown in. */
export class GoTime {
  readonly sec: number;
  readonly nsec: number;
  /** `UTC`, `Local`, an IANA name, or a fixed offset in seconds with its abbreviation. */
  readonly zone: string | FixedZone;

  constructor(sec: number, nsec: number, zone: string | FixedZone = "Local") {
    this.sec = sec;
    this.nsec = nsec;
    this.zone = zone;
  }

  in(zone: string): GoTime {
    return new GoTime(this.sec, this.nsec, zone);
  }

  format(layout: string): string {
    const { offset, abbreviation } = zoneAt(this.zone, this.sec);
    const wall = new Date((this.sec + offset) * 1000);
    return layout.replace(LAYOUT, (token) => formatToken(token, wall, this.nsec, offset, abbreviation));
  }

  rfc3339Nano(): string {
    return this.format(RFC3339_NANO);
  }

  /** Go's Stringer. */
  toString(): string {
    return this.format("2006-01-02 15:04:05.999999999 -0700 MST");
  }
}

export interface FixedZone {
  readonly offset: number;
  readonly abbreviation: string;
}

// Every element of a layout, longest first. `_2006` is an underscore and a year; a fraction counts only where no digit follows.
const LAYOUT =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|_2(?!006)|__2|002|01|02|03|04|05|06|15|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|PM|pm|[.,](?:0+|9+)(?!\d)|1|2|3|4|5/g;

function formatToken(token: string, wall: Date, nsec: number, offset: number, abbreviation: string): string {
  const hour = wall.getUTCHours();
  const two = (n: number) => String(n).padStart(2, "0");
  switch (token) {
    case "2006": {
      const year = wall.getUTCFullYear();
      return (year < 0 ? "-" : "") + String(Math.abs(year)).padStart(4, "0");
    }
    case "06":
      return two(wall.getUTCFullYear() % 100);
    case "January":
      return MONTHS[wall.getUTCMonth()]!;
    case "Jan":
      return MONTHS[wall.getUTCMonth()]!.slice(0, 3);
    case "01":
      return two(wall.getUTCMonth() + 1);
    case "1":
      return String(wall.getUTCMonth() + 1);
    case "Monday":
      return DAYS[wall.getUTCDay()]!;
    case "Mon":
      return DAYS[wall.getUTCDay()]!.slice(0, 3);
    case "02":
      return two(wall.getUTCDate());
    case "_2":
      return String(wall.getUTCDate()).padStart(2, " ");
    case "2":
      return String(wall.getUTCDate());
    case "002":
      return String(dayOfYear(wall)).padStart(3, "0");
    case "__2":
      return String(dayOfYear(wall)).padStart(3, " ");
    case "15":
      return two(hour);
    case "03":
      return two(hour % 12 || 12);
    case "3":
      return String(hour % 12 || 12);
    case "04":
      return two(wall.getUTCMinutes());
    case "4":
      return String(wall.getUTCMinutes());
    case "05":
      return two(wall.getUTCSeconds());
    case "5":
      return String(wall.getUTCSeconds());
    case "PM":
      return hour >= 12 ? "PM" : "AM";
    case "pm":
      return hour >= 12 ? "pm" : "am";
    case "MST":
      return abbreviation;
  }
  if (token.startsWith("Z")) return offset === 0 ? "Z" : formatOffset(`-${token.slice(1)}`, offset);
  if (token.startsWith("-")) return formatOffset(token, offset);
  return fraction(token, nsec);
}

function fraction(token: string, nsec: number): string {
  const digits = String(nsec)
    .padStart(9, "0")
    .slice(0, token.length - 1)
    .padEnd(token.length - 1, "0");
  if (token[1] === "0") return token[0] + digits;
  const trimmed = digits.replace(/0+$/, "");
  return trimmed === "" ? "" : token[0] + trimmed;
}

function formatOffset(token: string, offset: number): string {
  const magnitude = Math.abs(offset);
  const parts = [Math.floor(magnitude / 3600), Math.floor(magnitude / 60) % 60, magnitude % 60];
  const count = token.replace(/\D/g, "").length / 2;
  return (
    (offset < 0 ? "-" : "+") +
    parts
      .slice(0, count)
      .map((n) => String(n).padStart(2, "0"))
      .join(token.includes(":") ? ":" : "")
  );
}

function dayOfYear(wall: Date): number {
  return Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

/** Throws where no such zone is known. "" is UTC, as for time.LoadLocation. */
export function loadZone(name: string): string {
  if (name === "") return "UTC";
  try {
    return parseTimezone(name);
  } catch {
    throw new TemplateRunError(`unknown time zone ${name}`);
  }
}

const UTC: FixedZone = { offset: 0, abbreviation: "UTC" };

function zoneAt(zone: string | FixedZone, sec: number): FixedZone {
  if (typeof zone !== "string") return zone;
  if (zone === "UTC") return UTC;
  const offset = offsetAt(zone, sec);
  return { offset, abbreviation: abbreviationAt(parseTimezone(zone), sec, offset) };
}

// ICU knows an abbreviation only in locales where people use it; what none of these knows is written as an offset, as tzdata
// does for most of the world. The few that tzdata names and ICU does not:
const LOCALES = ["en-US", "en-GB", "en-CA", "en-AU", "en-NZ", "en-IN", "en-ZA"];
const NAMED: Readonly<Record<string, string>> = {
  "Asia/Tokyo": "JST",
  "Asia/Seoul": "KST",
  "Asia/Shanghai": "CST",
  "Asia/Taipei": "CST",
  "Asia/Hong_Kong": "HKT",
  "Asia/Manila": "PST",
  "Asia/Jakarta": "WIB",
  "Asia/Karachi": "PKT",
  "Africa/Lagos": "WAT",
  "Africa/Nairobi": "EAT",
  "Europe/Moscow": "MSK",
};

/** Abbreviations by zone and offset: a template may ask for them on every line. */
const abbreviations = new Map<string, string>();

function abbreviationAt(zone: string, sec: number, offset: number): string {
  const key = `${zone} ${offset}`;
  let name = abbreviations.get(key);
  if (name === undefined) {
    name = NAMED[zone] ?? localName(zone, sec, offset) ?? formatOffset(offset % 3600 === 0 ? "-07" : "-0700", offset);
    abbreviations.set(key, name);
  }
  return name;
}

function localName(zone: string, sec: number, offset: number): string | undefined {
  for (const locale of LOCALES) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "short" });
    const name = format.formatToParts(sec * 1000).find((part) => part.type === "timeZoneName")?.value ?? "";
    if (/^[A-Z]{3,5}$/.test(name) && (name !== "GMT" || offset === 0)) return name;
  }
  return undefined;
}

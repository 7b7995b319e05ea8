// Go's fmt: what a value looks like when it is printed, and the verbs of printf.
import { formatFloat, formatFloatVerb } from "./go-number.ts";
import { GoMap, isList, isStruct, JsonNumber, PaintValue, typeName, type Value } from "./values.ts";

/** What `{{ value }}` prints. A missing value prints `<no value>`, as text/template does. */
export function printValue(value: Value): string {
  return value === null ? "<no value>" : formatValue(value);
}

/** %v */
export function formatValue(value: Value): string {
  if (typeof value === "string") return value;
  if (value === null) return "<nil>";
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return formatFloat(value);
  if (value instanceof JsonNumber) return value.text;
  if (isList(value)) return `[${value.map(formatValue).join(" ")}]`;
  if (value instanceof GoMap) {
    return `map[${value
      .sortedKeys()
      .map((key) => `${key}:${formatValue(value.get(key))}`)
      .join(" ")}]`;
  }
  if (value instanceof PaintValue) return "color";
  if (isStruct(value)) {
    return `{${value
      .jsonFields()
      .map(([, item]) => formatValue(item))
      .join(" ")}}`;
  }
  return value.toString();
}

/** `print`: a space goes between two operands when neither is a string. */
export function sprint(values: readonly Value[]): string {
  let text = "";
  values.forEach((value, i) => {
    const between = i > 0 && typeof value !== "string" && typeof values[i - 1] !== "string";
    text += (between ? " " : "") + formatValue(value);
  });
  return text;
}

export function sprintln(values: readonly Value[]): string {
  return `${values.map(formatValue).join(" ")}\n`;
}

interface Spec {
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const DIRECTIVE = /%([-+# 0]*)(?:\[(\d+)\])?(\*|\d+)?(\.(?:\[(\d+)\])?(?:\*|\d*))?(?:\[(\d+)\])?(.|\n|$)/gsu;

export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  let reordered = false;
  const pick = (index: string | undefined): void => {
    if (index === undefined) return;
    next = Number(index) - 1;
    reordered = true;
  };
  const text = format.replace(
    DIRECTIVE,
    (
      _all,
      flags: string,
      before: string | undefined,
      width: string | undefined,
      precision: string | undefined,
      inner: string | undefined,
      after: string | undefined,
      verb: string,
    ) => {
      if (verb === "") return "%!(NOVERB)";
      pick(before);
      const wide = width === "*" ? Number(values[next++]) : width === undefined ? undefined : Number(width);
      pick(inner);
      const exact = precision?.endsWith("*")
        ? Number(values[next++])
        : precision === undefined
          ? undefined
          : Number(precision.replace(/\[\d+\]|\./g, ""));
      pick(after);
      if (verb === "%") return "%";
      if (next < 0 || next >= values.length) return `%!${verb}(${reordered ? "BADINDEX" : "MISSING"})`;
      const spec: Spec =
        wide !== undefined && wide < 0
          ? { flags: `${flags}-`, width: -wide, precision: exact }
          : { flags, width: wide, precision: exact };
      return directive(verb, spec, values[next++]!);
    },
  );
  if (reordered || next >= values.length) return text;
  const extra = values.slice(next).map((v) => (v === null ? "<nil>" : `${typeName(v)}=${formatValue(v)}`));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

function directive(verb: string, spec: Spec, value: Value): string {
  if (verb === "T") return pad(typeName(value), spec);
  if (verb === "v") return verbV(spec, value);
  if (isList(value)) return `[${value.map((item) => element(verb, spec, item)).join(" ")}]`;
  if (value instanceof GoMap) {
    const members = value.sortedKeys().map((k) => `${directive(verb, spec, k)}:${element(verb, spec, value.get(k))}`);
    return `map[${members.join(" ")}]`;
  }
  const formatted =
    typeof value === "bigint"
      ? integerVerb(verb, spec, value)
      : typeof value === "number"
        ? floatVerb(verb, spec, value)
        : typeof value === "boolean"
          ? verb === "t"
            ? pad(String(value), spec)
            : undefined
          : value === null
            ? undefined
            : textVerb(verb, spec, formatValue(value));
  return formatted ?? badVerb(verb, value);
}

function element(verb: string, spec: Spec, value: Value): string {
  return value === null ? "<nil>" : directive(verb, spec, value);
}

function badVerb(verb: string, value: Value): string {
  return value === null ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${formatValue(value)})`;
}

function verbV(spec: Spec, value: Value): string {
  if (typeof value === "number") return floatVerb("g", spec, value)!;
  if (typeof value === "bigint") return integerVerb("d", spec, value)!;
  if (typeof value === "string") return textVerb(spec.flags.includes("#") ? "q" : "s", spec, value)!;
  if (isList(value)) return `[${value.map((item) => verbV(spec, item)).join(" ")}]`;
  return pad(formatValue(value), spec);
}

function textVerb(verb: string, spec: Spec, text: string): string | undefined {
  const cut = spec.precision === undefined ? text : [...text].slice(0, spec.precision).join("");
  switch (verb) {
    case "s":
      return pad(cut, spec);
    case "q":
      return pad(spec.flags.includes("#") && !cut.includes("`") ? `\`${cut}\`` : quote(cut), spec);
    case "x":
      return pad(Buffer.from(cut).toString("hex"), spec);
    case "X":
      return pad(Buffer.from(cut).toString("hex").toUpperCase(), spec);
    default:
      return undefined;
  }
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  d: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, "0o"],
  x: [16, "0x"],
  X: [16, "0X"],
};

function integerVerb(verb: string, spec: Spec, value: bigint): string | undefined {
  const base = BASES[verb];
  if (base !== undefined) {
    let digits = (value < 0n ? -value : value).toString(base[0]).padStart(spec.precision ?? 0, "0");
    if (verb === "X") digits = digits.toUpperCase();
    const prefix = spec.flags.includes("#") || verb === "O" ? base[1] : "";
    return pad(sign(value < 0n, spec) + prefix + digits, spec, spec.precision === undefined);
  }
  if (verb !== "c" && verb !== "q" && verb !== "U") return undefined;
  const hex = value.toString(16).toUpperCase().padStart(4, "0");
  if (verb === "U") return pad(`U+${hex}`, spec);
  const character = value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : "\ufffd";
  return pad(verb === "c" ? character : quote(character, "'"), spec);
}

function floatVerb(verb: string, spec: Spec, value: number): string | undefined {
  const magnitude = Math.abs(value);
  const precision = spec.precision;
  let digits: string;
  if (verb === "g" || verb === "G")
    digits = precision === undefined ? formatFloat(magnitude) : formatFloatVerb(magnitude, "g", precision);
  else if (verb === "f" || verb === "F") digits = formatFloatVerb(magnitude, "f", precision ?? 6);
  else if (verb === "e" || verb === "E") digits = formatFloatVerb(magnitude, "e", precision ?? 6);
  else return undefined;
  if (verb === "G" || verb === "E") digits = digits.toUpperCase();
  const negative = value < 0 || Object.is(value, -0);
  return pad(sign(negative, spec) + digits.replace(/^\+(?=Inf)/, ""), spec, Number.isFinite(value));
}

function sign(negative: boolean, spec: Spec): string {
  if (negative) return "-";
  return spec.flags.includes("+") ? "+" : spec.flags.includes(" ") ? " " : "";
}

function pad(text: string, spec: Spec, zeros = false): string {
  const missing = (spec.width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (spec.flags.includes("-")) return text + " ".repeat(missing);
  if (!zeros || !spec.flags.includes("0")) return " ".repeat(missing) + text;
  const head = /^[-+ ]?(?:0[xXob])?/.exec(text)![0];
  return head + "0".repeat(missing) + text.slice(head.length);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** strconv.Quote */
function quote(text: string, mark = '"'): string {
  let quoted = mark;
  for (const c of text) {
    const code = c.codePointAt(0)!;
    if (c === mark) quoted += `\\${mark}`;
    else if (ESCAPES[c] !== undefined) quoted += ESCAPES[c];
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (c !== " " && /[\p{Z}\p{C}]/u.test(c))
      quoted += code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
    else quoted += c;
  }
  return quoted + mark;
}

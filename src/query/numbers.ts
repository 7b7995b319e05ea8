// Numbers as they stand in lines and queries, compared exactly: ids of twenty digits are not rounded to doubles.

const NUMBER = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
/** So many digits a double tells apart. */
const EXACT_DIGITS = 15;

export interface Numeric {
  readonly double: number;
  /** False where other decimals may have this double too. */
  readonly isExact: boolean;
  readonly text: string;
}

/** Undefined for text that is not a decimal number. */
export function numericOf(value: unknown): Numeric | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? fromDouble(value) : undefined;
  if (typeof value !== "string" || value.length === 0) return undefined;
  // Almost every text shows by its first unit that it is none.
  if (value.charCodeAt(0) > 0x39 || !NUMBER.test(value)) return undefined;
  const double = Number(value);
  const size = Math.abs(double);
  return { double, isExact: value.length <= EXACT_DIGITS && size < 1e300 && size > 1e-300, text: value };
}

/** Below, above or equal to 0, as `a - b`. */
export function compareNumeric(a: Numeric, b: Numeric): number {
  if (a.isExact && b.isExact) return a.double - b.double;
  const [left, right] = [decimalOf(a.text), decimalOf(b.text)];
  if (left.sign !== right.sign) return left.sign - right.sign;
  return left.sign * compareSizes(left, right);
}

/** How the number's digits stand in any text of it that has no exponent, without sign and outer zeros: `500`, `1.5`, `.5`. */
export function plainDigits({ text }: Numeric): string {
  const { digits, point } = decimalOf(text);
  if (digits === "") return "0";
  if (point <= 0) return `.${"0".repeat(-point)}${digits}`;
  return digits.length <= point ? digits.padEnd(point, "0") : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The shortest decimal of a double reads back as it, so it is compared as a double wherever the other side is exact. */
function fromDouble(value: number): Numeric {
  return { double: value, isExact: true, text: String(value) };
}

interface Decimal {
  readonly sign: -1 | 0 | 1;
  /** Without zeros at either end: the value is 0.digits times ten to the `point`. */
  readonly digits: string;
  readonly point: number;
}

function decimalOf(text: string): Decimal {
  const [, sign, whole = "", fraction = "", exponent = "0"] = NUMBER.exec(text)!;
  const all = whole + fraction;
  const significant = all.replace(/^0+/, "");
  const digits = significant.replace(/0+$/, "");
  if (digits === "") return { sign: 0, digits, point: 0 };
  return {
    sign: sign === "-" ? -1 : 1,
    digits,
    point: whole.length - (all.length - significant.length) + Number(exponent),
  };
}

function compareSizes(a: Decimal, b: Decimal): number {
  if (a.point !== b.point) return a.point - b.point;
  return a.digits === b.digits ? 0 : a.digits < b.digits ? -1 : 1;
}

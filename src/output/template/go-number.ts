// Floating-point numbers as Go's strconv writes them: shortest digits, exponents of at least two digits.

/** Verb g (and %v) with the shortest digits: with an exponent below 1e-4 and from 1e6 on. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits, exponent] = shortest(value);
  if (exponent < -4 || exponent >= 6) return scientific(value < 0, digits, exponent);
  return plain(value < 0, digits, exponent);
}

/** encoding/json's form: plain digits between 1e-6 and 1e21, else `1e-7` with the exponent's leading zero removed. */
export function formatJsonFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits, exponent] = shortest(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-6 && magnitude < 1e21) return plain(value < 0, digits, exponent);
  return scientific(value < 0, digits, exponent).replace(/e-0(\d)$/, "e-$1");
}

/** Verbs e, f and g with a given precision. */
export function formatFloatVerb(value: number, verb: "e" | "f" | "g", precision: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  if (verb === "f") return fixed(value, precision);
  if (verb === "e") return goExponent(exponential(value, Math.min(precision, 100)));
  const digits = Math.max(precision, 1);
  const rounded = exponential(value, Math.min(digits, 101) - 1);
  const exponent = Number(rounded.slice(rounded.indexOf("e") + 1));
  if (exponent < -4 || exponent >= digits) return goExponent(trimZeros(rounded));
  return trimZeros(fixed(value, Math.max(digits - 1 - exponent, 0)));
}

function shortest(value: number): [digits: string, exponent: number] {
  const [mantissa = "", exponent = "0"] = Math.abs(value).toExponential().split("e");
  return [mantissa.replace(".", ""), Number(exponent)];
}

function plain(negative: boolean, digits: string, exponent: number): string {
  const sign = negative ? "-" : "";
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function scientific(negative: boolean, digits: string, exponent: number): string {
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return goExponent(`${negative ? "-" : ""}${mantissa}e${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`);
}

function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function trimZeros(text: string): string {
  const [mantissa = "", exponent] = text.split("e");
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return exponent === undefined ? trimmed : `${trimmed}e${exponent}`;
}

/** toFixed writes numbers from 1e21 on with an exponent, where %f gives every digit. */
function fixed(value: number, precision: number): string {
  if (Math.abs(value) < 1e21) {
    const digits = Math.min(precision, 100);
    return halfToEven(value.toFixed(digits), value.toFixed(100), digits);
  }
  return BigInt(value).toString() + (precision > 0 ? `.${"0".repeat(precision)}` : "");
}

function exponential(value: number, precision: number): string {
  const [rounded = "", exponent = ""] = value.toExponential(precision).split("e");
  const [exact = "", exactExponent] = value.toExponential(100).split("e");
  return `${exponent === exactExponent ? halfToEven(rounded, exact, precision) : rounded}e${exponent}`;
}

/** JavaScript rounds an exact half up, Go to the even digit: 2.25 is 2.3 here and 2.2 there. */
function halfToEven(rounded: string, exact: string, precision: number): string {
  const cut = exact.indexOf(".") + 1 + precision;
  if (!/^50*$/.test(exact.slice(cut))) return rounded;
  const truncated = exact.slice(0, precision === 0 ? cut - 1 : cut);
  return Number(truncated.at(-1)) % 2 === 0 ? truncated : rounded;
}

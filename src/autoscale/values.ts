/** What a formula computes with. */
export type Value =
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "doubleVec"; readonly values: readonly number[] }
  | { readonly type: "string"; readonly value: string }
  /** Milliseconds since 1970, UTC. */
  | { readonly type: "timestamp"; readonly time: number }
  /** Milliseconds. */
  | { readonly type: "timeinterval"; readonly span: number };

export const double = (value: number): Value => ({ type: "double", value });
export const truth = (holds: boolean): Value => double(holds ? 1 : 0);
export const doubleVec = (values: readonly number[]): Value => ({ type: "doubleVec", values });
export const timestamp = (time: number): Value => ({ type: "timestamp", time });
export const timeinterval = (span: number): Value => ({ type: "timeinterval", span });

const significantDigits = 6;

/** The service prints doubles as C does with `%g`: six significant digits, exponents below 0.0001 and from 1000000. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";

  const [mantissa = "", exponentText = ""] = value.toExponential(significantDigits - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < significantDigits) {
    return withoutTrailingZeros(value.toFixed(significantDigits - 1 - exponent));
  }
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `${withoutTrailingZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${digits}`;
}

const withoutTrailingZeros = (digits: string): string =>
  digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;

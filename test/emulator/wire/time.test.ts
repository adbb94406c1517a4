import { describe, expect, test } from "vitest";
import { eTagOf, httpDate, isoTime, parseTime } from "../../../src/emulator/wire/time.js";

// 2022-09-06T23:45:29.9954813Z, a recorded time, without its last digit, which a microsecond does not hold.
const recorded = Date.UTC(2022, 8, 6, 23, 45, 29) * 1000 + 995_481;

describe("times", () => {
  test("are written with as many digits as they need", () => {
    expect(isoTime(recorded)).toBe("2022-09-06T23:45:29.995481Z");
    expect(isoTime(recorded - 481)).toBe("2022-09-06T23:45:29.995Z");
    expect(isoTime(recorded - 995_481)).toBe("2022-09-06T23:45:29Z");
    expect(httpDate(recorded)).toBe("Tue, 06 Sep 2022 23:45:29 GMT");
  });

  test("are tags in .NET ticks, as recorded", () => {
    const lastDigit = 3n;
    const tag = (BigInt(eTagOf(recorded)) + lastDigit).toString(16).toUpperCase();
    expect(`0x${tag}`).toBe("0x8DA9061E1BED87D");
  });

  test("are read in ISO 8601 and RFC 1123", () => {
    expect(parseTime("2022-09-06T23:45:29Z")).toBe(recorded - 995_481);
    expect(parseTime("Tue, 06 Sep 2022 23:45:29 GMT")).toBe(recorded - 995_481);
    expect(parseTime("tomorrow")).toBeUndefined();
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration, toIsoDuration } from "../../src/builders/duration.js";
import { InvalidArgumentError } from "../../src/errors/index.js";

describe("parseDuration", () => {
  it.each<[unknown, number]>([
    [1, 1],
    [90_000, 90_000],
    [1.4, 1],
    ["500ms", 500],
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
    ["1.1s", 1100],
    ["PT30M", 1_800_000],
    ["PT0.5S", 500],
    ["P1D", 86_400_000],
    ["P2W", 1_209_600_000],
    ["P1DT2H3M4.5S", 93_784_500],
    ["PT90M", 5_400_000],
  ])("%j is %d ms", (value, milliseconds) => {
    expect(parseDuration(value, "timeout")).toBe(milliseconds);
  });

  it.each([
    [0],
    [-1],
    [0.2],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [Number.MAX_VALUE],
    [""],
    ["30"],
    ["m"],
    ["30 m"],
    ["-5m"],
    ["1e3s"],
    ["1h30m"],
    ["30min"],
    ["30M"],
    ["0s"],
    ["P"],
    ["PT"],
    ["P1DT"],
    ["P1Y"],
    ["P1M"],
    ["PT1.2.3S"],
    ["-PT1M"],
    ["PT0S"],
    ["pt1m"],
    [null],
    [undefined],
    [{}],
    [["5m"]],
    [5n],
    [true],
  ])("%s is refused", (value) => {
    try {
      parseDuration(value, "deadline");
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error).toMatchObject({
        option: "deadline",
        message: expect.stringMatching(/^deadline is .*"30m".*"PT30M"/),
      });
      return;
    }
    throw new Error("It was not refused.");
  });
});

describe("toIsoDuration", () => {
  it.each([
    [0, "PT0S"],
    [1, "PT0.001S"],
    [1500, "PT1.5S"],
    [1_800_000, "PT30M"],
    [86_400_000, "P1D"],
    [93_784_005, "P1DT2H3M4.005S"],
  ])("%d ms are %s", (milliseconds, text) => {
    expect(toIsoDuration(milliseconds)).toBe(text);
  });

  it("is read as what it was written from", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 13 }), (milliseconds) => {
        expect(parseDuration(toIsoDuration(milliseconds), "x")).toBe(milliseconds);
      }),
    );
  });
});

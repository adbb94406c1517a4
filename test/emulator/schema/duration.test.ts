import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  durationMilliseconds,
  formatDuration,
  formatTicks,
  normaliseDuration,
  parseDuration,
  unlimitedDuration,
  unlimitedTicks,
} from "../../../src/emulator/schema/duration.js";

describe("normaliseDuration", () => {
  it.each([
    ["PT06M00S", "PT6M"],
    ["PT15M", "PT15M"],
    ["PT900S", "PT15M"],
    ["PT90M", "PT1H30M"],
    ["PT24H", "P1D"],
    ["PT168H", "P7D"],
    ["P7D", "P7D"],
    ["P1W", "P7D"],
    ["P1Y", "P365D"],
    ["P1M", "P30D"],
    ["P0D", "PT0S"],
    ["PT0S", "PT0S"],
    ["PT0.5S", "PT0.5S"],
    ["PT1.2300S", "PT1.23S"],
    ["P1DT2H3M4.0000005S", "P1DT2H3M4.0000005S"],
    ["-PT1H", "-PT1H"],
    [unlimitedDuration, unlimitedDuration],
  ])("%s is %s", (sent, given) => {
    expect(normaliseDuration(sent)).toBe(given);
  });

  it.each([
    "",
    "P",
    "PT",
    "P1DT",
    "15M",
    "PT15",
    "pt15m",
    "1:00:00",
    "PT-5M",
    "P10675200D",
    "PT1.5M",
    " PT1M",
    "PT1M\n",
  ])("%j is none", (text) => {
    expect(normaliseDuration(text)).toBeUndefined();
  });

  it("gives back what the service wrote", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -unlimitedTicks, max: unlimitedTicks }), (ticks) => {
        expect(parseDuration(formatTicks(ticks))).toBe(ticks);
      }),
    );
  });
});

describe("durationMilliseconds", () => {
  it.each<[string, number | undefined]>([
    ["PT15M", 900_000],
    ["PT0.0005S", 0.5],
    ["nonsense", undefined],
  ])("%s", (text, milliseconds) => {
    expect(durationMilliseconds(text)).toBe(milliseconds);
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "PT0S"],
    [90_000, "PT1M30S"],
    [1.5, "PT0.0015S"],
    [-1000, "-PT1S"],
  ])("%d ms is %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

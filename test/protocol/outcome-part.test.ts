import fc from "fast-check";
import { expect, it } from "vitest";
import {
  formatOutcomeLine,
  formatPart,
  formatSeries,
  type OutcomeLine,
  type OutcomeSeries,
  type PartHeader,
  parseEntry,
  parseOutcomeLine,
  splitEntries,
  splitPart,
} from "../../src/protocol/outcome-part.js";

const header: PartHeader = {
  version: 1,
  chunk: 3,
  part: 0,
  complete: true,
  fulfilled: 0,
  rejected: 0,
  node: "node-1",
  itemMilliseconds: 0,
  taskMilliseconds: 0,
  storedAt: 0,
  logs: false,
};

const line = fc.record({
  status: fc.constantFrom("fulfilled" as const, "rejected" as const),
  attempt: fc.nat(3),
  milliseconds: fc.nat(1000),
  files: fc.array(fc.record({ name: fc.string(), size: fc.nat(), blob: fc.string() }), { maxLength: 2 }),
  payload: fc.json(),
});
const series = fc.record({
  values: fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 }),
  milliseconds: fc.nat(1000),
});

it("brings over outcomes of items and of series, and gives each item of a series a line where one is wanted", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(line, series)), (made) => {
      let offset = 0;
      const entries: (OutcomeLine | OutcomeSeries)[] = made.map((one) => {
        const start = offset;
        offset += "values" in one ? one.values.length : 1;
        if (!("values" in one)) return { offset: start, ...one };
        const payload = JSON.stringify(one.values);
        const count = one.values.length;
        return {
          status: "series",
          offset: start,
          count,
          attempt: 1,
          milliseconds: one.milliseconds,
          payload,
        };
      });
      const texts = entries.map((entry) =>
        entry.status === "series" ? formatSeries(entry) : formatOutcomeLine(entry),
      );
      const part = formatPart(header, texts);
      expect(splitEntries(part)).toEqual({ header, entries: texts });
      expect(splitEntries(part).entries.map(parseEntry)).toEqual(entries);

      const lines = splitPart(part).lines.map(parseOutcomeLine);
      expect(lines.map((one) => one.offset)).toEqual(Array.from({ length: offset }, (_, place) => place));
      const values = entries.flatMap((entry) =>
        entry.status === "series" ? (JSON.parse(entry.payload) as unknown[]) : [JSON.parse(entry.payload)],
      );
      expect(lines.map(({ payload }) => JSON.parse(payload))).toEqual(values);
    }),
  );
});

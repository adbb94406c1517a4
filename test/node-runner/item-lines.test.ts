import fc from "fast-check";
import { expect, it } from "vitest";
import { ItemLines } from "../../src/node-runner/item-lines.js";

it("gives any neighbours' lines", () => {
  const text = fc.constantFrom("", "1", '"é"', "~[1]", '"\u2028"');
  fc.assert(
    fc.property(fc.array(text), fc.nat(), fc.nat(), (texts, one, other) => {
      const lines = ItemLines.of(texts);
      expect(lines.count).toBe(texts.length);
      const [from, to] = [one, other].map((place) => place % (texts.length + 1)).sort((a, b) => a - b) as [
        number,
        number,
      ];
      expect(lines.between(from, to)).toBe(texts.slice(from, to).join("\n"));
      if (to < texts.length)
        expect(lines.characters(from, to)).toBe(
          texts.slice(from, to).reduce((sum, { length }) => sum + length + 1, 0),
        );
    }),
  );
});

it.each([
  ["1\n2", 3, 2],
  ["1\n2", 1, 2],
  ["1", 0, 1],
  ["", 2, 0],
])("refuses %j as %i items", (text, count, found) => {
  expect(() => new ItemLines(text, count)).toThrow(`should hold ${count} items, and holds ${found}.`);
});

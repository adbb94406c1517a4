import fc from "fast-check";
import { expect, it } from "vitest";
import { BoundedText } from "../../src/node-runner/bounded-text.js";

function bounded(pieces: readonly string[]): BoundedText {
  const text = new BoundedText();
  for (const piece of pieces) text.add(piece);
  return text;
}

it("keeps a short text as it is", () => {
  expect(bounded([]).isEmpty).toBe(true);
  expect(bounded(["a", "", "b\n"]).toString()).toBe("ab\n");
  const most = "x".repeat(64 * 1024);
  expect(bounded([most]).toString()).toBe(most);
});

it("keeps the beginning and the end of a long one, in whatever pieces it comes", () => {
  const piece = fc.string({ minLength: 1, maxLength: 10 }).map((text) => text.repeat(3_000));
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 20 }), (pieces) => {
      const whole = pieces.join("");
      const text = bounded(pieces);
      expect(text.end(100)).toBe(whole.slice(-100));
      if (whole.length <= 64 * 1024) {
        expect(text.toString()).toBe(whole);
        return;
      }
      const left = whole.length - 64 * 1024;
      const half = 32 * 1024;
      const kept = `${whole.slice(0, half)}\n[… ${left} characters left out …]\n${whole.slice(-half)}`;
      expect(text.toString()).toBe(kept);
    }),
    { numRuns: 50 },
  );
});

import fc from "fast-check";
import { expect, it } from "vitest";
import type { AttemptsWithItems } from "../../../src/node-runner/attempt.js";
import { HeldAttempts } from "../../../src/node-runner/function/held-attempts.js";
import { decode, encode } from "../../../src/protocol/codec.js";

/** Values of plain JSON and others, in any order. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(1, "a\n\tb~", null, [1, { a: "\n~" }], "é") },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(undefined, -0, new Date(7), new Set([1])) },
);

function attemptsOf(
  values: readonly unknown[],
  more: { offset?: number; attempt?: number; alone?: boolean } = {},
) {
  const { offset = 0, attempt = 1, alone = false } = more;
  const run = { offset, index: 100 + offset, attempt, count: values.length, alone };
  return { run, text: values.map(encode).join("\n") } satisfies AttemptsWithItems;
}

it("gives each item once and in order, one by one or many that are plain together", () => {
  const blocks = fc.array(fc.array(value, { minLength: 1, maxLength: 12 }), { maxLength: 4 });
  const steps = fc.array(
    fc.record({ together: fc.boolean(), most: fc.integer({ min: 1, max: 5 }), made: fc.nat(5) }),
    {
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(blocks, steps, (values, ways) => {
      const held = new HeldAttempts();
      for (const [place, block] of values.entries()) held.push(attemptsOf(block, { offset: 20 * place }));
      const expected = values.flatMap((block, place) =>
        block.map((item, offset) => ({
          offset: 20 * place + offset,
          index: 100 + 20 * place + offset,
          attempt: 1,
          item,
        })),
      );
      expect(held.length).toBe(expected.length);
      const given: typeof expected = [];
      for (let step = 0; held.length > 0; step++) {
        const { together, most, made } = ways[step % ways.length] as (typeof ways)[number];
        const found = together ? held.together(most) : undefined;
        if (found === undefined) {
          const { text, ...place } = held.first() as NonNullable<ReturnType<HeldAttempts["first"]>>;
          given.push({ ...place, item: decode(text) });
          held.drop(1);
          continue;
        }
        const { first, count, from } = found;
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(most);
        const used = Math.min(count, Math.max(1, made));
        for (let place = 0; place < used; place++) {
          const { offset, index, attempt } = first;
          given.push({
            offset: offset + place,
            index: index + place,
            attempt,
            item: found.values[from + place],
          });
        }
        held.drop(used);
      }
      expect(given).toEqual(expected);
      expect(held.first()).toBeUndefined();
    }),
  );
});

it("gives nothing together that is more than JSON, is made again, or is to be made alone", () => {
  const held = new HeldAttempts();
  expect(held.together(5)).toBeUndefined();
  held.push(attemptsOf([new Date(1), 2, 3, undefined, 4]));
  expect(held.together(5)).toBeUndefined();
  held.drop(1);
  expect(held.together(5)).toMatchObject({ values: [2, 3], from: 0, count: 2 });
  held.drop(1);
  expect(held.together(5)).toMatchObject({ from: 1, count: 1 });
  held.drop(1);
  expect(held.together(5)).toBeUndefined();
  expect(held.clear()).toBe(2);
  held.push(attemptsOf([1], { attempt: 2 }));
  expect(held.together(5)).toBeUndefined();
  held.drop(1);
  held.push(attemptsOf([1], { alone: true }));
  expect(held.together(5)).toBeUndefined();
  expect(held.clear()).toBe(1);
  expect(held.length).toBe(0);
});

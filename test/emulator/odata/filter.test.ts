import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FilterError, parseFilter } from "../../../src/emulator/odata/filter.js";
import { type FilterableProperties, filterable } from "../../../src/emulator/odata/filterable.js";

const task = {
  id: "Render-007",
  state: "completed",
  creationTime: "2022-09-06T23:45:29Z",
  stateTransitionTime: "2022-09-06T23:45:29.9954813Z",
  lastModified: "2022-09-06T23:45:29.5Z",
  executionInfo: { exitCode: 3, result: "failure", startTime: "2022-09-06T23:45:30.123456Z" },
};

const pool = { id: "p", enableAutoScale: true, allocationState: "steady", vmSize: "standard_d2_v3" };

describe("what passes a filter", () => {
  it.each<[string, boolean]>([
    ["id eq 'render-007'", true],
    ["id eq 'RENDER-007'", true],
    ["id eq 'render'", false],
    ["id ne 'render-007'", false],
    ["startswith(id,'render')", true],
    ["startswith(id, 'REN' )", true],
    ["startswith(id,'x')", false],
    ["id gt 'render-006' and id lt 'render-008'", true],
    ["id ge 'render-007' and id le 'render-007'", true],
    ["id eq 'it''s'", false],
    ["state eq 'completed'", true],
    ["state ne 'active'", true],
    ["state eq 'active' or state eq 'completed'", true],
    ["state eq 'active' and state eq 'completed' or id eq 'render-007'", true],
    ["state eq 'active' and (state eq 'completed' or id eq 'render-007')", false],
    ["((state eq 'completed'))", true],
    ["executionInfo/exitCode gt 0", true],
    ["executionInfo/exitCode lt 0 or executionInfo/exitCode gt 2", true],
    ["executionInfo/exitCode eq 3", true],
    ["executionInfo/exitCode ge -1", true],
    ["executionInfo/exitCode ne 3", false],
    ["executionInfo/result eq 'failure'", true],
    ["creationTime eq DateTime'2022-09-06T23:45:29Z'", true],
    ["creationTime eq datetime'2022-09-06T23:45:29.000Z'", true],
    ["creationTime eq DateTime'Tue, 06 Sep 2022 23:45:29 GMT'", true],
    ["creationTime eq DateTime'Tuesday, 06-Sep-22 23:45:29 GMT'", true],
    ["creationTime eq DateTime'2022-09-07T01:45:29+02:00'", true],
    ["creationTime ge DateTime'2022-09-06'", true],
    ["creationTime lt DateTime'2022-09-06T23:45Z'", false],
    ["stateTransitionTime ge DateTime'2022-09-06T23:45:29.9954813Z'", true],
    ["stateTransitionTime gt DateTime'2022-09-06T23:45:29.9954813Z'", false],
    ["stateTransitionTime gt DateTime'2022-09-06T23:45:29.9954812Z'", true],
    ["stateTransitionTime lt DateTime'2022-09-06T23:45:30Z'", true],
    ["stateTransitionTime gt DateTime'2022-09-06T23:45:29Z'", true],
    ["lastModifiedTime eq DateTime'2022-09-06T23:45:29.500Z'", true],
    ["lastModified eq DateTime'2022-09-06T23:45:29.500Z'", true],
    ["executionInfo/startTime le DateTime'2022-09-06T23:45:30.1234560Z'", true],
  ])("a task, %s: %s", (filter, passes) => {
    expect(parseFilter(filter, filterable.tasks)(task)).toBe(passes);
  });

  it.each<[string, boolean]>([
    ["enableAutoScale eq true", true],
    ["enableAutoScale ne true", false],
    ["enableAutoScale eq false", false],
    ["vmSize eq 'STANDARD_D2_v3'", true],
    ["allocationState eq 'Steady'", true],
  ])("a pool, %s: %s", (filter, passes) => {
    expect(parseFilter(filter, filterable.pools)(pool)).toBe(passes);
  });

  it.each<[string, boolean]>([
    ["executionInfo/exitCode eq 0", false],
    ["executionInfo/exitCode ne 0", true],
    ["executionInfo/exitCode lt 0 or executionInfo/exitCode ge 0", false],
    ["executionInfo/endTime ge DateTime'1990-01-01'", false],
    ["startswith(id,'')", true],
  ])("an absent property, %s: %s", (filter, passes) => {
    expect(parseFilter(filter, filterable.tasks)({ state: "active", executionInfo: {} })).toBe(passes);
    expect(parseFilter(filter, filterable.tasks)({ state: "active" })).toBe(passes);
  });
});

describe("what is refused", () => {
  it.each<[FilterableProperties, string, number, string]>([
    [filterable.tasks, "", 0, "unexpected the end"],
    [filterable.tasks, "state", 5, "unexpected the end"],
    [filterable.tasks, "state eq", 8, "unexpected the end"],
    [filterable.tasks, "state eq 'active' and", 21, "unexpected the end"],
    [filterable.tasks, "state eq active", 9, "unexpected 'active'"],
    [filterable.tasks, "state = 'active'", 6, "unexpected character '='"],
    [filterable.tasks, "state eq 'active", 9, "unexpected character"],
    [filterable.tasks, "state EQ 'active'", 6, "unexpected 'EQ'"],
    [filterable.tasks, "(state eq 'active'", 18, "unexpected the end"],
    [filterable.tasks, "state eq 'active')", 17, "unexpected ')'"],
    [filterable.tasks, "not (state eq 'active')", 4, "unexpected '('"],
    [filterable.tasks, "contains(id,'a')", 8, "unexpected '('"],
    [filterable.tasks, "startswith('a',id)", 11, "unexpected"],
    [filterable.tasks, "executionInfo/exitCode eq 1.5", 26, "unexpected character '1'"],
    [filterable.tasks, "State eq 'active'", 0, "'State' cannot be filtered by"],
    [filterable.tasks, "commandLine eq 'x'", 0, "'commandLine' cannot be filtered by"],
    [filterable.tasks, "constructor eq 'x'", 0, "'constructor' cannot be filtered by"],
    [filterable.tasks, "state gt 'active'", 0, "'gt' is not supported for 'state', only eq, ne"],
    [filterable.tasks, "id eq 'a' and startswith(state,'a')", 25, "'startswith' is not supported"],
    [
      filterable.tasks,
      "executionInfo/exitCode eq '1'",
      26,
      "has the type integer, the value is of type string",
    ],
    [
      filterable.tasks,
      "creationTime ge '2020-01-01'",
      16,
      "has the type dateTime, the value is of type string",
    ],
    [filterable.tasks, "creationTime ge DateTime'yesterday'", 16, "'yesterday' is not a date-time"],
    [filterable.tasks, "creationTime ge DateTime'2020-13-41'", 16, "is not a date-time"],
    [filterable.pools, "allocationState ne 'steady'", 0, "'ne' is not supported"],
    [filterable.pools, "enableAutoScale eq 'true'", 19, "has the type boolean"],
    [filterable.files, "name eq 'wd/a'", 0, "only startswith"],
    [filterable.nodes, "id eq 'n'", 0, "'id' cannot be filtered by"],
    [filterable.jobsOfSchedule, "id eq 's:job-1'", 0, "'id' cannot be filtered by"],
    [filterable.tasks, `${"(".repeat(5000)}id eq 'a'${")".repeat(5000)}`, 100, "nested too deeply"],
  ])("%#: %s", (allowed, filter, position, reason) => {
    const parse = () => parseFilter(filter, allowed);
    expect(parse).toThrow(FilterError);
    expect(parse).toThrow(expect.objectContaining({ position, reason: expect.stringContaining(reason) }));
  });
});

describe("bounds", () => {
  const boundsOf = (filter: string) => parseFilter(filter, filterable.tasks).bounds;

  it("come from conditions joined by and", () => {
    expect(
      boundsOf("state eq 'Completed' and stateTransitionTime ge DateTime'2024-05-08T08:49:37Z'"),
    ).toEqual({ state: { equals: "completed" }, stateTransitionTime: { from: 1715158177000 } });
    expect(boundsOf("(startswith(id,'A')) and (state eq 'active' and executionInfo/exitCode eq 2)")).toEqual({
      id: { startsWith: "a" },
      state: { equals: "active" },
      "executionInfo/exitCode": { from: 2, to: 2 },
    });
  });

  it("narrow with each condition", () => {
    expect(
      boundsOf("executionInfo/exitCode gt 1 and executionInfo/exitCode ge 0 and executionInfo/exitCode lt 9"),
    ).toEqual({ "executionInfo/exitCode": { from: 1, to: 9 } });
  });

  it("never cut off a part of a millisecond", () => {
    expect(boundsOf("creationTime gt DateTime'2024-05-08T08:49:37.1239Z'")).toEqual({
      creationTime: { from: 1715158177123 },
    });
    expect(boundsOf("creationTime lt DateTime'2024-05-08T08:49:37.1231Z'")).toEqual({
      creationTime: { to: 1715158177124 },
    });
  });

  it("are absent where either side of an or may hold, and for ne", () => {
    expect(boundsOf("state eq 'active' or id eq 'a'")).toEqual({});
    expect(boundsOf("state ne 'active'")).toEqual({});
  });
});

describe("any text", () => {
  it("is a filter or a FilterError, never another error", () => {
    const words = fc.constantFrom(
      ...["(", ")", "and", "or", "not", "eq", "gt", "id", "state", "startswith", ",", "'a'", "'", "1", "-1"],
      ...["true", "DateTime'2020-01-01'", "executionInfo/exitCode", "creationTime", "\u0000", "💥"],
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words).map((list) => list.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(typeof parseFilter(text, filterable.tasks)(task)).toBe("boolean");
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
          expect((error as FilterError).position).toBeGreaterThanOrEqual(0);
          expect((error as FilterError).position).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("quoted in a condition finds the entity that has it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (id) => {
        const filter = parseFilter(`id eq '${id.replaceAll("'", "''")}'`, filterable.tasks);
        expect(filter({ id })).toBe(true);
        expect(filter({ id: `${id}x` })).toBe(false);
      }),
    );
  });

  it("and or parentheses mean what JavaScript means by them", () => {
    interface Case {
      text: string;
      expected: boolean;
    }
    const leaf = fc
      .integer({ min: 0, max: 6 })
      .map((n): Case => ({ text: `executionInfo/exitCode lt ${n}`, expected: 3 < n }));
    const { tree } = fc.letrec<{ tree: Case }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        leaf,
        fc
          .tuple(tie("tree"), tie("tree"))
          .map(([a, b]) => ({ text: `(${a.text}) and (${b.text})`, expected: a.expected && b.expected })),
        fc
          .tuple(tie("tree"), tie("tree"))
          .map(([a, b]) => ({ text: `(${a.text} or ${b.text})`, expected: a.expected || b.expected })),
      ),
    }));
    fc.assert(
      fc.property(tree, ({ text, expected }) => {
        expect(parseFilter(text, filterable.tasks)(task)).toBe(expected);
      }),
    );
  });
});

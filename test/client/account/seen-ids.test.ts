import { describe, expect, it } from "vitest";
import { SeenIds } from "../../../src/client/account/seen-ids.js";

describe("the ids that were seen", () => {
  it("are known again, whatever their case and number", () => {
    const seen = new SeenIds();
    for (let n = 0; n < 20_000; n++) expect(seen.add(`task-${n}`)).toBe(true);
    for (let n = 0; n < 20_000; n += 7) expect(seen.add(`TASK-${n}`)).toBe(false);
    expect(seen.add("task-20000")).toBe(true);
  });
});

import { describe, expect, it } from "vitest";
import { parseSelect, SelectError } from "../../../src/emulator/odata/select.js";

const job = { id: "j", url: "u", state: "active", executionInfo: { poolId: "p", startTime: "t" } };

describe("parseSelect", () => {
  it.each<[string, Record<string, unknown>]>([
    ["id,state", { id: "j", state: "active" }],
    ["state, id", { id: "j", state: "active" }],
    ["executionInfo", { executionInfo: job.executionInfo }],
    ["executionInfo/poolId", { executionInfo: job.executionInfo }],
    ["id,ID,nothing", { id: "j" }],
    ["nothing", {}],
    ["*", job],
  ])("%s", (select, projected) => {
    expect(parseSelect(select)(job)).toEqual(projected);
  });

  it("keeps the entity's order", () => {
    expect(Object.keys(parseSelect("state,url,id")(job))).toEqual(["id", "url", "state"]);
  });

  it.each(["", "id,", ",", "id state", "id;state", "1a", "a/"])("refuses '%s'", (select) => {
    expect(() => parseSelect(select)).toThrow(SelectError);
  });
});

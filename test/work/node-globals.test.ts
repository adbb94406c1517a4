import globals from "globals";
import { expect, it } from "vitest";
import { NODE_GLOBALS } from "../../src/work/node-globals.js";

it("lists the globals of JavaScript and Node.js, and none of CommonJS", () => {
  expect([...NODE_GLOBALS].sort()).toEqual(
    Object.keys({ ...globals.builtin, ...globals.nodeBuiltin }).sort(),
  );
  for (const name of ["require", "module", "exports", "__dirname", "__filename"]) {
    expect(NODE_GLOBALS.has(name)).toBe(false);
  }
});

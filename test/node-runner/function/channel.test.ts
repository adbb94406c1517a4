import fc from "fast-check";
import { expect, it } from "vitest";
import {
  CAREFUL_LINE,
  type FromWorker,
  formatAttempts,
  formatFromWorker,
  formatSettings,
  LineSplitter,
  parseFromWorker,
  parseToWorker,
  RETURN_LINE,
} from "../../../src/node-runner/function/channel.js";

it("brings over what is said, line by line", () => {
  const { texts, ...run } = { offset: 3, index: 703, attempt: 2, alone: true, texts: ['{"a":"\\t"}', "1"] };
  const settings = {
    prepared: "/p",
    itemFolders: "/w/items",
    filesFolder: "/p/files",
    files: ["a b"],
    timeout: 5,
  };
  const [announced, ...items] = new LineSplitter().push(formatAttempts({ ...run, texts }));
  expect(parseToWorker(announced as string)).toEqual({ kind: "attempts", run, count: 2 });
  expect(items).toEqual(texts);
  expect(parseToWorker(CAREFUL_LINE.trimEnd())).toEqual({ kind: "careful" });
  expect(parseToWorker(formatSettings(settings).trimEnd())).toEqual({ kind: "settings", settings });
  expect(parseToWorker(RETURN_LINE.trimEnd())).toEqual({ kind: "return" });

  const ended = {
    kind: "end",
    status: "rejected",
    milliseconds: 1.5,
    files: undefined,
    payload: "~[1]",
  } as const;
  const messages: FromWorker[] = [
    { kind: "ready" },
    { kind: "unloadable", payload: "{}" },
    { ...ended, last: false },
    { ...ended, last: true },
    { ...ended, status: "fulfilled", files: ["a\tb", "c\nd"], last: false },
    { kind: "output", stream: "stdout", text: "a\tb\nc\u2028" },
    { kind: "output", stream: "stderr", text: "" },
    { kind: "series", count: 2, milliseconds: 0.5, payload: '[1,"\\t"]' },
    { kind: "window", count: 1 },
    { kind: "returned", begun: 1, count: 0 },
  ];
  for (const message of messages) {
    const line = formatFromWorker(message);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(parseFromWorker(line.slice(0, -1))).toEqual(message);
  }
});

it("finds the lines in a stream, wherever it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "bb", "\n", "c\nd", "\n\n", "")), (pieces) => {
      const splitter = new LineSplitter();
      const lines = pieces.flatMap((piece) => splitter.push(piece));
      expect(lines).toEqual(pieces.join("").split("\n").slice(0, -1));
    }),
  );
});

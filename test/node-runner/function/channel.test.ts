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
  TextReader,
} from "../../../src/node-runner/function/channel.js";

it("brings over what is said, line by line", () => {
  const run = { offset: 3, index: 703, attempt: 2, count: 2, alone: true };
  const text = '{"a":"\\t"}\n1';
  const settings = {
    prepared: "/p",
    itemFolders: "/w/items",
    filesFolder: "/p/files",
    files: ["a b"],
    timeout: 5,
  };
  const reader = new TextReader();
  reader.push(formatAttempts({ run, text }) + RETURN_LINE);
  const characters = text.length;
  expect(parseToWorker(reader.line() as string)).toEqual({ kind: "attempts", run, characters });
  expect(reader.characters(characters)).toBe(text);
  expect(parseToWorker(reader.line() as string)).toEqual({ kind: "return" });
  expect(reader.line()).toBeUndefined();
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

it("reads lines and texts of a known length from a stream, wherever it is cut", () => {
  const message = fc.record({
    line: fc.constantFrom("", "a", "bc"),
    text: fc.constantFrom("", "d\ne", "\n", "f"),
  });
  fc.assert(
    fc.property(fc.array(message), fc.integer({ min: 1, max: 5 }), (messages, size) => {
      const reader = new TextReader();
      const stream = messages.map(({ line, text }) => `${line}\n${text}`).join("");
      const read: { line: string; text: string }[] = [];
      let line: string | undefined;
      for (let at = 0; at < stream.length; at += size) {
        reader.push(stream.slice(at, at + size));
        for (;;) {
          line ??= reader.line();
          if (line === undefined) break;
          const text = reader.characters(messages[read.length]?.text.length ?? 0);
          if (text === undefined) break;
          read.push({ line, text });
          line = undefined;
        }
      }
      expect(read).toEqual(messages);
    }),
  );
});

/** A command line whose quotes or escapes do not end. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}

// Inside double quotes a POSIX shell lets the backslash escape these only.
const escapableInQuotes = '$`"\\\n';

/**
 * Splits a command line into words as a POSIX shell does, quotes and backslashes included, but expands nothing: tasks
 * run without a shell, and no library splits exactly so (they leave quotes inside words, or drop `$NAME`).
 */
export function splitCommandLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let index = 0;
  while (index < line.length) {
    const char = line[index]!;
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      index += 1;
    } else if (char === "'") {
      const end = line.indexOf("'", index + 1);
      if (end < 0) throw new CommandLineError("a single quote is not closed");
      word = (word ?? "") + line.slice(index + 1, end);
      index = end + 1;
    } else if (char === '"') {
      const quoted = readDoubleQuoted(line, index + 1);
      word = (word ?? "") + quoted.text;
      index = quoted.end;
    } else if (char === "\\") {
      const next = line[index + 1];
      if (next === undefined) throw new CommandLineError("a backslash at the end escapes nothing");
      if (next !== "\n") word = (word ?? "") + next;
      index += 2;
    } else {
      word = (word ?? "") + char;
      index += 1;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function readDoubleQuoted(line: string, start: number): { text: string; end: number } {
  let text = "";
  for (let index = start; index < line.length; index++) {
    const char = line[index]!;
    if (char === '"') return { text, end: index + 1 };
    const next = line[index + 1];
    if (char === "\\" && next !== undefined && escapableInQuotes.includes(next)) {
      if (next !== "\n") text += next;
      index += 1;
    } else {
      text += char;
    }
  }
  throw new CommandLineError("a double quote is not closed");
}

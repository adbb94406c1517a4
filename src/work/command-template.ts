import { InvalidArgumentError } from "../errors/index.js";

/*
 * The text of a template is split into arguments as the POSIX shell splits a line into words, quotes and backslashes
 * included, and there it ends: nothing is expanded, and what a shell would act on is refused.
 */

/** A piece of an argument: text, or the number of the hole that fills it. */
type TemplatePiece = string | { readonly hole: number };

/** The words of a template: the program, then its arguments. */
export type TemplateWord = readonly TemplatePiece[];

/** Splits a template into words. `texts` are its raw strings, between which the holes are. */
export function splitTemplate(texts: readonly string[]): TemplateWord[] {
  const state: State = { words: [], word: undefined, quote: undefined };
  for (const [number, text] of trimLines(texts).entries()) {
    if (number > 0) pieces(state).push({ hole: number - 1 });
    readText(state, text);
  }
  if (state.quote) {
    throw refusal(`has no closing ${state.quote === "'" ? "single" : "double"} quote`);
  }
  endWord(state);
  const [program] = state.words;
  if (!program) throw refusal("is empty: name a program");
  const [start] = program;
  if (typeof start === "string" && /^[A-Za-z_]\w*=/.test(start)) {
    throw refusal(
      `sets the variable ${start.slice(0, start.indexOf("="))}, as a shell would: use .with({ env }) for it`,
    );
  }
  return state.words;
}

/** The texts without the line breaks that a template written over several lines begins and ends with. */
function trimLines(texts: readonly string[]): string[] {
  return texts.map((raw, number) => {
    // JavaScript allows neither of the two in a template without a backslash, so it is no backslash of the command's.
    const text = raw.replaceAll("\r\n", "\n").replace(/\\(`|\$\{)/g, "$1");
    const begun = number === 0 ? text.replace(/^\s+/, "") : text;
    return number === texts.length - 1 ? begun.replace(/(?<!\\)\n\s*$/, "") : begun;
  });
}

interface State {
  readonly words: TemplatePiece[][];
  word: TemplatePiece[] | undefined;
  quote: '"' | "'" | undefined;
}

function readText(state: State, text: string): void {
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (state.quote === "'") {
      if (character === "'") state.quote = undefined;
      else add(state, character);
    } else if (character === "\\" && (!state.quote || /["$`\\\n]/.test(next))) {
      if (next === "") throw refusal("has a backslash with nothing after it");
      if (next !== "\n") add(state, next); // a backslash at the end of a line goes on with the next one
      at++;
    } else if (character === state.quote) {
      state.quote = undefined;
    } else if (state.quote) {
      if (character === "`" || (character === "$" && /[\w({@*#?$!-]/.test(next))) throw expansion(character);
      add(state, character);
    } else if (character === '"' || character === "'") {
      state.quote = character;
      pieces(state); // two quotes with nothing between them are an argument, too
    } else if (character === " " || character === "\t") {
      endWord(state);
    } else if (/[|<>;&$`*?()~[\n]/.test(character) || (character === "#" && !state.word)) {
      throw metacharacter(character);
    } else {
      add(state, character);
    }
  }
}

function pieces(state: State): TemplatePiece[] {
  state.word ??= [];
  return state.word;
}

function add(state: State, character: string): void {
  const word = pieces(state);
  const last = word.at(-1);
  if (typeof last === "string") word[word.length - 1] = last + character;
  else word.push(character);
}

function endWord(state: State): void {
  if (state.word) state.words.push(state.word);
  state.word = undefined;
}

const SHELL = 'command(() => ({ file: "/bin/sh", args: ["-c", "…"] }))';

function metacharacter(character: string): InvalidArgumentError {
  const shown = character === "\n" ? "a line break" : `an unquoted ${character}`;
  const quoted =
    character === "\n"
      ? "end the line with a backslash to go on in the next"
      : "quote it where it is meant as it stands";
  return refusal(
    `has ${shown}, which only a shell understands, and none is run: ${quoted}, or run one with ${SHELL}`,
  );
}

function expansion(character: string): InvalidArgumentError {
  return refusal(
    `has a ${character} in double quotes, which a shell would expand, and none is run: use single quotes where it is ` +
      `meant as it stands, a hole, \${…}, for a value, or run a shell with ${SHELL}`,
  );
}

function refusal(says: string): InvalidArgumentError {
  return new InvalidArgumentError(`The command template ${says}.`, { option: "work" });
}

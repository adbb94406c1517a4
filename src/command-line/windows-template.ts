import { InvalidArgumentError } from "../errors/index.js";
import { type TemplateAdvice, type TemplatePiece, type TemplateWord, trimLines } from "./template.js";

/*
 * The text of a template for Windows is split as Microsoft's C runtime splits a command line, so that it may be written
 * as such lines are: spaces and tabs between arguments, double quotes around them, and a backslash that stands for itself
 * but before a quote. What cmd.exe would act on is refused, as it does not run.
 */

/** Splits a template into words. `texts` are its raw strings, between which the holes are. */
export function splitWindowsTemplate(texts: readonly string[], advice: TemplateAdvice): TemplateWord[] {
  const state: State = { words: [], word: undefined, quoted: false, advice };
  for (const [number, text] of trimLines(texts).entries()) {
    if (number > 0) pieces(state).push({ hole: number - 1 });
    readText(state, text);
  }
  if (state.quoted) throw refusal(advice, "has no closing quote");
  endWord(state);
  if (state.words.length === 0) throw refusal(advice, "is empty: name a program");
  return state.words;
}

interface State {
  readonly words: TemplatePiece[][];
  word: TemplatePiece[] | undefined;
  quoted: boolean;
  readonly advice: TemplateAdvice;
}

function readText(state: State, text: string): void {
  for (let at = 0; at < text.length; ) at += readToken(state, text.slice(at));
}

/** Reads what comes next, and says how long it is. */
function readToken(state: State, text: string): number {
  const [quote, backslashes] = /^(\\*)"/.exec(text) ?? [];
  if (quote !== undefined && backslashes !== undefined) return readQuote(state, backslashes.length, text);

  const [variable] = /^%\w+%/.exec(text) ?? [];
  if (variable !== undefined) {
    const says = `has ${variable}, which only cmd.exe expands, and none is run: use a hole for a value`;
    throw refusal(state.advice, says);
  }
  const character = text.charAt(0);
  if (state.quoted) add(state, character);
  else if (character === " " || character === "\t") endWord(state);
  else if (/[|<>&^\n]/.test(character)) throw metacharacter(state.advice, character);
  else add(state, character);
  return 1;
}

/** A double quote, and the backslashes before it. */
function readQuote(state: State, backslashes: number, text: string): number {
  add(state, "\\".repeat(backslashes / 2));
  const length = backslashes + 1;
  if (backslashes % 2 === 1) {
    add(state, '"');
  } else if (state.quoted && text.charAt(length) === '"') {
    add(state, '"'); // within quotes two of them are one
    return length + 1;
  } else {
    state.quoted = !state.quoted;
  }
  return length;
}

function pieces(state: State): TemplatePiece[] {
  state.word ??= [];
  return state.word;
}

/** Adds to the word, which begins with it; two quotes with nothing between them are an argument, too. */
function add(state: State, text: string): void {
  const word = pieces(state);
  const last = word.at(-1);
  if (typeof last === "string") word[word.length - 1] = last + text;
  else word.push(text);
}

function endWord(state: State): void {
  if (state.word) state.words.push(state.word);
  state.word = undefined;
}

function metacharacter(advice: TemplateAdvice, character: string): InvalidArgumentError {
  const shown = character === "\n" ? "a line break" : `an unquoted ${character}`;
  return refusal(
    advice,
    `has ${shown}, which only cmd.exe understands, and none is run: quote it where it is meant as it stands, or run ` +
      `one with ${advice.shell}`,
  );
}

function refusal({ what, option }: TemplateAdvice, says: string): InvalidArgumentError {
  return new InvalidArgumentError(`${what} ${says}.`, { option });
}

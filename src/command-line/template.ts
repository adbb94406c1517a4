import { InvalidArgumentError } from "../errors/index.js";

/*
 * The text of a template is split into arguments as the POSIX shell splits a line into words, quotes and backslashes
 * included, and there it ends: nothing is expanded, and what a shell would act on is refused.
 */

/** A piece of an argument: text, or the number of the hole that fills it. */
export type TemplatePiece = string | { readonly hole: number };

/** The words of a template: the program, then its arguments. */
export type TemplateWord = readonly TemplatePiece[];

/** What a template is told of where it cannot be split. */
export interface TemplateAdvice {
  /** What it is, as a message begins: `"The command template"`. */
  readonly what: string;
  /** The option that an error names. */
  readonly option: string;
  /** How environment variables are set: `".with({ env })"`. */
  readonly env: string;
  /** How a shell is run: `'command(["/bin/sh", "-c", "…"])'`. */
  readonly shell: string;
}

/**
 * Splits a template into words. `texts` are its raw strings, between which the holes are.
 *
 * @throws InvalidArgumentError for what only a shell would understand
 */
export function splitTemplate(texts: readonly string[], advice: TemplateAdvice): TemplateWord[] {
  const state: State = { words: [], word: undefined, quote: undefined, advice };
  for (const [number, text] of trimLines(texts).entries()) {
    if (number > 0) pieces(state).push({ hole: number - 1 });
    readText(state, text);
  }
  if (state.quote) {
    throw refusal(advice, `has no closing ${state.quote === "'" ? "single" : "double"} quote`);
  }
  endWord(state);
  const [program] = state.words;
  if (!program) throw refusal(advice, "is empty: name a program");
  const [start] = program;
  if (typeof start === "string" && /^[A-Za-z_]\w*=/.test(start)) {
    const name = start.slice(0, start.indexOf("="));
    throw refusal(advice, `sets the variable ${name}, as a shell would: use ${advice.env} for it`);
  }
  return state.words;
}

/** The texts without the line breaks that a template written over several lines begins and ends with. */
export function trimLines(texts: readonly string[]): string[] {
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
  readonly advice: TemplateAdvice;
}

function readText(state: State, text: string): void {
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (state.quote === "'") {
      if (character === "'") state.quote = undefined;
      else add(state, character);
    } else if (character === "\\" && (!state.quote || /["$`\\\n]/.test(next))) {
      if (next === "") throw refusal(state.advice, "has a backslash with nothing after it");
      if (next !== "\n") add(state, next); // a backslash at the end of a line goes on with the next one
      at++;
    } else if (character === state.quote) {
      state.quote = undefined;
    } else if (state.quote) {
      if (character === "`" || expandsAt(text, at)) throw expansion(state.advice, character);
      add(state, character);
    } else if (character === '"' || character === "'") {
      state.quote = character;
      pieces(state); // two quotes with nothing between them are an argument, too
    } else if (character === " " || character === "\t") {
      endWord(state);
    } else if (/[|<>;&$`*?()~[\n]/.test(character) || (character === "#" && !state.word)) {
      throw metacharacter(state.advice, character);
    } else {
      add(state, character);
    }
  }
}

/** Whether a shell would expand what begins here, in double quotes; a broken line goes on before that. */
function expandsAt(text: string, at: number): boolean {
  const dollar = /\$(?:\\\n)*[\w({@*#?$!-]/y;
  dollar.lastIndex = at;
  return dollar.test(text);
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

function metacharacter(advice: TemplateAdvice, character: string): InvalidArgumentError {
  const shown = character === "\n" ? "a line break" : `an unquoted ${character}`;
  const quoted =
    character === "\n"
      ? "end the line with a backslash to go on in the next"
      : "quote it where it is meant as it stands";
  return refusal(
    advice,
    `has ${shown}, which only a shell understands, and none is run: ${quoted}, or run one with ${advice.shell}`,
  );
}

function expansion(advice: TemplateAdvice, character: string): InvalidArgumentError {
  return refusal(
    advice,
    `has a ${character} in double quotes, which a shell would expand, and none is run: use single quotes where it is ` +
      `meant as it stands, a hole, \${…}, for a value, or run a shell with ${advice.shell}`,
  );
}

function refusal({ what, option }: TemplateAdvice, says: string): InvalidArgumentError {
  return new InvalidArgumentError(`${what} ${says}.`, { option });
}

/** What is wrong with a program and its arguments. */
export interface WordProblem {
  /** Which of them it is, 0 for the program; undefined where it is all together. */
  readonly word?: number;
  /** What, as the rest of a sentence. */
  readonly says: string;
}

/** What is wrong with words wherever they go. */
export function wordProblems(words: readonly unknown[]): WordProblem[] {
  if (words.length === 0 || words[0] === "") return [{ says: "is no list of a program and its arguments" }];
  return words.flatMap((word, at) => {
    const says = problemOf(word);
    return says === undefined ? [] : [{ word: at, says }];
  });
}

function problemOf(word: unknown): string | undefined {
  if (typeof word !== "string") return `is ${kindOf(word)}, and not text`;
  if (word.includes("\0")) return "holds a NUL character, which no program can be given";
  if (/\p{Surrogate}/u.test(word)) return "holds half of a surrogate pair, which is no character";
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === null || ["undefined", "number", "boolean"].includes(typeof value)) return String(value);
  return Array.isArray(value) ? "an array" : `of the type ${typeof value}`;
}

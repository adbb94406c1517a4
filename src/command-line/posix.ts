import { type WordProblem, wordProblems } from "./word-problem.js";

/*
 * How Batch splits a command line on Linux is not documented, so what varies is not in it: the line is always the same few
 * safe characters, and a shell finds the program and its arguments, quoted, in an environment variable.
 */

/** The command line that runs what the environment variable `setting` holds, in the place of the shell. */
export function posixCommandLine(setting: string): string {
  return `/bin/sh -c 'eval "exec $${setting}"'`;
}

/** The words as a text of which a POSIX shell makes these words again, whatever they hold. */
export function quotePosix(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** Linux takes no environment variable beyond this, with its name, the = and the byte that ends it. */
const LARGEST_SETTING = 128 * 1024;

/** What is wrong with a program and its arguments for Linux, in the environment variable `setting`. */
export function posixProblems(words: readonly unknown[], setting: string): WordProblem[] {
  const problems = wordProblems(words);
  if (problems.length > 0) return problems;

  const program = words[0] as string;
  // The shell would take it for an option of `exec`.
  if (program.startsWith("-")) return [{ word: 0, says: "begins with a hyphen, as no program does" }];

  const size = Buffer.byteLength(`${setting}=${quotePosix(words as string[])}`) + 1;
  if (size <= LARGEST_SETTING) return [];
  return [
    { says: `is ${size} bytes long when quoted, and Linux takes ${LARGEST_SETTING}: bring a file instead` },
  ];
}

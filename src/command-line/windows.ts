import { type WordProblem, wordProblems } from "./word-problem.js";

/*
 * On Windows a program gets its command line as one text, and splits it itself: nearly all do so as CommandLineToArgvW and
 * Microsoft's C runtime do. Arguments are quoted for these rules. Nothing is expanded, as no shell reads the line. cmd.exe
 * reads its own line by other rules, for which no quoting is safe, and it also reads those of batch files: it gets none
 * but plain arguments, and a batch file none at all.
 *
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 * https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
 */

/** The words as the command line of which a Windows program makes these words again. */
export function quoteWindows([program = "", ...args]: readonly string[]): string {
  return [quoteProgram(program), ...args.map(quoteArgument)].join(" ");
}

/** In the program's name a backslash is never special, and a quote cannot be. */
function quoteProgram(program: string): string {
  return PLAIN.test(program) ? program : `"${program}"`;
}

/** Backslashes are doubled before a quote, which the one at the end is, too; elsewhere they stand for themselves. */
function quoteArgument(argument: string): string {
  if (PLAIN.test(argument)) return argument;
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, "$&$&")}"`;
}

const PLAIN = /^[\w./\\:=+,@~#-]+$/;

/** What CreateProcess takes, without the character that ends it. */
const LONGEST_LINE = 32_766;

const BATCH_FILE = /\.(bat|cmd)[. ]*$/i;
const CMD = /(^|[\\/])cmd(\.exe)?$/i;
/** What cmd.exe neither splits nor acts on. */
const PLAIN_FOR_CMD = /^[\w./\\:+#-]+$/;

/** What is wrong with a program and its arguments for Windows. */
export function windowsProblems(words: readonly unknown[]): WordProblem[] {
  const problems = wordProblems(words);
  if (problems.length > 0) return problems;

  const [program, ...args] = words as [string, ...string[]];
  if (program.includes('"')) return [{ word: 0, says: "holds a quote, which no name of a file can" }];
  if (BATCH_FILE.test(program)) {
    const says = "is a batch file, whose arguments cmd.exe reads by rules of its own: use commandLine";
    return [{ word: 0, says }];
  }
  const forCmd = CMD.test(program) ? args.map((argument, at) => ({ argument, word: at + 1 })) : [];
  const acted = forCmd.filter(({ argument }) => !PLAIN_FOR_CMD.test(argument));
  if (acted.length > 0) {
    const says =
      "holds what cmd.exe acts on, and no quoting prevents it: use commandLine, or an environment variable";
    return acted.map(({ word }) => ({ word, says }));
  }
  const { length } = quoteWindows(words as string[]);
  if (length <= LONGEST_LINE) return [];
  return [
    {
      says: `is ${length} characters long when quoted, and Windows takes ${LONGEST_LINE}: bring a file instead`,
    },
  ];
}

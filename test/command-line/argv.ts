/*
 * How a Windows program splits its command line, written from Microsoft's description of CommandLineToArgvW and of its C
 * runtime, and sharing nothing with what quotes them.
 *
 * https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */

/** The program and its arguments. */
export function commandLineToArgv(line: string): string[] {
  const quoted = line.startsWith('"');
  const end = quoted ? line.indexOf('"', 1) : line.search(/[ \t]|$/);
  if (end === -1) return [line.slice(1)];
  const program = line.slice(quoted ? 1 : 0, end);
  return [program, ...argumentsOf(line.slice(quoted ? end + 1 : end))];
}

function argumentsOf(text: string): string[] {
  const found: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (isBlank(text[at])) {
      at += 1;
      continue;
    }
    let argument = "";
    let inQuotes = false;
    while (at < text.length && (inQuotes || !isBlank(text[at]))) {
      let backslashes = 0;
      while (text[at] === "\\") {
        backslashes += 1;
        at += 1;
      }
      if (text[at] !== '"') {
        argument += "\\".repeat(backslashes);
        if (at < text.length && (inQuotes || !isBlank(text[at]))) {
          argument += text[at];
          at += 1;
        }
        continue;
      }
      argument += "\\".repeat(Math.floor(backslashes / 2));
      at += 1;
      if (backslashes % 2 === 1) {
        argument += '"';
      } else if (inQuotes && text[at] === '"') {
        argument += '"';
        at += 1;
      } else {
        inQuotes = !inQuotes;
      }
    }
    found.push(argument);
  }
  return found;
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

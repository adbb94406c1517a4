import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "../errors/index.js";
import type { CommandSpec } from "./command-spec.js";

/*
 * A command comes from a function of the user's, at run time: every part is checked, and the message says which item's and
 * which part it is.
 */

/** A command that can be run, but for input files that may be missing. */
export interface CheckedCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly inputs: readonly CheckedInput[];
  readonly outputs?: readonly string[];
  readonly successExitCodes?: readonly number[];
}

/** Input files: a path on this computer, content, or a URL, and the name in the working directory, where one is given. */
export type CheckedInput =
  | { readonly as: string | undefined; readonly path: string; readonly option: string }
  | { readonly as: string; readonly content: string | Uint8Array }
  | { readonly as: string; readonly url: string };

const PARTS = ["file", "args", "env", "stdin", "inputs", "outputs", "successExitCodes"];

/** Linux takes no single argument and no environment variable beyond this, with the byte that ends it. */
const LARGEST_ARGUMENT = 128 * 1024 - 1;

/** Checks what a command function gave for the item with this index. */
export function checkCommand(spec: unknown, index: number): CheckedCommand {
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) {
    throw refusal("work", index, `gives ${kindOf(spec)}, and not an object with \`file\` and \`args\``);
  }
  if ("then" in spec) throw refusal("work", index, "gives a promise, and not a command: it may not be async");
  for (const part of Object.keys(spec)) {
    if (!PARTS.includes(part)) {
      throw refusal(`work.${part}`, index, `is no part of a command; these are: ${PARTS.join(", ")}`);
    }
  }
  const {
    file,
    args,
    env,
    stdin,
    inputs,
    outputs,
    successExitCodes,
  }: Partial<Record<keyof CommandSpec, unknown>> = spec;
  return {
    file: program(file, index),
    args: list(args ?? [], "work.args", index).map((value, i) => argument(value, `work.args[${i}]`, index)),
    inputs: list(inputs ?? [], "work.inputs", index).map((value, i) =>
      inputFile(value, `work.inputs[${i}]`, index),
    ),
    ...(env !== undefined && { env: environment(env, index) }),
    ...(stdin !== undefined && { stdin: text(stdin, "work.stdin", index) }),
    ...(outputs !== undefined && {
      outputs: list(outputs, "work.outputs", index).map((value, i) =>
        pathInside(value, `work.outputs[${i}]`, index),
      ),
    }),
    ...(successExitCodes !== undefined && { successExitCodes: exitCodes(successExitCodes, index) }),
  };
}

function program(value: unknown, index: number): string {
  const file = commandLineText(value, "work.file", index);
  if (file === "") throw refusal("work.file", index, "is empty: name a program");
  return file;
}

/** Checks one argument, and makes text of a number. */
export function argument(value: unknown, option: string, index: number): string {
  if (typeof value === "number") {
    if (Number.isFinite(value)) return String(value);
    throw refusal(option, index, `is ${value}`);
  }
  return commandLineText(value, option, index);
}

/** Text that an operating system can hand to a program. */
function commandLineText(value: unknown, option: string, index: number): string {
  const result = text(value, option, index);
  if (result.includes("\0"))
    throw refusal(option, index, "holds a NUL character, which no program can be given");
  if (Buffer.byteLength(result) > LARGEST_ARGUMENT) {
    throw refusal(
      option,
      index,
      "is larger than 128 KB, the most Linux takes: use `stdin` or `inputs` instead",
    );
  }
  return result;
}

function text(value: unknown, option: string, index: number): string {
  if (typeof value !== "string") throw refusal(option, index, `is ${kindOf(value)}, and not text`);
  if (/\p{Surrogate}/u.test(value)) {
    throw refusal(option, index, "holds half of a surrogate pair, which is no character and has no UTF-8");
  }
  return value;
}

function environment(value: unknown, index: number): Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refusal("work.env", index, `is ${kindOf(value)}, and not an object of names and values`);
  }
  const entries = Object.entries(value).map(([name, content]) => {
    const option = `work.env.${name}`;
    if (!/^[^=\0]+$/.test(name))
      throw refusal("work.env", index, `has the name ${JSON.stringify(name)}, which none can have`);
    return [name, commandLineText(content, option, index)] as const;
  });
  return Object.fromEntries(entries);
}

function inputFile(value: unknown, option: string, index: number): CheckedInput {
  if (typeof value === "string") return inputPath(value, undefined, option, index);
  if (value instanceof URL) return inputUrl(value, undefined, option, index);
  if (typeof value !== "object" || value === null) {
    throw refusal(
      option,
      index,
      `is ${kindOf(value)}, and not a path, a URL, { path }, { url } or { content, as }`,
    );
  }
  const { path, url, content, as } = value as {
    path?: unknown;
    url?: unknown;
    content?: unknown;
    as?: unknown;
  };
  if ([path, url, content].filter((source) => source !== undefined).length !== 1) {
    throw refusal(option, index, "needs one of `path`, `url` and `content`");
  }
  if (path !== undefined) return inputPath(path, as, option, index);
  if (url !== undefined) return inputUrl(url, as, option, index);
  if (as === undefined) throw refusal(`${option}.as`, index, "is missing: content needs a name");
  if (typeof content !== "string" && !(content instanceof Uint8Array)) {
    throw refusal(`${option}.content`, index, `is ${kindOf(content)}, and neither text nor a Uint8Array`);
  }
  return { as: pathInside(as, `${option}.as`, index), content };
}

function inputPath(value: unknown, as: unknown, option: string, index: number): CheckedInput {
  const path = commandLineText(value, option, index);
  if (path === "") throw refusal(option, index, "is empty: give the path of a file");
  return { path, as: as === undefined ? undefined : pathInside(as, `${option}.as`, index), option };
}

/** The message never has the URL's query, which may be a secret. */
function inputUrl(value: unknown, as: unknown, option: string, index: number): CheckedInput {
  const url = URL.canParse(String(value)) ? new URL(String(value)) : undefined;
  if (url?.protocol === "file:") return inputPath(fileURLToPath(url), as, option, index);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw refusal(option, index, "is no URL that a node can download: it needs http, https or file");
  }
  const last = decoded(url.pathname.split("/").at(-1) ?? "");
  if (as === undefined && last === "") {
    throw refusal(
      `${option}.as`,
      index,
      `is missing: the URL ${url.origin}${url.pathname} ends with no file's name`,
    );
  }
  return {
    url: url.href,
    as: pathInside(as ?? last, as === undefined ? option : `${option}.as`, index),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A path, or a glob, below the item's working directory on the node. */
function pathInside(value: unknown, option: string, index: number): string {
  const path = commandLineText(value, option, index);
  if (path === "") throw refusal(option, index, "is empty");
  if (/\\/.test(path)) throw refusal(option, index, `has a backslash: "${path}"; write paths with /`);
  if (/^(\/|[A-Za-z]:)/.test(path) || path.split("/").includes("..")) {
    throw refusal(option, index, `leaves the item's working directory: "${path}"`);
  }
  if (path.split("/").every((step) => step === "" || step === ".")) {
    throw refusal(option, index, `names no file: "${path}"`);
  }
  return path;
}

function exitCodes(value: unknown, index: number): number[] {
  const codes = list(value, "work.successExitCodes", index).map((code, i) => {
    if (Number.isInteger(code)) return code as number;
    throw refusal(`work.successExitCodes[${i}]`, index, `is ${kindOf(code)}, and not a whole number`);
  });
  if (codes.length === 0) {
    throw refusal("work.successExitCodes", index, "is empty: no exit code would ever count as success");
  }
  return codes;
}

function list(value: unknown, option: string, index: number): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw refusal(option, index, `is ${kindOf(value)}, and not an array`);
}

/** An error that says which item's command it is, and which part of it: `The command of item 3: work.args[2] is …`. */
export function refusal(option: string, index: number, says: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`The command of item ${index}: ${option} ${says}.`, {
    option,
    index,
    cause,
  });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "number" ? String(value) : `a ${typeof value}`;
}

import { access, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "../errors/index.js";
import { PREPARED } from "../protocol/task-settings.js";
import type { FileSource } from "./prepared-work.js";

/*
 * The requirements of a Python script as they travel: one file for pip, with what it includes put in its place, and the
 * local files that it names beside it.
 */

/** A file of the requirements, by its name on the node. */
export interface RequirementsFile {
  readonly name: string;
  readonly source: FileSource;
}

/** Files of this kind are packages: a wheel, or an archive of sources. */
const PACKAGE_FILE = /\.(whl|tar\.gz|tgz|tar\.bz2|tar\.xz|zip)$/i;
const LOCAL_PACKAGE =
  /^(?:[\w.-]+\s*(?<extras>\[[^\]]*\])?\s*@\s*)?(?<path>(?:file:\/\/)?[^\s;[\]]+?\.(?:whl|tar\.gz|tgz|tar\.bz2|tar\.xz|zip))(?<pathExtras>\[[^\]]*\])?(?:#[^\s;]*)?(?<rest>\s.*|;.*)?$/i;
const INCLUDE = /^(?:-r\s*|--requirement(?:\s+|=))(?<path>\S.*)$/;
const CONSTRAINT = /^(?:-c\s*|--constraint(?:\s+|=))(?<path>\S.*)$/;
const FIND_LINKS = /^(?:-f\s*|--find-links(?:\s+|=))(?<path>\S.*)$/;
const EDITABLE = /^(?:-e(?:\s|$)|--editable(?:\s|=|$))/;

/** Reads the option `requirements` of a script: the path of a file, or the lines of one. */
export async function readRequirements(value: unknown): Promise<RequirementsFile[]> {
  const collected = new Collected();
  const lines = isLines(value)
    ? await collected.lines(value.join("\n"), { title: "requirements", folder: process.cwd(), within: [] })
    : await collected.file(pathOf(value), []);
  const text = `${lines.join("\n")}\n`;
  return [
    { name: `${PREPARED.requirements}/requirements.txt`, source: { content: text } },
    ...collected.files,
  ];
}

function isLines(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((line) => typeof line === "string");
}

function pathOf(value: unknown): string {
  if (typeof value === "string" && value !== "") return resolve(value);
  throw refusal("are the path of a requirements file, or an array of its lines");
}

/** Where lines come from. */
interface Place {
  readonly title: string;
  readonly folder: string;
  /** The files that include this one. */
  readonly within: readonly string[];
}

class Collected {
  readonly files: RequirementsFile[] = [];

  /** The lines of a requirements file, of this computer. */
  async file(path: string, within: readonly string[]): Promise<string[]> {
    if (within.includes(path)) throw refusal(`include themselves: ${path}`);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
      throw refusal(`are in a file that ${missing ? "does not exist" : "cannot be read"}: ${path}`, cause);
    }
    return this.lines(text, { title: path, folder: dirname(path), within: [...within, path] });
  }

  async lines(text: string, place: Place): Promise<string[]> {
    const lines: string[] = [];
    for (const line of logicalLines(text)) lines.push(...(await this.#line(line, place)));
    return lines;
  }

  async #line(line: string, place: Place): Promise<string[]> {
    if (EDITABLE.test(line)) {
      throw refusal(
        `have the line "${line}" (${place.title}): what is installed to be edited stays here. Make a wheel of it, with ` +
          "`pip wheel --no-deps PATH`, and name that",
      );
    }
    const included = groupOf(INCLUDE, line);
    if (included !== undefined) return this.file(await localPath(included, place, line), place.within);
    const constraint = groupOf(CONSTRAINT, line);
    if (constraint !== undefined && !isUrl(constraint))
      return [await this.#constraint(constraint, line, place)];
    const links = groupOf(FIND_LINKS, line);
    if (links !== undefined && !isUrl(links)) return [await this.#links(links, line, place)];
    const local = LOCAL_PACKAGE.exec(line)?.groups;
    if (local?.path !== undefined && !isUrl(local.path)) {
      const name = await this.#add(await localPath(local.path, place, line));
      return [`./${name}${local.pathExtras ?? local.extras ?? ""}${local.rest ?? ""}`];
    }
    if (/^(\.{0,2}\/|\.{1,2}$|file:)/.test(line) || /@\s*file:/.test(line)) {
      throw refusal(
        `name a folder of this computer in the line "${line}" (${place.title}). Make a wheel of it, with ` +
          "`pip wheel --no-deps PATH`, and name that",
      );
    }
    return [line];
  }

  async #constraint(path: string, line: string, place: Place): Promise<string> {
    const lines = await this.file(await localPath(path, place, line), place.within);
    const name = `constraints-${this.files.length}.txt`;
    this.files.push({
      name: `${PREPARED.requirements}/${name}`,
      source: { content: `${lines.join("\n")}\n` },
    });
    return `-c ${name}`;
  }

  /** The packages of a folder of this computer. */
  async #links(path: string, line: string, place: Place): Promise<string> {
    const folder = await localPath(path, place, line);
    const folderName = `links-${this.files.length}`;
    const names = (await stat(folder)).isDirectory() ? await readdir(folder) : [];
    const packages = names.filter((name) => PACKAGE_FILE.test(name)).sort();
    if (packages.length === 0) {
      throw refusal(`find no packages in ${folder}, which the line "${line}" names (${place.title})`);
    }
    for (const name of packages) {
      const source = { path: resolve(folder, name) };
      this.files.push({ name: `${PREPARED.requirements}/${folderName}/${name}`, source });
    }
    return `--find-links ${folderName}`;
  }

  /** Takes a package along; gives its name beside the requirements. The name of a wheel says what it is, and stays. */
  async #add(path: string): Promise<string> {
    const name = `packages-${this.files.length}/${basename(path)}`;
    this.files.push({ name: `${PREPARED.requirements}/${name}`, source: { path } });
    return name;
  }
}

/** Lines as pip reads them: without comments and empty ones, with those joined that end with a backslash. */
function logicalLines(text: string): string[] {
  return text
    .replaceAll(/\\\r?\n/g, "")
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s+)#.*$/, "").trim())
    .filter((line) => line !== "");
}

function groupOf(pattern: RegExp, line: string): string | undefined {
  return pattern
    .exec(line)
    ?.groups?.path?.trim()
    .replace(/^(["'])(.*)\1$/, "$2");
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !/^file:/i.test(text);
}

/** A path in a requirements file starts at the file's folder, or, as pip has it for packages, at the current one. */
async function localPath(text: string, place: Place, line: string): Promise<string> {
  const candidates = /^file:/i.test(text)
    ? [fileURLToPath(text)]
    : [resolve(place.folder, text), resolve(text)];
  for (const path of candidates) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw refusal(`name a file that does not exist, ${candidates[0]}, in the line "${line}" (${place.title})`);
}

function refusal(says: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`The requirements of the Python script ${says}.`, {
    option: "requirements",
    cause,
  });
}

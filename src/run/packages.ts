import { basename } from "node:path";
import { InvalidArgumentError } from "../errors/index.js";
import type { RunPackages } from "./run-options.js";

/** The option `packages`, checked. */
export interface Packages {
  /** What npm is to install: `lodash@4.17.21`, or `./name.tgz` for an archive that is brought along. */
  readonly npm: readonly string[];
  /** The archives among them. */
  readonly archives: readonly { readonly name: string; readonly path: string }[];
  readonly apt: readonly string[];
}

/** Names of the registry with a version, a range or a tag. What npm would take for an option or a URL is none of them. */
const NPM = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(?:@[\w.~^<>=|*+ -]+)?$/i;
const ARCHIVE = /\.(?:tgz|tar\.gz)$/;
const APT = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?(?:=[\w.+:~-]+)?$/;

/** @throws InvalidArgumentError for the first package that cannot be meant */
export function resolvePackages(value: RunPackages | undefined): Packages {
  if (value === undefined) return { npm: [], archives: [], apt: [] };
  if (Array.isArray(value)) return { ...npmPackages(value, "packages"), apt: [] };
  if (typeof value !== "object" || value === null) {
    throw refusal("packages", "must be an array of npm packages or { npm, apt }");
  }
  const unknown = Object.keys(value).find((name) => name !== "npm" && name !== "apt");
  if (unknown !== undefined) throw refusal(`packages.${unknown}`, "is not known; these are: npm, apt");
  const { npm = [], apt = [] } = value as { npm?: unknown; apt?: unknown };
  return { ...npmPackages(npm, "packages.npm"), apt: list(apt, "packages.apt").map(aptPackage) };
}

function npmPackages(value: unknown, option: string): Pick<Packages, "npm" | "archives"> {
  const archives: { name: string; path: string }[] = [];
  const npm = list(value, option).map((spec, index) => {
    if (ARCHIVE.test(spec) && !/^[a-z+]+:\/\//i.test(spec)) {
      const path = spec.replace(/^file:/, "");
      const name = `${archives.length}-${basename(path)}`;
      archives.push({ name, path });
      return `./${name}`;
    }
    if (!spec.startsWith("-") && NPM.test(spec)) return spec;
    throw refusal(
      `${option}[${index}]`,
      `must be a package of npm's registry, best with its version ("lodash@4.17.21"), or the path of an archive that ` +
        `\`npm pack\` made, not ${JSON.stringify(spec)}`,
    );
  });
  return { npm, archives };
}

function aptPackage(name: string, index: number): string {
  if (APT.test(name)) return name;
  throw refusal(
    `packages.apt[${index}]`,
    `must be a package of Debian or Ubuntu ("ffmpeg", "ffmpeg=7:6.1.1-3"), not ${JSON.stringify(name)}`,
  );
}

function list(value: unknown, option: string): readonly string[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  throw refusal(option, "must be an array of strings");
}

function refusal(option: string, requirement: string): InvalidArgumentError {
  return new InvalidArgumentError(`The option ${option} ${requirement}.`, { option });
}

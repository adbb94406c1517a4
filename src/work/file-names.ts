/** Names of files in one working directory: none can be another's, nor the folder of another. */
export class FileNames {
  readonly #files = new Set<string>();
  /** Folders that the files need, each with one of these files. */
  readonly #folders = new Map<string, string>();

  /** The name with which this one cannot be there; undefined where it can. */
  clashOf(name: string): string | undefined {
    if (this.#files.has(name)) return name;
    return this.#folders.get(name) ?? foldersOf(name).find((folder) => this.#files.has(folder));
  }

  add(name: string): void {
    this.#files.add(name);
    for (const folder of foldersOf(name)) this.#folders.set(folder, name);
  }
}

/** One name for each file: `./a//b` is `a/b`. */
export function plainName(path: string): string {
  return path
    .split("/")
    .filter((step) => step !== "" && step !== ".")
    .join("/");
}

/** The folders that a file lies in, from the outermost on. */
export function foldersOf(name: string): string[] {
  const steps = name.split("/").slice(0, -1);
  return steps.map((_, depth) => steps.slice(0, depth + 1).join("/"));
}

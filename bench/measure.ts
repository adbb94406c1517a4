import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What a program printed that ran in a process of its own. */
export function outputOf(program: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`A measured program failed: ${stderr}`);
  return stdout;
}

/** What a program came to. */
export interface Measured {
  /** From the start of the process to the line that it prints when it has its last result. */
  readonly seconds: number;
  /** That line. */
  readonly line: string;
  /** The most memory that the processes it started had at a time, in MiB, looked at every 50 ms; 0 where it is not asked for. */
  readonly helpersMebibytes: number;
}

/** Runs a program that prints one line when it has its last result. */
export async function untilLastResult(
  file: string,
  args: readonly string[],
  options: { readonly watchMemory?: boolean } = {},
): Promise<Measured> {
  const began = performance.now();
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [printed, complaints, seconds, helpersMebibytes] = ["", "", 0, 0];
  const watching = setInterval(() => {
    if (options.watchMemory !== true) return clearInterval(watching);
    helpersMebibytes = Math.max(helpersMebibytes, mebibytesBelow(child.pid as number));
  }, 50);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    if (seconds === 0 && printed.includes("\n")) seconds = (performance.now() - began) / 1000;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const status = await new Promise((resolve) => child.once("close", resolve));
  clearInterval(watching);
  if (status !== 0 || seconds === 0) throw new Error(`A measured program failed: ${complaints}`);
  return { seconds, line: printed.split("\n")[0] as string, helpersMebibytes: Math.round(helpersMebibytes) };
}

/** The memory of the processes below one, as Linux tells it. */
function mebibytesBelow(root: number): number {
  const processes = readdirSync("/proc").flatMap((id) => {
    if (!/^\d+$/.test(id)) return [];
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [{ id: Number(id), parent: Number(fields[1]), pages: Number(fields[21]) }];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
  const below = new Set([root]);
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const { id, parent } of processes) if (below.has(parent)) below.add(id);
  }
  below.delete(root);
  const pages = processes.filter(({ id }) => below.has(id)).reduce((sum, one) => sum + one.pages, 0);
  return (pages * 4096) / 2 ** 20;
}

/** Measures so often, but once where that takes over a minute. */
export async function repeated(runs: number, measure: () => Promise<Measured>): Promise<Measured[]> {
  const measured: Measured[] = [];
  while (measured.length < runs) {
    measured.push(await measure());
    if ((measured[0]?.seconds ?? 0) > 60) break;
  }
  return measured;
}

/** Whether Debian's Python has Dask's distributed scheduler. */
export function daskVersion(): string | undefined {
  const program = "import distributed; print(distributed.__version__)";
  const { status, stdout } = spawnSync("/usr/bin/python3", ["-c", program], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Debian's packages are for Debian's own Python, which need not be the first in the PATH. */
export function pythonWith(module: string): string | undefined {
  return ["/usr/bin/python3", "python3"].find(
    (python) => spawnSync(python, ["-c", `import ${module}`]).status === 0,
  );
}

/** The middle one. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

export function rounded(number: number): number {
  return Number(number.toPrecision(3));
}

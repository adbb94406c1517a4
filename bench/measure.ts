import { spawnSync } from "node:child_process";

/** Seconds that a program takes in a process of its own, from its start to its end. */
export function cold(program: string): number {
  return coldOutput(program).seconds;
}

/** The same, with what the program printed. */
export function coldOutput(program: string): { seconds: number; output: string } {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(`A measured program failed: ${stderr}`);
  return { seconds, output: stdout };
}

/** The middle one. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

import { readCliOptions, UsageError, usage } from "./cli-options.js";
import { ConnectionStringError, type Emulator, LoopbackOnlyError, startEmulator } from "./index.js";

async function main(): Promise<void> {
  const options = readCliOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  const emulator = await startEmulator(options.emulator);
  const { batchUrl, accountName, accountKey } = emulator;
  endWithSignals(emulator);
  if (options.exitWithStdin) endWithStdin(emulator);
  process.stdout.write(`${JSON.stringify({ batchUrl, accountName, accountKey })}\n`);
}

function endWithSignals(emulator: Emulator): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => end(emulator));
}

function endWithStdin(emulator: Emulator): void {
  process.stdin.once("end", () => end(emulator));
  process.stdin.once("error", () => end(emulator));
  process.stdin.resume();
}

function end(emulator: Emulator): void {
  emulator.close().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}

function isExpected(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof LoopbackOnlyError) return true;
  if (error instanceof ConnectionStringError) return true;
  const { code } = error as NodeJS.ErrnoException;
  return code === "EADDRINUSE" || code === "EADDRNOTAVAIL" || code === "EACCES";
}

main().catch((error: unknown) => {
  const expected = isExpected(error);
  console.error(expected ? `azure-batch-emulator: ${error.message}` : error);
  process.exit(expected ? 2 : 1);
});

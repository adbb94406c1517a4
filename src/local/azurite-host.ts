/*
 * Runs Azurite's Blob service in a process of its own that ends with the process that started it, whatever ended that
 * one: its standard input is a pipe from there. Everything is kept in memory, so nothing is left behind.
 *
 * Usage: node azurite-host.cjs PATH_OF_AZURITE_MAIN
 */
const [, , azuriteMain] = process.argv;
if (azuriteMain === undefined) throw new Error("Usage: azurite-host PATH_OF_AZURITE_MAIN");

process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdin.resume();

process.argv = [
  process.argv[0] as string,
  azuriteMain,
  ...["--blobHost", "127.0.0.1"],
  ...["--blobPort", "0"],
  "--inMemoryPersistence",
  "--silent",
  "--skipApiVersionCheck",
  "--disableTelemetry",
];
require(azuriteMain);

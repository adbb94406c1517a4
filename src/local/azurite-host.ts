import Module from "node:module";

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

/** What Azurite loads at its start and uses for databases, telemetry, OAuth and cookies alone. Loading it takes over a third of the start. */
const UNUSED = new Set(["sequelize", "applicationinsights", "jsonwebtoken", "tough-cookie"]);

type Load = (request: string, ...more: unknown[]) => unknown;
const loader = Module as unknown as { _load: Load };
const load = loader._load;
loader._load = (request, ...more) =>
  UNUSED.has(request) ? standIn(request) : load.call(Module, request, ...more);

/** Stands in for a module, or anything in it, as far as it is named and not used: a class may extend it. */
function standIn(name: string): unknown {
  const refuse = (): never => {
    throw new Error(`Azurite uses ${name}, which is not loaded for what is kept in memory.`);
  };
  return new Proxy(class {}, {
    get: (target, property) =>
      property === "prototype" ? target.prototype : standIn(`${name}.${String(property)}`),
    apply: refuse,
    construct: refuse,
  });
}

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

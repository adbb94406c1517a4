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

/** What Azurite loads at its start for databases, telemetry, OAuth, cookies and logs. Loading it takes nearly half of the start. */
const SELDOM_USED = new Set([
  "applicationinsights",
  "chalk",
  "jsonwebtoken",
  "rimraf",
  "sequelize",
  "tough-cookie",
  "winston",
]);

type Load = (request: string, ...more: unknown[]) => unknown;
type Callable = (...args: unknown[]) => unknown;
const loader = Module as unknown as { _load: Load };
const load = loader._load;
loader._load = (request, ...more) => {
  const now = () => load.call(Module, request, ...more);
  return SELDOM_USED.has(request) ? standIn(now) : now();
};

/** Stands in for a module, or anything in it, until it is called: a class may extend it meanwhile. */
function standIn(real: () => unknown): unknown {
  return new Proxy(class {}, {
    get: (target, property) =>
      property === "prototype"
        ? target.prototype
        : standIn(() => (real() as Record<PropertyKey, unknown>)[property]),
    apply: (_, self, args) => Reflect.apply(real() as Callable, self, args),
    construct: (_, args) => Reflect.construct(real() as Callable, args) as object,
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
